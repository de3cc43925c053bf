"""What is dangerous in text that a stranger wrote, found in time that grows with its length alone.

Each function looks for one danger and yields where it stands; `rules/untrusted.py` says it.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from pathlib import PurePosixPath

from mkdocs_postmortem.rules.registry import Words

# What the HTML of a body may be made of.
TAGS = frozenset(
    "a abbr aside b bdi blockquote br caption cite code col colgroup dd del details dfn div dl dt"
    " em figcaption figure h1 h2 h3 h4 h5 h6 hr i img input ins kbd label li mark ol p pre q s samp"
    " section small span strike strong sub summary sup table tbody td tfoot th thead time tr u ul"
    " var svg g path".split()
)
# Files that browsers show or save, and never run.
FILE_ENDINGS = frozenset(
    "apng avif bmp csv flac gif gz ical ics jpeg jpg json log m4a md5 mp3 mp4 ogg opus pdf png"
    " sha256 tar tgz tsv txt vtt wav webm webp xlsx yaml yml zip zst".split()
)
_SCHEME = re.compile(r"[^:/?#\\]*:")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|[\\/]{2}", re.IGNORECASE)
_BLANKS = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+")


def is_safe_link(url: str) -> bool:
    """Whether a link may be followed: http, https, mailto or relative."""
    scheme = _SCHEME.match(_BLANKS.sub("", url))
    return scheme is None or scheme[0].lower() in ("http:", "https:", "mailto:")


def may_be_on_another_host(url: str) -> bool:
    """Whether an address is on another host, or could be taken for one."""
    return _ELSEWHERE.match(_BLANKS.sub("", url)) is not None


_TAG = re.compile(r"</?([A-Za-z][^\s/<>]*)([^<>]*)>?")
_RUNS = re.compile(r"(?:^|[\s\"'/])(on[a-z]+|style|srcdoc|formaction)\s*=", re.IGNORECASE)
# <https://…> and <someone@example.org> are links.
_AUTOLINK = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|[^\s<>@:]+@")


def refused_html(text: str) -> Iterator[tuple[int, int, str]]:
    """The elements in `text`, which has no code, that do not stay, and what is wrong with them."""
    for match in _TAG.finditer(text):
        name = match[1]
        if _AUTOLINK.match(name):
            continue
        if name.lower() not in TAGS:
            yield match.start(), match.end(), f"<{name[:40]}>"
        elif runs := _RUNS.search(match[2]):
            yield match.start(), match.end(), f"the attribute {runs[1].lower()} of <{name[:40]}>"


_TARGETS = re.compile(
    r"\]\([ \t]*<?(?P<a>[^()\s<>]{1,500})"
    r"|^ {0,3}\[[^\[\]\n]{1,200}\]:[ \t]*<?(?P<b>[^\s<>]{1,500})"
    r"|<(?P<c>[A-Za-z][A-Za-z0-9+.&#;-]{1,40}:[^\s<>]{1,500})>"
    r"|<[A-Za-z][^<>]{0,500}?\s(?:href|src)\s*=\s*[\"']?\s*(?P<d>[^\"'\s<>]{1,500})",
    re.MULTILINE,
)
_IMAGE = re.compile(r"!\[[^\[\]\n]{0,300}$")
_IMAGE_TAG = re.compile(r"<\s*img\b", re.IGNORECASE)


def may_have_link(text: str) -> bool:
    """Whether a link may stand in Markdown, told without looking for one."""
    return "](" in text or "]:" in text or "<" in text


def refused_links(text: str) -> Iterator[tuple[int, int, Words]]:
    """The links in Markdown without code that may not be followed, and images from elsewhere."""
    if not may_have_link(text):
        return
    first = text.find("[")
    for match in _TARGETS.finditer(text):
        name = next(name for name in "abcd" if match[name] is not None)
        if name == "a" and not 0 <= first < match.start():
            # Nothing opens what it would close.
            continue
        written = match[name]
        target = html.unescape(re.sub(r"\\(?=[!-/:-@\[-`{-~])", "", written))
        start, end = match.span(name)
        if not is_safe_link(target):
            words = Words(
                f"“{written[:60]}” is no link that may be followed",
                "write a relative address, or one that begins with https:, http: or mailto:",
            )
            yield start, end, words
            continue
        is_image = _IMAGE_TAG.match(match[0]) or (
            name == "a" and _IMAGE.search(text, max(0, match.start() - 303), match.start())
        )
        if is_image and may_be_on_another_host(target):
            words = Words(
                f"the image “{written[:60]}” lies elsewhere, and is left out",
                "put it into the folder with the incident's name",
            )
            yield start, end, words


# Format characters and blanks that are letters by name. Left out are the joiners and marks that
# emoji and right-to-left text need, number signs, and what shapes hieroglyphs.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff"
    "\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e01ef]"
)
# The same as HTML and double-quoted YAML write them.
_WRITTEN = re.compile(
    r"&#[xX]?[0-9A-Fa-f]{1,8};?|&[A-Za-z]{2,24};|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}|\\x[aA][dD]"
)


def invisible_characters(text: str) -> Iterator[tuple[int, int, int]]:
    """Where characters stand in `text` that nobody sees, plain or escaped, and which they are."""
    for match in INVISIBLE.finditer(text) if not text.isascii() else ():
        yield match.start(), match.end(), ord(match[0])
    for match in _WRITTEN.finditer(text) if "&" in text or "\\" in text else ():
        if match[0][0] == "&":
            character = html.unescape(match[0])
        else:
            point = int(match[0][2:], base=16)  # noqa: FURB166 - the sign may be x, u or U
            character = chr(point) if point < 0x110000 else ""
        if len(character) == 1 and INVISIBLE.match(character):
            yield match.start(), match.end(), ord(character)


def unsafe_in_name(id: str) -> str | None:
    """What keeps an incident's id from being an address, in words."""
    bad = re.search(r"[^\w.-]", id)
    if bad:
        return f"the character {bad[0]!r}" if bad[0].isprintable() else f"U+{ord(bad[0]):04X}"
    if unicodedata.normalize("NFC", id) != id:
        return "letters and accents apart, which some systems join"
    return None


