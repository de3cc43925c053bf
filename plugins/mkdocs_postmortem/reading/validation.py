"""Fields validated; what is wrong with them is said at its place, with the likely fix."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ValidationError

from mkdocs_postmortem import zones
from mkdocs_postmortem.diagnostics import Edit, Fix, Place
from mkdocs_postmortem.options import Options
from mkdocs_postmortem.reading import front_matter as models
from mkdocs_postmortem.reading.fields import expected_number, expected_shape, keys_of
from mkdocs_postmortem.reading.front_matter import FrontMatter, RowFields
from mkdocs_postmortem.reading.places import Path as ValuePath
from mkdocs_postmortem.reading.places import Places
from mkdocs_postmortem.reading.plain_yaml import LEFT_OUT
from mkdocs_postmortem.rules import reading as rules
from mkdocs_postmortem.rules.registry import Finding
from mkdocs_postmortem.slips import meant_name

# A front matter has few fields; what this many passes cannot mend is left out.
_MAX_PASSES = 8
_MOST_HELPED = 100


def validated(
    data: dict[str, Any], options: Options, places: Places, findings: list[Finding]
) -> FrontMatter | None:
    """The fields in `data`. What is wrong goes to `findings` and is left out, so the rest counts.

    `places` has where in the file everything stands, and keeps up with what is left out.
    """
    context = {"options": options}
    touched: set[ValuePath] = set()
    for _ in range(_MAX_PASSES):
        try:
            return FrontMatter.model_validate(data, context=context)
        except ValidationError as errors:
            mends = []
            misspelt: set[ValuePath] = set()
            for error in sorted(
                errors.errors(include_url=False), key=lambda error: error["type"] == "missing"
            ):
                path = tuple(part for part in error["loc"] if part != "[key]")
                follows = any(path[:length] in touched for length in range(len(path) + 1))
                if error["type"] == "extra_forbidden":
                    meant = zones.closest(str(path[-1]), keys_of(_model_at(path[:-1])))
                    misspelt.add((*path[:-1], meant or ""))
                # A field that is there under a misspelt name is not missing as well.
                if not follows and path not in misspelt:
                    # What a file of nothing but mistakes may have meant would take seconds.
                    suggests = len(findings) < _MOST_HELPED
                    findings.append(_finding(error, path, places, suggests=suggests))
                mends.append((path, error["type"], follows))
            # From the last entry of a list to the first, so that each is still where it was.
            for path, kind, follows in sorted(mends, key=_from_behind, reverse=True):
                if not _mend(data, path, kind, places, again=follows):
                    return None
                touched.add(path)
    return None


def _from_behind(mend: tuple[ValuePath, str, bool]) -> list[tuple[str, int]]:
    return [("", part) if isinstance(part, int) else (part, 0) for part in mend[0]]


def _finding(error: Any, path: ValuePath, places: Places, *, suggests: bool) -> Finding:
    kind = error["type"]
    context = error.get("ctx") or {}
    if kind == "extra_forbidden":
        known = keys_of(_model_at(path[:-1]))
        key = str(path[-1])
        suggestion = zones.closest(key, known) if suggests else None
        finding = rules.unknown_key(places.key(*path), key, suggestion, ", ".join(known))
        return finding.mended_by(*renamed(key, known, places.key(*path), places.value(*path)))
    if kind == "missing":
        is_empty = places.has(*path)
        return rules.missing_field(places.key(*path), str(path[-1]), is_empty=is_empty)
    place = places.key(*path) if _is_key_error(error) else places.value(*path)
    if kind in ("literal_error", "enum"):
        options = re.findall(r"'([^']*)'", context.get("expected", ""))
        suggestion = zones.closest(str(error["input"]), options)
        help = f"did you mean {suggestion}?" if suggestion else f"known: {', '.join(options)}"
        finding = rules.invalid_value(place, f"“{error['input']}” is not known here", help)
        meant = meant_name(str(error["input"]), options)
        return finding.mended_by(*_rewritten(error, path, place, meant))
    if expected := expected_shape(kind, _model_at(path)):
        found = error["input"]
        shape = "a list" if isinstance(found, list) else "a mapping"
        shape = "text" if isinstance(found, str) else shape
        return rules.wrong_shape(place, expected[0], shape, expected[1])
    finding = rules.invalid_value(place, *what_is_wrong(error))
    meant = context.get("meant")
    if meant and ", " in meant and ("timeline", *path[1:3]) in places.keys:
        # In the long form several milestones are a list.
        meant = f"[{meant}]"
    return finding.mended_by(*_rewritten(error, path, place, meant))


def what_is_wrong(error: Any) -> tuple[str, str | None]:
    """What is wrong with a value by pydantic's `error`, and what to write instead."""
    context = error.get("ctx") or {}
    if number := expected_number(error):
        return number
    return context.get("text") or f"this is not valid: {error['msg']}", context.get("help")


