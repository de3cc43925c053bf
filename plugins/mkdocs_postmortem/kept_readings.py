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
from mkdocs_postmortem.incident import Incident
from mkdocs_postmortem.incident_file import entry_of
from mkdocs_postmortem.options import Audience, Options
from mkdocs_postmortem.reading.reader import Reading
from mkdocs_postmortem.together import Entry


def _read_zone(value: tzinfo | str) -> tzinfo:
    return zones.zone(value) if isinstance(value, str) else value


_Zone = Annotated[tzinfo, PlainValidator(_read_zone), PlainSerializer(str)]


def _shadow(kind: type) -> type:
    """A dataclass like `kind` whose zones are written as their names."""
    hints = typing.get_type_hints(kind)
    fields = [
        (one.name, _Zone if hints[one.name] is tzinfo else hints[one.name])
        for one in dataclasses.fields(kind)
    ]
    return dataclasses.make_dataclass(f"Kept{kind.__name__}", fields)


_KEPT_INCIDENT = _shadow(Incident)
_INCIDENT: TypeAdapter[Any] = TypeAdapter(_KEPT_INCIDENT)
_DIAGNOSTICS = TypeAdapter(list[Diagnostic])


def kept(reading: Reading) -> list[bytes] | None:
    """`reading` as lines of plain data; ``None`` where these would not say all a build needs."""
    incident = reading.incident
    if incident is None or reading.has_errors or reading.assets or reading.day != incident.date:
        return None
    values = {one.name: getattr(incident, one.name) for one in dataclasses.fields(incident)}
    # Most incidents are public as a whole, and need no second look at what everybody may see.
    whole = for_audience(incident, Audience.PUBLIC) == incident
    try:
        made = [
            _INCIDENT.dump_json(_KEPT_INCIDENT(**values)),
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
    return Incident(**vars(_INCIDENT.validate_json(text)))


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
