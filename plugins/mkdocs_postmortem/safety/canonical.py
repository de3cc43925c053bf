r"""Text as it is compared: decoded, without markup, without what nobody sees.

What a secret may be wrapped in is taken off first: ``\u0041`` and other escapes of JSON and
scripts, ``&#65;``, ``%41``, soft hyphens and characters of no width, folded lines of calendars,
compatibility forms of characters, tags in the middle of a word.
"""

from __future__ import annotations

import html
import re
import unicodedata
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

_Replacement = str | Callable[[re.Match[str]], str]


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and, where asked for, the place in the original of each of its characters."""

    text: str
    places: array[int] | None = None

    def replace(self, pattern: re.Pattern[str], replacement: _Replacement) -> Decoded:
        """The text with every match of `pattern` replaced; its places follow."""
        if self.places is None:
            return Decoded(pattern.sub(replacement, self.text))
        pieces: list[str] = []
        places = array("L")
        position = 0
        for found in pattern.finditer(self.text):
            new = replacement if isinstance(replacement, str) else replacement(found)
            pieces += [self.text[position : found.start()], new]
            places.extend(self.places[position : found.start()])
            if new:
                places.extend([self.places[found.start()]] * len(new))
            position = found.end()
        pieces.append(self.text[position:])
        places.extend(self.places[position:])
        return Decoded("".join(pieces), places)

    def folded(self) -> Decoded:
        """The text in compatibility form and without capitals."""
        if self.places is None:
            return Decoded(_fold(self.text))
        folded = self.replace(_WITH_MARKS, _composed) if _MARK.search(self.text) else self
        folded = folded.replace(_BEYOND_ASCII, lambda found: _composed(found).casefold())
        # What is left has letters of ASCII alone to fold, which keep their places.
        return Decoded(folded.text.casefold(), folded.places)


def _composed(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", found[0])


def _fold(text: str) -> str:
    if not text.isascii():
        if _MARK.search(text):
            text = _WITH_MARKS.sub(_composed, text)
        text = _BEYOND_ASCII.sub(_composed, text)
    return text.casefold()


_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
# Marks belong to the letter before them, which may be one of ASCII.
_MARK = re.compile("[\u0300-\u036f]")
_WITH_MARKS = re.compile("[^\u0300-\u036f][\u0300-\u036f]+")


def tracked(text: str) -> Decoded:
    """`text` with the places of its characters, which `Decoded.replace` keeps."""
    return Decoded(text, array("L", range(len(text))))


_UNFOLD = re.compile(r"\r?\n[ \t]")
_CALENDAR_ESCAPE = re.compile(r"\\([,;\\nN])")
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}"
    r"|u\{[0-9a-fA-F]{1,6}\}|x[0-9a-fA-F]{2}|[nrt\"'/\\])"
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?")
_PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2})+")
# Soft hyphen, characters of no width, marks of direction, variation selectors, tags.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)


def _unescaped(found: re.Match[str]) -> str:
    body = found[0][1:]
    if body[0] == "u" and len(body) == 11:
        high, low = int(body[1:5], 16), int(body[7:], 16)
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    if body[0] in "ux" and len(body) > 1:
        number = int(body[1:].strip("{}"), 16)
        return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else " "
    return " " if body in "nrt" else body


def _of_entity(found: re.Match[str]) -> str:
    return html.unescape(found[0])


def _of_percent(found: re.Match[str]) -> str:
    return unquote_to_bytes(found[0]).decode("utf-8", "replace")


def decoded(text: Decoded, ending: str = "") -> Decoded:
    """`text` without escapes and unseen characters, capitals and tags kept.

    `ending` is the file's, such as ``.ics``. Escapes inside escapes are undone up to four deep.
    """
    if ending == ".ics":
        text = text.replace(_UNFOLD, "").replace(_CALENDAR_ESCAPE, _of_calendar)
    for _ in range(4):
        before = text
        if "\\" in text.text:
            text = text.replace(_ESCAPE, _unescaped)
        if "&" in text.text:
            text = text.replace(_ENTITY, _of_entity)
        if "%" in text.text:
            text = text.replace(_PERCENT, _of_percent)
        if text.text == before.text:
            break
    return text if text.text.isascii() else text.replace(_UNSEEN, "")


def _of_calendar(found: re.Match[str]) -> str:
    return " " if found[1] in "nN" else found[1]


# Tags that stand inside words, and comments, which may stand anywhere.
_INSIDE_WORDS = re.compile(
    r"<(?:!--[^<>]{0,1000}--|/?(?:a|abbr|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|"
    r"label|mark|q|s|samp|small|span|strike|strong|sub|sup|time|tspan|tt|u|var|wbr)"
    r"(?:[\s/][^<>]*)?)>",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[A-Za-z/!?][^<>]*>")


def without_tags(text: Decoded) -> Decoded:
    """`text` as it is read: tags inside words leave nothing, others a space."""
    return text.replace(_INSIDE_WORDS, "").replace(_TAG, " ")


def with_spaces_for_tags(text: Decoded) -> Decoded:
    """`text` with a space for every tag, for words that only the layout keeps apart."""
    return text.replace(_TAG, " ")