def may_be_published(path: str) -> bool:
    """Whether a file is of a kind that browsers never run."""
    return PurePosixPath(path).suffix[1:].lower() in FILE_ENDINGS


# Python-Markdown takes time with the square of these in one text; so many take a quarter second.
_MOST_MARKS = {"[": 1000, "<": 500, "\\": 1000, "`": 4000, "*": 8000, "_": 8000, "&": 8000}
_LONGEST_PARAGRAPH = 20_000
_MOST_STARTS = 500
_MOST_DEFINITIONS = 100
_DEEPEST = 80
_NESTED = 12
_OPENING = re.compile(
    r"(?P<fence>`{3,}|~{3,})[ ]*(?:\{[^{}]*\}|[\w#.+-]*)(?:[ ]+\w+=(?:\"[^\"]*\"|[^\s\"]+))*[ ]*"
)
_START = re.compile(r"[ \t>]*(?:#|(?:=+|-+)[ ]*$|:[ \t]|[!?]{3}|={3}|/{3})")
_DEFINITION = re.compile(r"[ \t>]*:[ \t]")
_MARKERS = re.compile(r"(?:[ \t]*(?:>|[-+*][ \t]|\d{1,9}[.)][ \t]|:[ \t]))+")
_MARKER = re.compile(r">|[-+*](?=[ \t])|\d[.)]|:(?=[ \t])")


def too_intricate(body: str) -> Iterator[tuple[int, int, str]]:
    """What would keep Markdown busy, where it first goes too far; fenced code is not counted."""
    text = _without_closed_fences(body)
    for mark, most in _MOST_MARKS.items():
        if len(text) > most and text.count(mark) > most:
            position = -1
            for _ in range(most + 1):
                position = text.find(mark, position + 1)
            yield position, position + 1, f"the sign {mark} for the {most + 1:,}th time"
    starts = definitions = begin = position = 0
    for line in text.split("\n"):
        start, position = position, position + len(line) + 1
        if not line.strip():
            begin = position
        elif position - begin > _LONGEST_PARAGRAPH >= start - begin:
            what = f"a paragraph of over {_LONGEST_PARAGRAPH:,} characters"
            yield start, start + len(line), what
        if line[:1].isalpha():
            # Most lines are prose, which begins nothing.
            continue
        starts += _START.match(line) is not None
        if starts == _MOST_STARTS + 1:
            starts += 1
            yield start, start + len(line), f"heading or block number {_MOST_STARTS + 1}"
        definitions += _DEFINITION.match(line) is not None
        if definitions == _MOST_DEFINITIONS + 1:
            definitions += 1
            yield start, start + len(line), f"definition number {_MOST_DEFINITIONS + 1}"
        spread = line.expandtabs(4) if line[:1].isspace() else line
        depth = len(spread) - len(spread.lstrip())
        if depth > _DEEPEST and line.strip():
            yield start, start + depth, f"indented by {depth} columns"
        markers = _MARKERS.match(line)
        if markers and len(_MARKER.findall(markers[0])) > _NESTED:
            yield start, start + markers.end(), f"nested more than {_NESTED} times"


def _without_closed_fences(text: str) -> str:
    """`text` with the lines of such fenced code as every Markdown takes for it left blank."""
    if "```" not in text and "~~~" not in text:
        return text
    lines = text.split("\n")
    opened: tuple[int, str] | None = None
    for index, line in enumerate(lines):
        if opened is not None:
            if line.rstrip(" ") == opened[1]:
                lines[opened[0] : index + 1] = [
                    " " * len(inner) for inner in lines[opened[0] : index + 1]
                ]
                opened = None
        elif match := _OPENING.fullmatch(line):
            opened = (index, match["fence"])
    return "\n".join(lines)
