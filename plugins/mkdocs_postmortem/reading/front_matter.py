"""The fields of an incident file, as pydantic models over the author's text.

Times stay text here: what they mean depends on the rows above them, so `timeline` resolves them.
Closed lists (severities, components, milestones) come from the site's options.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from mkdocs_postmortem.options import Level
from mkdocs_postmortem.reading.fields import (
    DEFINED,
    Anchor,
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

LANGUAGE = r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*"


class _Fields(BaseModel):
    # Most are only ever looked at as parts of the front matter, which is built with them.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def _icon(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"[a-z0-9-]+(/[a-z0-9-]+)*", value):
        return value
    raise refuse(f"“{value}” is no icon", "write a name such as material/alert")


def _trusted_alone(value: Any) -> Any:
    raise refuse("this needs trusted authors", "leave it out, or set trusted_bodies for the site")


class _SearchFields(_Fields):
    exclude: Flag = False
    boost: Annotated[float, Field(gt=0, le=1000)] = 1.0


class _SocialFields(_Fields):
    cards: Flag = True


class PageFields(_Fields):
    """Fields of the page, not of the incident: Material's own, which it prints or acts upon."""

    hide: Annotated[
        tuple[Literal["navigation", "toc", "path", "footer", "feedback", "tags"], ...], OneOrMany
    ] = ()
    search: _SearchFields | None = None
    icon: Annotated[str, BeforeValidator(_icon)] | None = None
    description: Text | None = None
    subtitle: Text | None = None
    comments: Flag = False
    social: _SocialFields | None = None
    template: Annotated[Any, BeforeValidator(_trusted_alone)] = None


PAGE_KEYS = frozenset(PageFields.model_fields)


