"""One file read: its fields with their places, its timeline in time, and everything wrong with it.

`read_fields` is the way in. It never raises for what stands in a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, timedelta, tzinfo
from functools import partial
from typing import Any

from pydantic import ValidationError

from mkdocs_postmortem import zones
from mkdocs_postmortem.diagnostics import Diagnostic, Edit, Fix, Place, Severity
from mkdocs_postmortem.files_on_disk import id_of, is_incident_name, name_of
from mkdocs_postmortem.incident import Incident, Row
from mkdocs_postmortem.moment import Moment
from mkdocs_postmortem.options import Options
from mkdocs_postmortem.reading.front_matter import (
    FREE_TEXT,
    PAGE_KEYS,
    FrontMatter,
    PageFields,
    RowFields,
)
from mkdocs_postmortem.reading.places import Path as ValuePath
from mkdocs_postmortem.reading.places import Places, ShortRow
from mkdocs_postmortem.reading.plain_yaml import LEFT_OUT, Branch, plain_mapping
from mkdocs_postmortem.reading.row_head import help_without_colon, mended_with_colon, split_head
from mkdocs_postmortem.reading.source import Source, read_source
from mkdocs_postmortem.reading.validation import renamed, validated, what_is_wrong
from mkdocs_postmortem.reading.yaml_nodes import Mapping, Node, Scalar, Sequence, compose
from mkdocs_postmortem.rules import reading as rules
from mkdocs_postmortem.rules.registry import Finding
from mkdocs_postmortem.safety.assets import Asset
from mkdocs_postmortem.safety.patterns import Kind
from mkdocs_postmortem.safety.pieces import Piece, pieces
from mkdocs_postmortem.timeline import Clockwork, resolve_timeline
from mkdocs_postmortem.together import Entry
from mkdocs_postmortem.written_time import WITH_DAY, parse_day

# Where one mapping may stand for a list of one.
_LISTED = ("impact", "causes", "action_items", "links", "silence", "corrections")


@dataclass(slots=True)
class Reading:
    """What was read from one file. ``incident`` is there once the fields could be computed.

    ``findings`` are what the rules said, before the site's settings and the file's silences;
    ``diagnostics`` is what counts, ``silenced`` what the file silences. ``undated`` and ``unsure``
    are those of its `Timeline`. ``assets`` are the files in the incident's own folder.
    ``suspected`` are the kinds of what should not stand in public that may stand in it, and
    ``entry`` what of it matters for others, once somebody has asked.
    """

    path: str
    source: Source
    places: Places
    options: Options
    findings: list[Finding]
    fields: FrontMatter | None = None
    incident: Incident | None = None
    rows: tuple[Row, ...] = ()
    undated: frozenset[int] = frozenset()
    unsure: frozenset[int] = frozenset()
    zone: tzinfo = UTC
    day: date = date(1970, 1, 1)
    published: Moment | None = None
    impact_moments: dict[tuple[int, str], Moment] = field(default_factory=dict)
    page_meta: dict[str, Any] = field(default_factory=dict)
    assets: tuple[Asset, ...] = ()
    suspected: frozenset[Kind] | None = None
    entry: Entry | None = None
    silenced: list[Finding] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    _pieces: tuple[Piece, ...] | None = None

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The texts of the incident, gathered when they are first asked for."""
        if self._pieces is None:
            self._pieces = tuple(pieces(self))
        return self._pieces

    @property
    def id(self) -> str:
        """The incident's id: the file's name without its ending."""
        return id_of(self.path)

    @property
    def visibility(self) -> str:
        """Who may see it; what cannot be read is a draft."""
        return self.fields.visibility if self.fields is not None else "draft"

    @property
    def has_errors(self) -> bool:
        """Whether anything keeps the incident from being published."""
        return any(diagnostic.severity is Severity.ERROR for diagnostic in self.diagnostics)

    def place_of_time(self, index: int, key: str = "at") -> Place:
        """The place of a row's ``at`` or ``until``, rows counted from 0."""
        return self.places.value("timeline", index, key)


