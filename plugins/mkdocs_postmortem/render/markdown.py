"""The author's Markdown in front matter to HTML: no raw HTML, and only links that are safe."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from mkdocs_postmortem.untrusted import is_safe_link

# An address as the author wrote it to the one on this page, or ``None`` where it leads nowhere;
# the first argument is ``href`` or ``src``.
Resolve = Callable[[str, str], str | None]


# One line of words in which nothing can mean anything to Markdown: most events are.
_PROSE = re.compile(r"[^\W\d_](?:[\w ,.;:'’“”()/%–—-]*[\w,.;:'’“”()/%–—-])?")


def _is_prose(text: str) -> bool:
    return "_" not in text and _PROSE.fullmatch(text) is not None


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.validateLink = is_safe_link  # type: ignore[method-assign]
    return parser


def block(text: str, resolve: Resolve) -> Markup:
    """Paragraphs, lists, code, links and images of `text` as HTML."""
    if _is_prose(text):
        return Markup(f"<p>{text}</p>")  # noqa: S704 - no sign of HTML is in it
    return _render(_parser().parse(text), resolve)


def inline(text: str, resolve: Resolve) -> Markup:
    """`text` as one line of HTML."""
    if _is_prose(text):
        return Markup(text)  # noqa: S704 - no sign of HTML is in it
    return _render(_parser().parseInline(text), resolve)


def plain(text: str) -> str:
    """`text` without its marks, for titles, descriptions and other plain places."""
    if _is_prose(text):
        return " ".join(text.split())
    return words_of(_parser().parse(text))


def words_of(tokens: Sequence[Token]) -> str:
    """What `tokens` say, without marks."""
    words: list[str] = []

    def gather(tokens: Sequence[Token]) -> None:
        for token in tokens:
            if token.children:
                gather(token.children)
            elif token.type in ("text", "code_inline", "fence", "code_block"):
                words.append(token.content)
            elif token.type in ("softbreak", "hardbreak", "paragraph_close"):
                words.append(" ")

    gather(tokens)
    return " ".join("".join(words).split())


def _render(tokens: list[Token], resolve: Resolve) -> Markup:
    resolve_links(tokens, resolve)
    for token in tokens:
        _demote_heading(token)
    parser = _parser()
    environment: dict[str, Any] = {}
    html = parser.renderer.render(tokens, parser.options, environment)
    return Markup(html.strip())  # noqa: S704 - rendered with raw HTML off and links checked


def resolve_links(tokens: Sequence[Token], resolve: Resolve) -> None:
    """Let links and images in `tokens` lead where `resolve` says; one to nowhere stays as words."""
    for token in tokens:
        for child in token.children or ():
            for attribute in ("href", "src"):
                target = child.attrGet(attribute)
                if isinstance(target, str):
                    child.attrs.pop(attribute)
                    if (address := resolve(attribute, target)) is not None:
                        child.attrSet(attribute, address)


def _demote_heading(token: Token) -> None:
    # A heading inside a table cell would tear the page's outline.
    if token.type in ("heading_open", "heading_close"):
        token.tag = "p"