def renamed(key: str, known: list[str], place: Place, value: Place) -> tuple[Fix, ...]:
    """The fix of a key that is a slip of one that is known; what it holds was not read yet.

    Nothing becomes visible to others by a guess, so `visibility` is the author's to correct.
    """
    meant = meant_name(key, known)
    if meant is None or meant == "visibility":
        return ()
    return (Fix((Edit(place, meant, key),), reveals=value),)


def _rewritten(error: Any, path: ValuePath, place: Place, meant: str | None) -> tuple[Fix, ...]:
    """The fix of a value of which it is certain what was meant."""
    if meant is None or path[0] == "visibility" or not isinstance(error["input"], str):
        return ()
    return (Fix((Edit(place, meant, error["input"].strip()),)),)


def _is_key_error(error: Any) -> bool:
    return "[key]" in error["loc"]


def _model_at(path: ValuePath) -> type[BaseModel]:
    """The fields that the mapping at `path` may have."""
    models_by_field: dict[str, type[BaseModel]] = {
        "timeline": RowFields,
        "impact": models.ImpactFields,
        "causes": models.CauseFields,
        "action_items": models.ActionItemFields,
        "links": models.LinkFields,
        "silence": models.SilenceFields,
        "withdrawn": models.WithdrawnFields,
        "corrections": models.CorrectionFields,
        "scheduled": models.ScheduledFields,
    }
    return models_by_field.get(str(path[0]), FrontMatter) if path else FrontMatter


def _mend(data: dict[str, Any], path: ValuePath, kind: str, places: Places, *, again: bool) -> bool:
    """Leave out what is at `path`; false where nothing is left to leave out."""
    if path == ("timeline",):
        return False
    if not path:
        data.pop("kind", None)
        data.pop("scheduled", None)
        return True
    if kind == "missing" and not again:
        return _put(data, path, LEFT_OUT)
    if (path[0] == "timeline" and len(path) <= 2) or (again and path[0] == "timeline"):
        data["timeline"][path[1]] = {"event": LEFT_OUT}
        return True
    if again and len(path) > 1:
        path = path[:1]
    return _remove(data, path, places)


def _put(data: Any, path: ValuePath, value: Any) -> bool:
    for part in path[:-1]:
        data = _at(data, part)
    last = path[-1]
    is_there = isinstance(data, list) and isinstance(last, int) and last < len(data)
    if isinstance(data, dict) or is_there:
        data[last] = value
        return True
    return False


def _at(holder: Any, part: str | int) -> Any:
    """What a mapping or a list holds at `part`, or ``None``."""
    if isinstance(holder, dict):
        return holder.get(part)
    is_there = isinstance(holder, list) and isinstance(part, int) and part < len(holder)
    return holder[part] if is_there else None


def _remove(data: Any, path: ValuePath, places: Places) -> bool:
    holder, depth = data, 0
    # One value where a list is allowed has a path that goes on: the value itself is left out.
    while path[depth + 1 :] and _at(_at(holder, path[depth]), path[depth + 1]) is not None:
        holder, depth = _at(holder, path[depth]), depth + 1
    last = path[depth]
    if isinstance(holder, dict):
        if last not in holder:
            return False
        del holder[last]
        return True
    if isinstance(last, int) and last < len(holder):
        holder.pop(last)
        places.leave_out(*path[: depth + 1])
        return True
    return False
