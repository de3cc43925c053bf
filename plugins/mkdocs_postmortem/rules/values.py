"""PM607: values that a body asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from mkdocs_postmortem.body import internal_blocks
from mkdocs_postmortem.diagnostics import Severity
from mkdocs_postmortem.incident import Incident, Outcome
from mkdocs_postmortem.options import Audience
from mkdocs_postmortem.rules.registry import Remark, check
from mkdocs_postmortem.zones import closest

if TYPE_CHECKING:
    from mkdocs_postmortem.reading.reader import Reading


@check("PM607", "unknown-value")
def unknown_value(reading: Reading) -> Iterator[Remark]:
    """The body asks for a value that the incident does not have.

    `{{ incident.time_to_resolve }}` in a body becomes the computed value, so that prose cannot
    drift from the timeline. Every response time and milestone has its name there, with the number
    of the episode or row behind a dot where there are several (`incident.started.2`),
    `incident.impact.api` is how long a component was affected, and `title`, `date`, `severity`,
    `status`, `components`, `published`, `reference` and `id` are those of the front matter. Braces
    around anything else are left alone. A response time that was not recorded is a warning: the
    sentence around it would make no sense. What stands on internal rows alone cannot be asked for
    outside an internal block.

    ## Example

    ```markdown
    Requests failed for {{ incident.time_to_resove }}. ◀
    ```

    ## Fixed

    ```markdown
    Requests failed for {{ incident.time_to_resolve }}.
    ```
    """
    incident, body = reading.incident, reading.source.body
    if incident is None or "{{" not in body:
        return
    from mkdocs_postmortem.audience import for_audience
    from mkdocs_postmortem.body_values import mentions, values_of

    asked = list(mentions(body))
    if not asked:
        return
    values = values_of(incident, reading.options)
    shown = for_audience(replace(incident, visibility="public"), Audience.PUBLIC)
    public = values_of(shown, reading.options) if shown is not None else values
    hidden = internal_blocks(body).blocks
    for mention in asked:
        place = reading.source.body_place(mention.start, mention.end)
        is_internal = any(start <= mention.start < end for start, end in hidden)
        name = f"incident.{mention.name}"
        if mention.name not in values:
            if mention.name in reading.options.milestone_names:
                help = f"give a row the milestone `{mention.name}`"
                yield Remark(place, f"no row of the timeline is `{mention.name}`", help)
                continue
            meant = closest(mention.name, list(values))
            known = ", ".join(values)
            help = f"did you mean `incident.{meant}`?" if meant else f"known: {known}"
            yield Remark(place, f"there is no value `{name}`", help)
        elif mention.name not in public and not is_internal:
            help = "put the sentence between `<!-- internal -->` and `<!-- /internal -->`"
            yield Remark(place, f"`{name}` stands on internal rows alone", help)
        elif _is_unrecorded(incident, mention.name):
            yield Remark(
                place,
                f"`{name}` was not recorded",
                "give the rows where it begins and ends their milestones, or leave it out",
                severity=Severity.WARNING,
            )


def _is_unrecorded(incident: Incident, name: str) -> bool:
    key, _, episode = name.partition(".")
    times = [
        time
        for time in incident.response_times
        if time.key == key and episode in ("", str(time.episode))
    ]
    return bool(times) and all(time.outcome is Outcome.NOT_APPLICABLE for time in times)