def read_fields(path: str, data: bytes, options: Options) -> Reading:
    """The fields in `data`, the content of the file at `path`, validated one by one."""
    source, findings = read_source(path, data)
    if source is None:
        source = Source(path, "", [], None, 1, "", 1)
        return Reading(path, source, Places(source), options, findings)
    reading = Reading(path, source, Places(source), options, findings)
    if source.front_matter is None:
        return reading
    written = _plain_data(source.front_matter, reading)
    if written is None:
        written = _data(source.front_matter, reading)
    if written is not None:
        reading.fields = validated(written, options, reading.places, reading.findings)
    return reading


def _plain_data(text: str, reading: Reading) -> dict[str, Any] | None:
    """What is validated, of front matter with nothing in it that needs a closer look."""
    found = plain_mapping(text)
    if found is None:
        return None
    data, tree = found
    entries = tree.content
    if not PAGE_KEYS.isdisjoint(entries) or data.get("claims").__class__ is list:
        return None
    for key in entries:
        if key.startswith("x-"):
            data.pop(key, None)
    for key in _LISTED:
        if data.get(key).__class__ is dict:
            data[key] = [data[key]]
    rows = data.get("timeline")
    if rows.__class__ is list:
        for number, branch in enumerate(entries["timeline"][1].content):
            if branch.__class__ is not Branch or branch.content.__class__ is not dict:
                return None
            row = _plain_row(rows[number], branch, reading.options)
            if row is None:
                return None
            rows[number] = row
    reading.places = Places(reading.source, tree)
    return data


def _plain_row(row: dict[str, Any], branch: Branch, options: Options) -> dict[str, Any] | None:
    """A row in its long form, where nothing is wrong with its form."""
    entries = branch.content
    if entries.keys() <= _ROW_KEYS:
        return row
    if len(entries) > 1:
        return None
    ((name, (key, event)),) = entries.items()
    split = split_head(name, options)
    if split is None:
        return None
    at, milestones = split
    branch.content = ShortRow(key, at, tuple(milestones), event)
    result: dict[str, Any] = {}
    if at:
        result["at"] = at
    if milestones:
        result["milestone"] = milestones
    if name in row:
        result["event"] = row[name]
    return result


def _data(text: str, reading: Reading) -> dict[str, Any] | None:
    """What is validated, with everything said that is wrong with the form of `text`."""
    source, places, findings = reading.source, reading.places, reading.findings
    root, found = compose(text, source.front_matter_line)
    findings += found
    if root is None and not found:
        root = Mapping(Place.at(source.front_matter_line, 1))
    if isinstance(root, Scalar) and root.is_null:
        root = Mapping(root.place)
    if root is None:
        return None
    if not isinstance(root, Mapping):
        findings.append(rules.not_a_mapping(root.place, root.kind))
        return None
    data_by_key: dict[str, Any] = {}
    for key, node in root.entries:
        places.keys[(key.text,)] = key.place
        if key.text.startswith("x-"):
            continue
        if key.text in PAGE_KEYS:
            places.values[(key.text,)] = node.place
            _read_page_field(key.text, _page_value(node), reading)
        elif key.text == "timeline" and isinstance(node, Sequence):
            places.values["timeline",] = node.place
            data_by_key["timeline"] = [
                _row(item, index, reading) for index, item in enumerate(node.items)
            ]
        elif key.text == "claims" and isinstance(node, Sequence):
            data_by_key["claims"] = _listed_claims(node, reading)
        else:
            value = _plain(node, (key.text,), reading)
            if value is not None:
                one = isinstance(value, dict) and key.text in _LISTED
                data_by_key[key.text] = [value] if one else value
    return data_by_key


