"""Units of time in words, and whether a text has one at all."""

from __future__ import annotations

UNIT_WORDS = {
    "s": "s sec secs second seconds second's",
    "m": "m min mins minute minutes minute's",
    "h": "h hr hrs hour hours hour's",
    "d": "d day days day's",
    "w": "w wk wks week weeks week's",
}
_WORDS = frozenset(word.encode() for words in UNIT_WORDS.values() for word in words.split())
_ONLY_LETTERS = bytes(sign if sign in b"abcdefghijklmnopqrstuvwxyz" else 32 for sign in range(256))
# What is left out of an address may part letters that stand together in the text.
_ADDRESSES = ("://", "www.", "mailto:")


def has_unit_word(visible: str) -> bool:
    """Whether there may be a unit in a text, told without cutting it into words and marks."""
    words = visible.lower().encode(errors="replace").translate(_ONLY_LETTERS).split()
    return not _WORDS.isdisjoint(words)


def may_have_unit_word(text: str) -> bool:
    """The same of Markdown from which nothing was left out yet; where in doubt there may be one."""
    lowered = text.lower()
    return any(map(lowered.__contains__, _ADDRESSES)) or has_unit_word(lowered)
