"""Names that were not written quite as they are: which one is certainly meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

# Measured on the fields, words and milestones of an incident: a letter too many, too few or wrong
# stays above the first, and no two names of one list are as near as the second to the same slip.
_NEAR = 0.85
_FAR = 0.75


def same_name(written: str, known: Iterable[str]) -> str | None:
    """The one of `known` that differs from `written` in case and separators only."""
    found = [name for name in known if _folded(name) == _folded(written)]
    return found[0] if len(found) == 1 and found[0] != written else None


def meant_name(written: str, known: Iterable[str]) -> str | None:
    """The one of `known` that `written` is a slip of, where no other one comes near it.

    Names that differ in a digit are never slips of each other.
    """
    names = list(known)
    if (same := same_name(written, names)) or written in names:
        return same
    slip = _folded(written)
    ranked = sorted(((_likeness(slip, _folded(name)), name) for name in names), reverse=True)
    if not ranked or ranked[0][0] < _NEAR or (len(ranked) > 1 and ranked[1][0] > _FAR):
        return None
    name = ranked[0][1]
    return name if re.findall(r"\d", name) == re.findall(r"\d", written) else None


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).casefold()


def _likeness(slip: str, name: str) -> float:
    if len(slip) > 60:
        return 0.0
    if len(name) > 3 and sorted(slip) == sorted(name) and slip[:1] == name[:1]:
        # Two letters changed places, which counts twice otherwise.
        return 0.9
    return SequenceMatcher(None, slip, name, autojunk=False).ratio()
