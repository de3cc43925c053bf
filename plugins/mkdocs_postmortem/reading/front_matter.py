"""The fields of an incident file, as pydantic models over the author's text.

Times stay text here: what they mean depends on the rows above them, so `timeline` resolves them.
Closed lists (severities, components, milestones) come from the site's options.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from mkdocs_postmortem.options import Level
from mkdocs_postmortem.reading.fields import (
    ClaimName,
    ComponentName,
    Day,
    Flag,
    Length,
    Link,
    MeasureName,
    MilestoneName,
    OneOrMany,
    SeverityName,
    Text,
    Time,
    ZoneName,
    listed,
    refuse,
)

# Keys that belong to the page, not to the incident: Material's own, passed on as they are.
PAGE_KEYS = frozenset(
    {"hide", "search", "icon", "description", "template", "subtitle", "comments", "social"}
)


class _Fields(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class RowFields(_Fields):
    """One row of the timeline, in its long form."""

    at: Annotated[Time | None, Field(description="When it happened. Left out: in between.")] = None
    until: Annotated[Time | None, Field(description="Until when it lasted.")] = None
    milestone: Annotated[
        tuple[MilestoneName, ...], OneOrMany, Field(description="The milestones it reaches.")
    ] = ()
    event: Annotated[Text, Field(description="What happened, as Markdown.")]
    outcome: Annotated[
        Literal["worked", "failed", "partial"] | None, Field(description="How it turned out.")
    ] = None
    component: Annotated[
        tuple[ComponentName, ...], OneOrMany, Field(description="The components it is about.")
    ] = ()
    by: Annotated[Text | None, Field(description="Who did it: a role, not a name.")] = None
    severity: Annotated[
        SeverityName | None, Field(description="What the severity became here.")
    ] = None
    update: Annotated[
        Flag, Field(description="An update for the public, as rows with a milestone are anyway.")
    ] = False
    internal: Annotated[Flag, Field(description="Never leaves an internal build.")] = False
    evidence: Annotated[
        tuple[Link, ...], OneOrMany, Field(description="Links that back the row.")
    ] = ()

    @model_validator(mode="after")
    def _until_needs_at(self) -> RowFields:
        if self.until and not self.at:
            raise refuse("a row with `until` needs `at`", "add `at:`, when it began")
        return self


class ImpactFields(_Fields):
    """One window of impact."""

    component: Annotated[
        tuple[ComponentName, ...], OneOrMany, Field(description="What was affected.")
    ] = ()
    level: Annotated[Level | None, Field(description="How badly.")] = None
    start: Annotated[
        Time, Field(alias="from", description="A milestone (`started 2`: its second) or a time.")
    ] = "started"
    end: Annotated[
        Time | None,
        Field(alias="to", description="A milestone or a time. By default when it was mitigated."),
    ] = None
    users: Annotated[Text | None, Field(description="Whom it hit, or how many.")] = None


class CauseFields(_Fields):
    """One cause, which action items can point at."""

    id: Annotated[Text, Field(description="A short name for it.")]
    text: Annotated[Text, Field(description="The cause, as Markdown.")]
    internal: Annotated[Flag, Field(description="Never leaves an internal build.")] = False


class ActionItemFields(_Fields):
    """One promise."""

    title: Annotated[Text, Field(description="What will be done.")]
    id: Annotated[Text | None, Field(description="Stable name. By default made of the title.")] = (
        None
    )
    kind: Literal["prevent", "detect", "mitigate", "process"] | None = None
    owner: Annotated[Text | None, Field(description="The team that does it.")] = None
    priority: Text | None = None
    due: Annotated[Text | None, Field(description="A day, or words.")] = None
    status: Literal["open", "in_progress", "done", "cancelled"] | None = None
    done: Annotated[Day | None, Field(description="When it was done; implies the status.")] = None
    link: Link | None = None
    cause: Annotated[Text | None, Field(description="The id of the cause it answers.")] = None
    internal: Annotated[Flag, Field(description="Never leaves an internal build.")] = False


class LinkFields(_Fields):
    """A link to something about the incident."""

    name: Text
    url: Link


class SilenceFields(_Fields):
    """A rule that this file silences, and why."""

    code: Text
    reason: Text
    row: Annotated[Text | None, Field(description="Only in the row with this time, or number.")] = (
        None
    )
    line: Annotated[int | None, Field(ge=1, description="Only in this line of the file.")] = None
    text: Annotated[Text | None, Field(description="Only where the rule is about this.")] = None


class WithdrawnFields(_Fields):
    """Why the postmortem is no longer there."""

    date: Day
    reason: Text


class CorrectionFields(_Fields):
    """What was corrected after publication."""

    date: Day
    text: Text


class ScheduledFields(_Fields):
    """The window of planned maintenance."""

    start: Annotated[Time, Field(alias="from")]
    end: Annotated[Time, Field(alias="to")]


def _not_empty(value: Any) -> Any:
    # Not `min_length`, which would also say so of a list whose rows are all invalid.
    if value == []:
        raise refuse("the timeline is empty", "write what happened, `- 18:03 started: …`")
    return value


def _language(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", value):
        return value
    raise refuse(f"“{value}” is no language", "write a code such as en or pt-BR")


def _claims(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: listed(claims) for key, claims in value.items()}
    return value


class FrontMatter(_Fields):
    """The front matter of an incident."""

    title: Text
    timeline: Annotated[
        tuple[RowFields, ...],
        BeforeValidator(_not_empty),
        Field(description="What happened, in order."),
    ]
    date: Annotated[
        Day | None, Field(description="The day of the first clock time. Default: the file name's.")
    ] = None
    timezone: Annotated[
        ZoneName | None, Field(description="The zone of times without one. Default: the site's.")
    ] = None
    severity: Annotated[SeverityName | None, Field(description="The first one.")] = None
    status: Annotated[Literal["open", "closed"], Field(description="`open` while it goes on.")] = (
        "closed"
    )
    visibility: Annotated[
        Literal["public", "internal", "draft"], Field(description="Who may see it.")
    ] = "draft"
    published: Annotated[Time | None, Field(description="Day or time of first publication.")] = None
    components: Annotated[tuple[ComponentName, ...], OneOrMany] = ()
    tags: Annotated[tuple[Text, ...], OneOrMany] = ()
    summary: Annotated[Text | None, Field(description="One paragraph, as inline Markdown.")] = None
    impact: Annotated[tuple[ImpactFields, ...], OneOrMany] = ()
    targets: Annotated[
        dict[MeasureName, Length], Field(description="Over the site's targets.")
    ] = {}
    claims: Annotated[
        dict[ClaimName, tuple[Text, ...]],
        BeforeValidator(_claims),
        Field(description="What was announced elsewhere, by response time or milestone."),
    ] = {}
    causes: Annotated[tuple[CauseFields, ...], OneOrMany] = ()
    action_items: Annotated[tuple[ActionItemFields, ...], OneOrMany] = ()
    related: Annotated[tuple[Text, ...], OneOrMany, Field(description="Ids of incidents.")] = ()
    kind: Literal["incident", "maintenance"] = "incident"
    scheduled: ScheduledFields | None = None
    reference: Annotated[Text | None, Field(description="The number that people use.")] = None
    links: Annotated[tuple[LinkFields, ...], OneOrMany] = ()
    next_update: Time | None = None
    lang: Annotated[str, BeforeValidator(_language)] = "en"
    internal: Annotated[Any, Field(description="Anything; never leaves an internal build.")] = None
    silence: Annotated[tuple[SilenceFields, ...], OneOrMany] = ()
    withdrawn: WithdrawnFields | None = None
    corrections: Annotated[tuple[CorrectionFields, ...], OneOrMany] = ()
    aliases: Annotated[tuple[Text, ...], OneOrMany] = ()

    @model_validator(mode="after")
    def _whole(self) -> FrontMatter:
        if self.kind == "maintenance" and self.scheduled is None:
            raise refuse("maintenance needs `scheduled`", "add `scheduled: {from: …, to: …}`")
        if self.kind == "incident" and self.scheduled is not None:
            raise refuse("only maintenance is scheduled", "add `kind: maintenance`")
        return self


# Fields whose text a ` #` must not cut off.
FREE_TEXT = frozenset(
    "title summary event by text users reason reference owner name notes due".split()
)
