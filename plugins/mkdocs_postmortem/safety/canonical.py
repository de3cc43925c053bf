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
from functools import lru_cache
from urllib.parse import unquote_to_bytes


@dataclass(frozen=True, slots=True)
class Code:
    """What stands for something else: how it is written, and what such a writing means."""

    pattern: re.Pattern[str]
    meaning: Callable[[str], str]


def code(pattern: str, meaning: Callable[[str], str] | str) -> Code:
    """A code by its pattern, which has no group, and what each writing of it means."""
    # The same few are written again and again.
    known = lru_cache(maxsize=1 << 16)(meaning) if callable(meaning) else lambda _: meaning
    return Code(re.compile(f"({pattern})"), known)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and, where asked for, the place in the original of each of its characters."""

    text: str
    places: array[int] | None = None

    def replace(self, code: Code) -> Decoded:
        """The text with whatever is written in `code` as what it means; its places follow."""
        parts = code.pattern.split(self.text)
        written = parts[1::2]
        if not written:
            return self
        parts[1::2] = map(code.meaning, written)
        if self.places is None:
            return Decoded("".join(parts))
        places = array("L")
        position = 0
        for plain, old, new in zip(parts[::2], [*written, ""], [*parts[1::2], ""], strict=True):
            places.extend(self.places[position : position + len(plain)])
            position += len(plain)
            if new:
                places.extend([self.places[position]] * len(new))
            position += len(old)
        return Decoded("".join(parts), places)

    def folded(self) -> Decoded:
        """The text in compatibility form and without capitals."""
        folded = self
        if not self.text.isascii():
            if _MARK.search(self.text):
                folded = self.replace(_WITH_MARKS)
            folded = folded.replace(_BEYOND_ASCII)
        # What is left has letters of ASCII alone to fold, which keep their places.
        return Decoded(folded.text.casefold(), folded.places)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


# Marks belong to the letter before them, which may be one of ASCII.
_MARK = re.compile("[\u0300-\u036f]")
_WITH_MARKS = code("[^\u0300-\u036f][\u0300-\u036f]+", _composed)
_BEYOND_ASCII = code(r"[^\x00-\x7f]+", lambda text: _composed(text).casefold())


def tracked(text: str) -> Decoded:
    """`text` with the places of its characters, which `Decoded.replace` keeps."""
    return Decoded(text, array("L", range(len(text))))


def _unescaped(text: str) -> str:
    body = text[1:]
    if body[0] == "u" and len(body) == 11:
        high, low = int(body[1:5], 16), int(body[7:], 16)
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    if body[0] in "ux" and len(body) > 1:
        number = int(body[1:].strip("{}"), 16)
        return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else " "
    return " " if body in "nrt" else body


_UNFOLD = code(r"\r?\n[ \t]", "")
_CALENDAR_ESCAPE = code(r"\\[,;\\nN]", lambda text: " " if text[1] in "nN" else text[1])
_ESCAPE = code(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}"
    r"|u\{[0-9a-fA-F]{1,6}\}|x[0-9a-fA-F]{2}|[nrt\"'/\\])",
    _unescaped,
)
_ENTITY = code(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?", html.unescape)
# A pattern that begins with a plain character is looked for many times faster.
_PERCENT = code(
    r"%[0-9a-fA-F]{2}(?:%[0-9a-fA-F]{2})*",
    lambda text: unquote_to_bytes(text).decode("utf-8", "replace"),
)
# Soft hyphen, characters of no width, marks of direction, variation selectors, tags.
_UNSEEN = code(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]",
    "",
)


def decoded(text: Decoded, ending: str = "") -> Decoded:
    """`text` without escapes and unseen characters, capitals and tags kept.

    `ending` is the file's, such as ``.ics``. Escapes inside escapes are undone up to four deep.
    """
    if ending == ".ics":
        text = text.replace(_UNFOLD).replace(_CALENDAR_ESCAPE)
    for _ in range(4):
        before = text
        for sign, written in (("\\", _ESCAPE), ("&", _ENTITY), ("%", _PERCENT)):
            if sign in text.text:
                text = text.replace(written)
        if text.text == before.text:
            break
    return text if text.text.isascii() else text.replace(_UNSEEN)


# Tags that stand inside words, and comments, which may stand anywhere.
_INSIDE_WORDS = re.compile(
    r"<(?:!--[^<>]{0,1000}--|/?(?:a|abbr|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|"
    r"label|mark|q|s|samp|small|span|strike|strong|sub|sup|time|tspan|tt|u|var|wbr)"
    r"(?:[\s/][^<>]*)?)>",
    re.IGNORECASE,
)


def is_inside_words(tag: str) -> bool:
    """Whether the `tag` may stand inside a word, and parts no words."""
    return _INSIDE_WORDS.fullmatch(tag) is not None


_TAG = "<[A-Za-z/!?][^<>]*>"
_AS_READ = code(_TAG, lambda tag: "" if is_inside_words(tag) else " ")
_AS_SPACE = code(_TAG, " ")


def without_tags(text: Decoded) -> Decoded:
    """`text` as it is read: tags inside words leave nothing, others a space."""
    return text.replace(_AS_READ)


def with_spaces_for_tags(text: Decoded) -> Decoded:
    """`text` with a space for every tag, for words that only the layout keeps apart."""
    return text.replace(_AS_SPACE)


def texts_and_tags(text: str) -> list[str]:
    """A decoded text cut at its tags: a text first and last, and a tag between each two."""
    return _AS_SPACE.pattern.split(text)


# The numbers of a drawing read like addresses.
_DRAWING = code(r"[dD]=\\?[\"'][MmZzLlHhVvCcSsQqTtAaEe\d\s.,+-]{1,100000}\\?[\"']", " ")
# These name vocabularies; nobody is led there.
_VOCABULARY = code(
    r"https?://(?:www\.w3\.org/|purl\.org/|schema\.org|www\.sitemaps\.org/|jsonfeed\.org/"
    r"|search\.yahoo\.com/mrss|wellformedweb\.org/|www\.rssboard\.org/)[^\s\"'<>]{0,200}",
    " ",
)
# A script or a style has `@` of its own kind.
_SCRIPT = code(
    r"(?i:<script\b[^<>]*>[^<]*(?:<(?!/script)[^<]*)*</script"
    r"|<style\b[^<>]*>[^<]*(?:<(?!/style)[^<]*)*</style)",
    " ",
)


def without_vocabularies(text: Decoded) -> Decoded:
    """`text` without drawings and the addresses that name vocabularies."""
    return text.replace(_DRAWING).replace(_VOCABULARY)


def without_scripts(text: Decoded) -> Decoded:
    """`text` as it is read, without what scripts and styles say."""
    return without_tags(text.replace(_SCRIPT))