class RowFields(_Fields):
    """One row of the timeline, in its long form."""

    at: Annotated[Time | None, Field(description="When it happened. Left out: in between.")] = None
    until: Annotated[Time | None, Field(description="Until when it lasted.")] = None
    milestone: Annotated[
        tuple[MilestoneName, ...],
        OneOrMany,
        Field(description="The milestones it reaches.", examples=["detected"]),
    ] = ()
    event: Annotated[
        Text,
        Field(
            description="What happened, as Markdown without raw HTML.",
            examples=["Alerts fire and the on-call engineer answers."],
        ),
    ]
    outcome: Annotated[
        Literal["worked", "failed", "partial"] | None, Field(description="How it turned out.")
    ] = None
    component: Annotated[
        tuple[ComponentName, ...], OneOrMany, Field(description="The components it is about.")
    ] = ()
    by: Annotated[
        Text | None,
        Field(description="Who did it: a role, not a name.", examples=["on-call engineer"]),
    ] = None
    severity: Annotated[
        SeverityName | None, Field(description="What the severity became here.")
    ] = None
    update: Annotated[
        Flag, Field(description="An update for the public, as rows with a milestone are anyway.")
    ] = False
    internal: Annotated[Flag, Field(description="Never leaves an internal build.")] = False
    evidence: Annotated[
        tuple[Link, ...],
        OneOrMany,
        Field(description="Links that back the row.", examples=["https://example.org/graph"]),
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
    level: Annotated[
        Level | None,
        Field(description="How badly. By default as the severity says."),
    ] = None
    start: Annotated[
        Anchor, Field(alias="from", description="A milestone (`started 2`: its second) or a time.")
    ] = "started"
    end: Annotated[
        Anchor | None,
        Field(alias="to", description="A milestone or a time. By default when it was mitigated."),
    ] = None
    users: Annotated[
        Text | None,
        Field(description="Whom it hit, or how many.", examples=["4 % of requests"]),
    ] = None


class CauseFields(_Fields):
    """One cause, which action items can point at."""

    id: Annotated[Text, Field(description="A short name for it.", examples=["config"])]
    text: Annotated[Text, Field(description="The cause, as Markdown.")]
    internal: Annotated[Flag, Field(description="Never leaves an internal build.")] = False


class ActionItemFields(_Fields):
    """One promise."""

    title: Annotated[Text, Field(description="What will be done.")]
    id: Annotated[Text | None, Field(description="Stable name. By default made of the title.")] = (
        None
    )
    kind: Annotated[
        Literal["prevent", "detect", "mitigate", "process"] | None,
        Field(description="What it improves: whether it comes again, is noticed, or is ended."),
    ] = None
    owner: Annotated[
        Text | None, Field(description="The team that does it.", examples=["team-payments"])
    ] = None
    priority: Annotated[
        Text | None, Field(description="How urgent it is, in your words.", examples=["high"])
    ] = None
    due: Annotated[
        Text | None,
        Field(
            description="A day, or words; words never become overdue.",
            examples=["2024-03-15", "within six months"],
        ),
    ] = None
    status: Annotated[
        Literal["open", "in_progress", "done", "cancelled"] | None,
        Field(description="How far it is. By default open, or done where `done` has a day."),
    ] = None
    done: Annotated[Day | None, Field(description="When it was done; implies the status.")] = None
    link: Annotated[
        Link | None,
        Field(description="Where it is tracked.", examples=["https://example.org/issues/42"]),
    ] = None
    cause: Annotated[Text | None, Field(description="The id of the cause it answers.")] = None
    internal: Annotated[Flag, Field(description="Never leaves an internal build.")] = False


class LinkFields(_Fields):
    """A link to something about the incident."""

    name: Annotated[Text, Field(description="What the link says.", examples=["Status page entry"])]
    url: Annotated[
        Link, Field(description="Where it leads.", examples=["https://status.example.org/"])
    ]


class SilenceFields(_Fields):
    """A rule that this file silences, and why."""

    code: Annotated[Text, Field(description="The code of the rule.", examples=["PM402"])]
    reason: Annotated[
        Text,
        Field(description="Why it does not count here.", examples=["the figure is the vendor's"]),
    ]
    row: Annotated[Text | None, Field(description="Only in the row with this time, or number.")] = (
        None
    )
    line: Annotated[int | None, Field(ge=1, description="Only in this line of the file.")] = None
    text: Annotated[Text | None, Field(description="Only where the rule is about this.")] = None


class WithdrawnFields(_Fields):
    """Why the postmortem is no longer there."""

    date: Annotated[Day, Field(description="The day on which it was withdrawn.")]
    reason: Annotated[Text, Field(description="Why, for those who come back to the address.")]


class CorrectionFields(_Fields):
    """What was corrected after publication."""

    date: Annotated[Day, Field(description="The day of the correction.")]
    text: Annotated[
        Text,
        Field(
            description="What was wrong and what is right, as Markdown.",
            examples=["Recovery was at 18:18, not 18:17."],
        ),
    ]


class ScheduledFields(_Fields):
    """The window of planned maintenance."""

    start: Annotated[Time, Field(alias="from", description="When it begins.")]
    end: Annotated[Time, Field(alias="to", description="When it ends.")]


def _not_empty(value: Any) -> Any:
    # Not `min_length`, which would also say so of a list whose rows are all invalid.
    if value == []:
        raise refuse("the timeline is empty", "write what happened, `- 18:03 started: …`")
    return value


def _language(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(LANGUAGE, value):
        return value
    raise refuse(f"“{value}” is no language", "write a code such as en or pt-BR")


def _claims(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: listed(claims) for key, claims in value.items()}
    return value


class FrontMatter(_Fields):
    """The front matter of an incident."""

    title: Annotated[
        Text,
        Field(
            description="What happened, in a few words.",
            examples=["API errors after a billing change"],
        ),
    ]
    timeline: Annotated[
        tuple[RowFields, ...],
        BeforeValidator(_not_empty),
        Field(description="What happened, in order: one row for each thing."),
    ]
    date: Annotated[
        Day | None, Field(description="The day of the first clock time. Default: the file name's.")
    ] = None
    timezone: Annotated[
        ZoneName | None, Field(description="The zone of times without one. Default: the site's.")
    ] = None
    severity: Annotated[
        SeverityName | None,
        Field(description="How bad it was at first; rows can change it."),
    ] = None
    status: Annotated[Literal["open", "closed"], Field(description="`open` while it goes on.")] = (
        "closed"
    )
    visibility: Annotated[
        Literal["public", "internal", "draft"],
        Field(description="Who may see it: nobody outside until it is `public`."),
    ] = "draft"
    published: Annotated[
        Time | None,
        Field(
            description="Day or time of first publication; required when public.",
            examples=["2024-02-22"],
        ),
    ] = None
    components: Annotated[
        tuple[ComponentName, ...], OneOrMany, Field(description="What of the product was affected.")
    ] = ()
    tags: Annotated[
        tuple[Text, ...],
        OneOrMany,
        Field(description="Words to find similar incidents by.", examples=[["deploy"]]),
    ] = ()
    summary: Annotated[
        Text | None,
        Field(
            description="What happened, to whom and for how long: one paragraph, inline Markdown."
        ),
    ] = None
    impact: Annotated[
        tuple[ImpactFields, ...],
        OneOrMany,
        Field(description="Windows of impact, where the milestones do not say it all."),
    ] = ()
    targets: Annotated[
        dict[MeasureName, Length],
        Field(
            description="How long a response time may take, over the site's targets.",
            examples=[{"time_to_mitigate": "5m"}],
        ),
    ] = {}
    claims: Annotated[
        dict[ClaimName, tuple[Text, ...]],
        BeforeValidator(_claims),
        Field(
            description="What was announced elsewhere, by response time or milestone; it is held "
            "against the timeline.",
            examples=[{"time_to_resolve": "14m"}],
        ),
    ] = {}
    causes: Annotated[
        tuple[CauseFields, ...], OneOrMany, Field(description="What made the incident possible.")
    ] = ()
    action_items: Annotated[
        tuple[ActionItemFields, ...], OneOrMany, Field(description="What will be done about it.")
    ] = ()
    related: Annotated[
        tuple[Text, ...],
        OneOrMany,
        Field(
            description="The ids of other incidents, their file names without `.md`.",
            examples=[["2023-11-26-login-errors"]],
        ),
    ] = ()
    kind: Annotated[
        Literal["incident", "maintenance"],
        Field(description="`maintenance` for planned work, with `scheduled`."),
    ] = "incident"
    scheduled: Annotated[
        ScheduledFields | None, Field(description="The window of planned maintenance.")
    ] = None
    reference: Annotated[
        Text | None, Field(description="The number that people use.", examples=["INC-42"])
    ] = None
    links: Annotated[
        tuple[LinkFields, ...], OneOrMany, Field(description="What else there is to read.")
    ] = ()
    next_update: Annotated[
        Time | None,
        Field(description="While open: when there will be news.", examples=["2024-02-20 19:00"]),
    ] = None
    lang: Annotated[
        str,
        BeforeValidator(_language),
        WithJsonSchema({DEFINED: "language"}),
        Field(description="The language of the page.", examples=["en", "pt-BR"]),
    ] = "en"
    internal: Annotated[Any, Field(description="Anything; never leaves an internal build.")] = None
    silence: Annotated[
        tuple[SilenceFields, ...],
        OneOrMany,
        Field(description="Rules that do not count in this file, each with a reason."),
    ] = ()
    withdrawn: Annotated[
        WithdrawnFields | None,
        Field(description="The postmortem is taken back; its address stays, with this notice."),
    ] = None
    corrections: Annotated[
        tuple[CorrectionFields, ...],
        OneOrMany,
        Field(description="What was corrected after publication."),
    ] = ()
    aliases: Annotated[
        tuple[Text, ...],
        OneOrMany,
        Field(description="Earlier addresses that must keep working.", examples=[["old/path/"]]),
    ] = ()

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
