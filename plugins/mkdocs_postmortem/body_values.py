"""Computed values in an author's body: ``{{ incident.time_to_resolve }}`` and the like.

A dictionary lookup, never a template engine: other braces stay as they are, and so does code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mkdocs_postmortem import wording
from mkdocs_postmortem.body import without_code
from mkdocs_postmortem.incident import Incident, Outcome, ResponseTime
from mkdocs_postmortem.measure.impact import impact_duration
from mkdocs_postmortem.options import Options
from mkdocs_postmortem.timeline import slug

_VALUE = re.compile(r"\{\{[ \t]*incident\.(?P<name>[^{}\n]{1,200}?)[ \t]*\}\}")
# Everything that can mean something in Markdown or HTML; what durations and times need is not.
_SPECIAL = re.compile(r"[^\w\s.,:;/~–−-]|_")


@dataclass(frozen=True, slots=True)
class Mention:
    """A value that a body asks for: its name, and where it stands there."""

    name: str
    start: int
    end: int


def mentions(body: str) -> Iterator[Mention]:
    """The values that `body` asks for, those in code left out."""
    if "{{" not in body:
        return
    indented: list[range] | None = None
    for match in _VALUE.finditer(without_code(body)):
        line_start = body.rfind("\n", 0, match.start()) + 1
        if body[line_start:].startswith(("    ", "\t")):
            # Only Markdown knows whether an indented line is code or goes on with a list.
            if indented is None:
                indented = _indented_code(body)
            number = body.count("\n", 0, line_start)
            if any(number in lines for lines in indented):
                continue
        yield Mention(match["name"], match.start(), match.end())


def _indented_code(body: str) -> list[range]:
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").disable("html_block").parse(body)
    return [range(*token.map) for token in tokens if token.type == "code_block" and token.map]


def with_values(body: str, values: Mapping[str, str]) -> str:
    """`body` with the `values` it asks for; a name that is none of them stays as it is written."""
    pieces, position = [], 0
    for mention in mentions(body):
        value = values.get(mention.name)
        if value is not None:
            escaped = _SPECIAL.sub(lambda sign: f"&#{ord(sign[0])};", value)
            pieces += [body[position : mention.start], escaped]
            position = mention.end
    pieces.append(body[position:])
    return "".join(pieces)


def values_of(incident: Incident, options: Options) -> dict[str, str]:
    """What a body can ask for, by name, in words and in the site's zone.

    Every response time and milestone, of each episode with its number behind (``started.2``),
    ``impact.<component>``, and the facts of the front matter. What is not known says so.
    """
    values = {
        "id": incident.id,
        "title": incident.title,
        "date": wording.day(incident.date),
        "status": wording.status(incident).lower(),
        "components": ", ".join(incident.components) or "none",
        "severity": wording.severity(incident.severity) if incident.severity else "none",
    }
    if incident.reference:
        values["reference"] = incident.reference
    if incident.published and (published := incident.published.day_in(options.zone)):
        values["published"] = wording.day(published)
    values |= _milestones(incident, options)
    values |= _response_times(incident)
    values |= _impact(incident)
    return values


def _milestones(incident: Incident, options: Options) -> dict[str, str]:
    rows: dict[str, list[str]] = {}
    for row in incident.rows:
        shown = wording.time_and_day(row.moment, options.zone)
        for name in row.milestones:
            rows.setdefault(name, []).append(shown)
    values = {}
    for name, times in rows.items():
        # As in response times: the first counts, except where the impact ends.
        values[name] = times[-1] if name in ("mitigated", "resolved") else times[0]
        values |= {f"{name}.{number}": text for number, text in enumerate(times, 1)}
    return values


def _response_times(incident: Incident) -> dict[str, str]:
    values = {}
    by_key: dict[str, list[ResponseTime]] = {}
    for time in incident.response_times:
        by_key.setdefault(time.key, []).append(time)
    for key, times in by_key.items():
        known = [time for time in times if time.outcome is not Outcome.NOT_APPLICABLE]
        texts = [wording.response_time(time) for time in known or times[:1]]
        values[key] = " and ".join(texts)
        if times[0].episode is not None:
            values |= {f"{key}.{time.episode}": wording.response_time(time) for time in times}
    return values


def _impact(incident: Incident) -> dict[str, str]:
    values: dict[str, str] = {}
    for component in dict.fromkeys(window.component for window in incident.windows):
        if component is None:
            continue
        # What names no component is on all of them.
        own = [window for window in incident.windows if window.component in (component, None)]
        total = impact_duration(own, None, ongoing=incident.ongoing)
        text = wording.response_time(total)
        values[f"impact.{component}"] = values[f"impact.{slug(component)}"] = text
    return values