def resolve_times(reading: Reading) -> Clockwork:
    """Place the timeline of a reading whose fields are there in time."""
    fields = reading.fields
    assert fields is not None
    name = name_of(reading.path)
    reading.zone = zones.zone(fields.timezone or reading.options.timezone)
    clockwork = Clockwork(reading.zone, reading.options.approximate, reading.findings)
    try:
        day = parse_day(name[:10])
    except ValueError:
        day = None
        if is_incident_name(name):
            reading.findings.append(rules.name_is_no_day(Place(), name[:10]))
    today = reading.options.today - timedelta(seconds=1)
    reading.day = fields.date or day or today.astimezone(reading.zone).date()
    timeline = resolve_timeline(fields.timeline, reading.day, clockwork, reading.place_of_time)
    reading.rows, reading.undated = timeline.rows, timeline.undated
    reading.unsure = timeline.unsure
    if fields.published:
        where = partial(reading.places.value, "published")
        reading.published = clockwork.moment_of(
            fields.published, where, None, reading.day, WITH_DAY
        )
    elif fields.visibility == "public":
        key = reading.places.key("visibility")
        reading.findings.append(
            rules.missing_field(key, "published", ", and public incidents need it")
        )
    return clockwork


def _read_page_field(key: str, value: Any, reading: Reading) -> None:
    """Keep a field of the page, where a stranger may set it so."""
    if reading.options.trusted_bodies:
        reading.page_meta[key] = value
        return
    try:
        fields = PageFields.model_validate({key: value})
    except ValidationError as errors:
        error = errors.errors(include_url=False)[0]
        place = reading.places.value(key)
        reading.findings.append(rules.invalid_value(place, *what_is_wrong(error)))
    else:
        reading.page_meta |= fields.model_dump(mode="json", exclude_unset=True, exclude_none=True)


def _page_value(node: Node) -> Any:
    """A value of the page's own keys, typed as themes expect it."""
    if isinstance(node, Scalar):
        plain = {"true": True, "false": False}.get(node.text, node.text)
        if node.is_plain and re.fullmatch(r"\d{1,6}(\.\d{1,3})?", node.text):
            return float(node.text)
        return (None if node.is_null else plain) if node.is_plain else node.text
    if isinstance(node, Sequence):
        return [_page_value(item) for item in node.items]
    return {key.text: _page_value(value) for key, value in node.entries}


def _plain(node: Node, path: ValuePath, reading: Reading) -> Any:
    """`node` as plain data, with the place of everything in it written down."""
    reading.places.values[path] = node.place
    if isinstance(node, Scalar):
        last = next((part for part in reversed(path) if isinstance(part, str)), "")
        if node.quoting and last in FREE_TEXT and path[0] != "internal":
            _quotable(node, node.quoting, reading)
        return None if node.is_null else node.text
    if isinstance(node, Sequence):
        items = (_plain(item, (*path, index), reading) for index, item in enumerate(node.items))
        return [LEFT_OUT if item is None else item for item in items]
    result = {}
    for key, value in node.entries:
        inner = (*path, key.text)
        reading.places.keys[inner] = key.place
        plain = _plain(value, inner, reading)
        if plain is not None:
            result[key.text] = plain
    return result


def _quotable(node: Scalar, quoting: Fix, reading: Reading) -> None:
    """Free text that YAML ends too early: the findings about it, with the quotes it lacks."""
    quoting = replace(quoting, reveals=node.place)
    for index, finding in enumerate(reading.findings):
        if finding.rule.code == "PM109" and node.place.contains(finding.place):
            reading.findings[index] = finding.mended_by(quoting)
    if node.cut:
        finding = rules.comment_cuts_text(node.cut[1], node.cut[0])
        # Only a number is certainly no comment: quoting a comment would publish it.
        is_number = node.cut[0][1:2].isdigit()
        reading.findings.append(finding.mended_by(quoting) if is_number else finding)


def _listed_claims(node: Sequence, reading: Reading) -> dict[str, list[Any]]:
    """Claims written as a list of mappings, as one mapping of lists."""
    merged: dict[str, list[Any]] = {}
    reading.places.values["claims",] = node.place
    for item in node.items:
        if not isinstance(item, Mapping):
            reading.findings.append(
                rules.wrong_shape(
                    item.place,
                    "`response_time: figure`",
                    item.kind,
                    "write `- time_to_resolve: 14m`",
                )
            )
            continue
        for key, value in item.entries:
            known = merged.setdefault(key.text, [])
            for one in value.items if isinstance(value, Sequence) else [value]:
                reading.places.keys.setdefault(("claims", key.text), key.place)
                known.append(_plain(one, ("claims", key.text, len(known)), reading) or LEFT_OUT)
    return merged


