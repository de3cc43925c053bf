"""Readings of files that have not changed since they were kept on disk.

What a build needs of a file is the computed incident and what is wrong with it. The rest of a
reading, such as the places of everything, is read from the file when somebody asks for it.
"""

from __future__ import annotations

import dataclasses
import json
import typing
from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, TypeAdapter

from mkdocs_postmortem import zones
from mkdocs_postmortem.audience import for_audience
from mkdocs_postmortem.diagnostics import Diagnostic
from mkdocs_postmortem.incident import Incident, ResponseTime, Row
from mkdocs_postmortem.incident_file import entry_of
from mkdocs_postmortem.options import Audience, Options
from mkdocs_postmortem.reading.reader import Reading
from mkdocs_postmortem.together import Entry


def _read_zone(value: tzinfo | str) -> tzinfo:
    return zones.zone(value) if isinstance(value, str) else value


_Zone = Annotated[tzinfo, PlainValidator(_read_zone), PlainSerializer(str)]


def _shadow(kind: type, **types: Any) -> type:
    """A dataclass like `kind` with other `types`, whose zones are written as their names."""
    types = {**typing.get_type_hints(kind), **types}
    fields: list[tuple[str, Any, Any]] = []
    for one in dataclasses.fields(kind):
        hint = _Zone if types[one.name] is tzinfo else types[one.name]
        default = dataclasses.field(default=one.default, default_factory=one.default_factory)
        fields.append((one.name, hint, default))
    return dataclasses.make_dataclass(f"Kept{kind.__name__}", fields)


# Of a row that a response time begins or ends with, its number is enough.
_KEPT_TIME: Any = _shadow(ResponseTime, start_row=int | None, end_row=int | None)
_KEPT_INCIDENT = _shadow(Incident, response_times=tuple[_KEPT_TIME, ...])
_INCIDENT: TypeAdapter[Any] = TypeAdapter(_KEPT_INCIDENT)
_DIAGNOSTICS = TypeAdapter(list[Diagnostic])


def kept(reading: Reading) -> list[bytes] | None:
    """`reading` as lines of plain data; ``None`` where these would not say all a build needs."""
    incident = reading.incident
    if incident is None or reading.has_errors or reading.assets or reading.day != incident.date:
        return None
    values = _fields(incident)
    values["response_times"] = tuple(map(_kept_time, incident.response_times))
    # Most incidents are public as a whole, and need no second look at what everybody may see.
    whole = for_audience(incident, Audience.PUBLIC) == incident
    try:
        made = [
            _INCIDENT.dump_json(_KEPT_INCIDENT(**values), exclude_defaults=True),
            _DIAGNOSTICS.dump_json(reading.diagnostics),
            b"whole" if whole else b"",
            json.dumps(entry_of(reading).as_json()).encode(),
        ]
        same = _incident(made[0]) == incident
        same = same and _DIAGNOSTICS.validate_json(made[1]) == reading.diagnostics
    except ValueError:
        # Values of the author's own that JSON cannot say.
        return None
    return made if same else None


def _incident(text: bytes) -> Incident:
    values = vars(_INCIDENT.validate_json(text))
    rows: dict[int | None, Row | None] = {row.number: row for row in values["rows"]}
    rows[None] = None
    times = []
    for kept_time in values["response_times"]:
        of_time = vars(kept_time)
        for end in ("start_row", "end_row"):
            if of_time[end] not in rows:
                raise ValueError(f"there is no row {of_time[end]}")
            of_time[end] = rows[of_time[end]]
        times.append(ResponseTime(**of_time))
    values["response_times"] = tuple(times)
    return Incident(**values)


def _kept_time(time: ResponseTime) -> Any:
    values = _fields(time)
    for end in ("start_row", "end_row"):
        row = values[end]
        values[end] = row.number if row is not None else None
    return _KEPT_TIME(**values)


def _fields(value: Any) -> dict[str, Any]:
    return {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}


# What a kept reading knows without a look into the file.
_KNOWN = ("path", "options", "incident", "diagnostics", "assets", "day", "entry")


class KeptReading(Reading):
    """A reading of which only the result is there; `load` reads the file for all the rest."""

    __slots__ = ("_load", "_loaded", "is_public_as_a_whole")

    def __init__(
        self, path: str, options: Options, values: Sequence[bytes], load: Callable[[], Reading]
    ) -> None:
        """`values` are what `kept` gave. Raises ValueError where they are something else."""
        incident, diagnostics, whole, entry = values
        self.is_public_as_a_whole = whole == b"whole"
        self.path, self.options = path, options
        self.incident = _incident(incident)
        self.diagnostics = _DIAGNOSTICS.validate_json(diagnostics)
        self.entry = Entry.from_json(path, json.loads(entry))
        self.assets, self.day = (), self.incident.date
        self._load = load
        self._loaded: Reading | None = None

    @classmethod
    def of(
        cls, reading: Reading, values: Sequence[bytes], load: Callable[[], Reading]
    ) -> KeptReading:
        """The result of `reading`, of which `kept` gave `values`, so that the rest can go."""
        made = cls.__new__(cls)
        made.path, made.options, made.incident = reading.path, reading.options, reading.incident
        made.diagnostics, made.entry = reading.diagnostics, entry_of(reading)
        made.assets, made.day = reading.assets, reading.day
        made.is_public_as_a_whole = values[2] == b"whole"
        made._load, made._loaded = load, None  # noqa: SLF001
        return made

    @property
    def visibility(self) -> str:
        """Who may see it."""
        assert self.incident is not None
        return self.incident.visibility

    def whole(self) -> Reading:
        """The same reading with everything in it."""
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded


def _of_the_file(name: str) -> property:
    return property(lambda reading: getattr(reading.whole(), name))


for _field in dataclasses.fields(Reading):
    if _field.name not in _KNOWN:
        setattr(KeptReading, _field.name, _of_the_file(_field.name))
