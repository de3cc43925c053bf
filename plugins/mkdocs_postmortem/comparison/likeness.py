"""How much of two short texts is the same."""

from __future__ import annotations

from difflib import SequenceMatcher


def likeness(one: str, other: str) -> float:
    """The share of two titles that is the same, from 0 to 1; of long ones, of how they begin."""
    return SequenceMatcher(None, one[:200], other[:200], autojunk=False).ratio()
