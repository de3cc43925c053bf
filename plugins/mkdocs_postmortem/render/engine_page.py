"""Pages for engines that run no plugin: Markdown in which nothing of an incident is Markdown.

A page is front matter, headings, and below each heading one line of HTML in a ``<div>``. Every
Markdown takes such a line as it is. A ``{`` is an entity, so that no template engine, shortcode or
attribute list finds one; and no line begins with the text of an incident, so that nothing that
looks at the beginnings of lines finds anything there either.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import escape

from mkdocs_postmortem.render.body_html import limited
from mkdocs_postmortem.render.markdown import Resolve, resolve_links, words_of
from mkdocs_postmortem.untrusted import INVISIBLE, is_safe_link

_TAG = re.compile(r"""<(?P<close>/?)(?P<name>[A-Za-z][^\s/>]*)(?:"[^"]*"|'[^']*'|[^"'>])*>""")
# Everything that any engine takes for the end of a line.
_LINE_END = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_KEEPS_LINES = frozenset(("pre", "code", "textarea"))
_BRACES = str.maketrans({"{": "&#123;", "}": "&#125;"})
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


class Part(NamedTuple):
    """A stretch of a page: a heading of this level, as plain text, and the HTML below it.

    What stands before the first heading has none.
    """

    heading: str | None
    level: int
    html: str


def as_markdown(meta: Mapping[str, Any], parts: Iterable[Part]) -> str:
    """A page with the front matter `meta`, whose texts are HTML that shows them."""
    # JSON on one line is YAML that every reader of YAML understands in the same way.
    lines = ["---", *(f"{key}: {json.dumps(meta[key], ensure_ascii=False)}" for key in meta), "---"]
    for part in parts:
        if part.heading is not None:
            lines += ["", f"{'#' * part.level} {_as_heading(part.heading)}"]
        if part.html:
            lines += ["", f"<div>{one_line(part.html)}</div>"]
    return "\n".join([*lines, ""])


def as_html(parts: Iterable[Part]) -> str:
    """The same page as HTML, as an engine makes it: headings with anchors."""
    taken: set[str] = set()
    pieces = []
    for part in parts:
        if part.heading is not None:
            anchor = _anchor(part.heading, taken)
            heading = escape(part.heading)
            pieces.append(f'<h{part.level} id="{anchor}">{heading}</h{part.level}>')
        if part.html:
            pieces.append(part.html)
    return "\n".join(pieces)


def as_value(text: str) -> str:
    """`text` for front matter, as HTML, because themes print it as it is.

    An apostrophe is one that ends no attribute, since engines that escape what they print would
    show an entity, and titles have many.
    """
    shown = str(escape(_plain(text).replace("'", "’")))
    return shown.replace("&#34;", "&quot;").translate(_BRACES)


def one_line(html: str) -> str:
    """`html` on one line, without a brace; lines stay apart where they are seen."""
    pieces: list[str] = []
    position = depth = 0
    for tag in _TAG.finditer(html):
        pieces.append(_joined(html[position : tag.start()], keep=depth > 0))
        pieces.append(_joined(tag[0], keep=False))
        position = tag.end()
        if tag["name"].lower() in _KEEPS_LINES:
            depth += -1 if tag["close"] else 1
    pieces.append(_joined(html[position:], keep=depth > 0))
    return _CONTROL.sub("\ufffd", "".join(pieces)).translate(_BRACES)


def _joined(text: str, *, keep: bool) -> str:
    # A tab would become blanks, and as many as its place on our line says.
    if not keep:
        return _LINE_END.sub(" ", text).replace("\t", " ")
    return _LINE_END.sub("&#10;", text).replace("\t", "&#9;")


def _as_heading(text: str) -> str:
    # No Markdown, emoji, attribute or link is written without a sign of ASCII.
    return _PUNCTUATION.sub(lambda sign: f"&#{ord(sign[0])};", _plain(text))


def _plain(text: str) -> str:
    """`text` on one line, without what nobody sees."""
    return INVISIBLE.sub("\ufffd", _CONTROL.sub("\ufffd", " ".join(text.split())))


def _anchor(heading: str, taken: set[str]) -> str:
    """The anchor that Python-Markdown gives a heading, unlike those `taken`."""
    ascii = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
    base = re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", ascii).strip().lower())
    anchor, number = base, 0
    while not anchor or anchor in taken:
        number += 1
        anchor = f"{base}_{number}"
    taken.add(anchor)
    return anchor


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    # Raw HTML is limited afterwards, as it is on the pages of a build.
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.validateLink = is_safe_link  # type: ignore[method-assign]
    return parser


def body_parts(body: str, resolve: Resolve) -> Iterator[Part]:
    """An author's body, whose links `resolve` leads on: a part for each of its headings.

    The HTML is limited to the allow-list. Headings in quotes and lists stay where they are.
    """
    parser = _parser()
    tokens = parser.parse(body)
    resolve_links(tokens, resolve)
    _align_cells(tokens)
    starts = [
        index
        for index, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0
    ]
    yield from _below(None, 0, tokens[: starts[0] if starts else len(tokens)])
    for start, end in pairwise([*starts, len(tokens)]):
        # A heading is three tokens: its begin, its words and its end.
        heading = words_of(tokens[start + 1 : start + 2])
        yield from _below(heading or None, int(tokens[start].tag[1:]), tokens[start + 3 : end])


def _align_cells(tokens: Sequence[Token]) -> None:
    """Say how cells are aligned as in a build: the allow-list has no styles."""
    for token in tokens:
        if token.type in ("th_open", "td_open") and (style := token.attrs.pop("style", None)):
            token.attrs["align"] = str(style).removeprefix("text-align:")


def _below(heading: str | None, level: int, tokens: Sequence[Token]) -> Iterator[Part]:
    parser = _parser()
    html = limited(parser.renderer.render(tokens, parser.options, {})).strip()
    if heading is not None or html:
        yield Part(heading, level, html)
