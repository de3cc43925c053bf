"""Whether a text holds one of some words, soonest told where it holds none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable


def presence_of(words: Iterable[str], rare: str = "") -> Callable[[str], bool]:
    """Whether one of `words` is in a text.

    One of the signs in `rare` settles all words that have it at once, where a text has none of
    them; for the others there is one pattern for each first letter, which is quicker than a
    search for each word.
    """
    by_sign: dict[str, list[str]] = {}
    by_letter: dict[str, list[str]] = {}
    for word in words:
        sign = next((sign for sign in rare if sign in word), None)
        groups, key = (by_sign, sign) if sign else (by_letter, word[0])
        groups.setdefault(key, []).append(word)
    patterns = [
        re.compile(f"{re.escape(letter)}(?:{'|'.join(re.escape(word[1:]) for word in alike)})")
        for letter, alike in by_letter.items()
    ]

    def holds(text: str) -> bool:
        for sign, alike in by_sign.items():
            if sign in text and any(map(text.__contains__, alike)):
                return True
        return any(pattern.search(text) for pattern in patterns)

    return holds
