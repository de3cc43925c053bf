"""Names that were not written quite as they are: which one is certainly meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

# A letter too many or too few in a name of six stays above the first; what comes as near to a
# second name as the other may mean either. Below four letters a slip is near to too much: `dne`.
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
    if len(slip) < 4:
        return None
    ranked = sorted(((_likeness(slip, _folded(name)), name) for name in names), reverse=True)
    if not ranked or ranked[0][0] < _NEAR or (len(ranked) > 1 and ranked[1][0] >= _FAR):
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