_ROW_KEYS = frozenset(RowFields.model_fields)


def _row(node: Node, index: int, reading: Reading) -> dict[str, Any]:
    """A row in its long form, whichever form it was written in."""
    path: ValuePath = ("timeline", index)
    reading.places.values[path] = node.place
    if not isinstance(node, Mapping):
        if isinstance(node, Scalar) and not node.is_null:
            help = help_without_colon(node, reading.options)
            finding = rules.invalid_row(node.place, "a row needs a `: ` after its time", help)
            finding = finding.mended_by(*mended_with_colon(node, reading.options))
        else:
            help = "write `- 18:03: What happened`"
            finding = rules.wrong_shape(node.place, "a row", node.kind, help)
        reading.findings.append(finding)
        return {"event": LEFT_OUT}
    heads = [key for key, _ in node.entries if key.text not in _ROW_KEYS]
    others = [key.text for key, _ in node.entries if key.text in _ROW_KEYS]
    head = split = None
    for head in heads:
        split = split_head(head.text, reading.options)
        if split is not None:
            break
    if split is None and len(node.entries) == 1 and heads:
        milestones = reading.options.milestone_names
        known = [*_ROW_KEYS, *milestones]
        suggestion = zones.closest(heads[0].text, known)
        help = f"begin with a time such as 18:03, or a milestone: {', '.join(milestones)}"
        finding = rules.invalid_row(
            heads[0].place,
            f"“{heads[0].text}” is neither a time nor a milestone",
            f"did you mean “{suggestion}”?" if suggestion else help,
        )
        fixes = renamed(heads[0].text, known, heads[0].place, node.entries[0][1].place)
        reading.findings.append(finding.mended_by(*fixes))
        return {"event": LEFT_OUT}
    result: dict[str, Any] = {}
    if head is not None and split is not None:
        if others:
            names = ", ".join(f"`{name}`" for name in others)
            finding = rules.invalid_row(
                head.place,
                f"this row mixes the short form with {names}",
                "write it in the long form, with `at:`, `milestone:` and `event:`",
            )
            reading.findings.append(finding.mended_by(*_in_long_form(head, node, reading)))
        result = _short_row(head, split, node, path, reading)
    for key, value in node.entries:
        if split is None or key is not head:
            inner = (*path, key.text)
            reading.places.keys[inner] = key.place
            plain = _plain(value, inner, reading)
            if plain is not None:
                result.setdefault(key.text, plain)
    return result


def _in_long_form(head: Scalar, node: Mapping, reading: Reading) -> tuple[Fix, ...]:
    """The fix of a short row that has fields of the long form below it."""
    split = split_head(head.text, reading.options)
    start = reading.source.lines[node.place.line - 1][node.place.column - 1 :]
    if split is None or start.startswith("{"):
        return ()
    at, milestones = split
    fields = [f"at: {at}"] if at else []
    if milestones:
        several = len(milestones) > 1
        names = ", ".join(milestones)
        fields.append(f"milestone: [{names}]" if several else f"milestone: {names}")
    indent = "\n" + " " * (head.place.column - 1)
    return (Fix((Edit(head.place, indent.join([*fields, "event"])),)),)


def _short_row(
    head: Scalar,
    split: tuple[str | None, list[str]],
    node: Mapping,
    path: ValuePath,
    reading: Reading,
) -> dict[str, Any]:
    at, milestones = split
    result: dict[str, Any] = {}
    quote = 0 if head.is_plain else 1
    if at:
        result["at"] = at
        place = Place.at(head.place.line, head.place.column + quote, len(at))
        reading.places.values[(*path, "at")] = place
    if milestones:
        result["milestone"] = milestones
        position = len(at or "")
        for number, milestone in enumerate(milestones):
            position = head.text.index(milestone, position)
            place = Place.at(head.place.line, head.place.column + quote + position, len(milestone))
            reading.places.values[(*path, "milestone", number)] = place
    value = next(value for key, value in node.entries if key is head)
    event = _plain(value, (*path, "event"), reading)
    if event is not None:
        result["event"] = event
    return result
