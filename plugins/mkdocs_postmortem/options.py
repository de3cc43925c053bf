"""The site's options: every option of the plugin, with its type, meaning and default.

The same object serves the plugin and the command line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from mkdocs_postmortem import zones
from mkdocs_postmortem.reading.fields import (
    Flag,
    Length,
    Name,
    Text,
    ZoneName,
    expected_number,
    expected_shape,
    keys_of,
    one_of,
    refuse,
)
from mkdocs_postmortem.written_time import WITH_DAY, Point, TimeError, parse

if TYPE_CHECKING:
    from mkdocs_postmortem.avoided_words import AvoidedWords

# The ten milestones of an incident, in the order in which they usually come, with their meanings.
MILESTONES: dict[str, str] = {
    "introduced": "the fault enters",
    "started": "impact begins",
    "detected": "somebody or something notices",
    "acknowledged": "a responder is on it",
    "declared": "an incident is opened",
    "announced": "the public is told",
    "identified": "the cause is known",
    "mitigating": "the first counter-measure begins",
    "mitigated": "the impact has ended, or nearly",
    "resolved": "normal service",
}

Level = Literal["degraded_performance", "partial_outage", "major_outage", "under_maintenance"]
# From the mildest to the worst.
LEVELS: tuple[str, ...] = (
    "under_maintenance",
    "degraded_performance",
    "partial_outage",
    "major_outage",
)
# Impact of which nobody has said how bad it is.
UNKNOWN_LEVEL = "impact"


class Audience(StrEnum):
    """Who a build is for; each sees what the one before sees, and more."""

    PUBLIC = "public"
    INTERNAL = "internal"
    DRAFTS = "drafts"


class _Option(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class SeverityLevel(_Option):
    """One severity of the site."""

    name: Annotated[Text, Field(description="What authors write, such as sev1.")]
    meaning: Annotated[Text, Field(description="What it means, for readers.")]
    impact: Annotated[
        Literal["none", "minor", "major", "critical", "maintenance"],
        Field(description="The Statuspage impact that it stands for."),
    ]

    @property
    def level(self) -> str | None:
        """The level of impact that the severity stands for."""
        return {
            "critical": "major_outage",
            "major": "partial_outage",
            "minor": "degraded_performance",
            "maintenance": "under_maintenance",
        }.get(self.impact)


class ResponseTimeOption(BaseModel):
    """A response time that the site defines: from one milestone to another."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)

    name: Annotated[Text, Field(description="What readers see.")]
    start: Annotated[Name, Field(alias="from", description="The milestone where it begins.")]
    end: Annotated[Name, Field(alias="to", description="The milestone where it ends.")]
    target: Annotated[
        Length | None, Field(description="How long it may take, where an incident says nothing.")
    ] = None


class SafetyOptions(_Option):
    """What must not stand in public, over what is looked for anyway; ``*`` stands for anything."""

    internal_hosts: Annotated[
        tuple[Text, ...],
        Field(description="Hosts that are internal, such as `*.prod.example.com` or `db-*`."),
    ] = ()
    public_links: Annotated[
        tuple[Text, ...] | None,
        Field(
            description="The hosts that public links may lead to. By default any but those of "
            "chat, tickets, dashboards, paging and shared documents."
        ),
    ] = None
    names: Annotated[
        tuple[Text, ...],
        Field(description="Names that never stand in public: customers, people, projects."),
    ] = ()
    allow: Annotated[
        tuple[Text, ...],
        Field(description="What may stand in public though a rule would object, word for word."),
    ] = ()


class MeasuredTime(NamedTuple):
    """What a response time measures: a name and the two milestones."""

    key: str
    name: str
    start: str | None
    end: str | None


BUILT_IN_TIMES: tuple[MeasuredTime, ...] = tuple(
    MeasuredTime(key=key, name=name, start=start, end=end)
    for key, name, start, end in (
        ("time_to_detect", "Time to detect", "started", "detected"),
        ("time_to_acknowledge", "Time to acknowledge", "detected", "acknowledged"),
        ("time_to_declare", "Time to declare", "started", "declared"),
        ("time_to_announce", "Time to announce", "started", "announced"),
        ("time_to_identify", "Time to identify", "started", "identified"),
        ("time_to_start_mitigation", "Time to start mitigation", "started", "mitigating"),
        ("time_to_mitigate", "Time to mitigate", "started", "mitigated"),
        ("time_to_resolve", "Time to resolve", "started", "resolved"),
    )
)
# These two are measured over the whole incident instead of in each episode.
TIME_TO_PUBLISH = MeasuredTime(
    key="time_to_publish", name="Time to publish", start="resolved", end="published"
)
IMPACT_DURATION = MeasuredTime(key="impact_duration", name="Impact duration", start=None, end=None)

DEFAULT_SEVERITIES: tuple[SeverityLevel, ...] = tuple(
    SeverityLevel.model_construct(name=name, meaning=meaning, impact=impact)
    for name, meaning, impact in (
        ("sev1", "A core service is down for most users", "critical"),
        ("sev2", "A core service is badly impaired, or down for some users", "major"),
        ("sev3", "A service is slower or less reliable than it should be", "minor"),
        ("sev4", "Hardly noticed outside", "none"),
    )
)
DEFAULT_SECTIONS = (
    "Summary",
    "Impact",
    "Root cause",
    "What went well",
    "What went badly",
    "Lessons",
)


def _plain_scalar(value: Any) -> Any:
    # YAML 1.1 reads an unquoted 2024-02-20 in mkdocs.yml as a date.
    return value.isoformat() if hasattr(value, "isoformat") else value


def _words(value: Any) -> Any:
    """The list of words to avoid: the built-in one, the site's over it, or none."""
    from mkdocs_postmortem.avoided_words import BUILT_IN, PERSON, is_phrase

    if isinstance(value, bool):
        return dict(BUILT_IN) if value else {}
    if not isinstance(value, Mapping):
        raise refuse("this is neither true nor a list of words", "write true, or `word: instead`")
    # The built-in list goes where the site says that all of it is to go.
    words = {} if "*" in value and not value["*"] else dict(BUILT_IN)
    for phrase, instead in value.items():
        path = (str(phrase),)
        if phrase == "*" and not instead:
            continue
        if not isinstance(phrase, str) or not is_phrase(phrase):
            known = f"write up to 8 words; {PERSON} stands for somebody by role"
            raise refuse(f"“{phrase}” is no phrase", known, path)
        name = " ".join(phrase.split()).casefold()
        if instead is None or instead is False:
            if name not in BUILT_IN:
                suggestion = zones.closest(name, list(BUILT_IN))
                help = f"did you mean “{suggestion}”?" if suggestion else "remove the line"
                raise refuse(f"“{phrase}” is not in the built-in list", help, path)
            words.pop(name, None)
        elif not isinstance(instead, str) or not instead.strip():
            raise refuse("text is expected here", "say what to write instead", path)
        else:
            words[name] = instead.strip()
    return words


def _some(value: Any) -> Any:
    # Not `min_length`, which would also say so of a list whose items are all invalid.
    if value == []:
        raise refuse("the list is empty", "write at least one, or leave the option out")
    return value


def _switch(value: Any) -> Any:
    return {True: {}, False: None}[value] if isinstance(value, bool) else value


def _source(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"[\w.:/*-]+|'[\w+/=-]+'", value, re.ASCII):
        return value
    raise refuse(
        f"“{value}” is no source of a policy", "write an origin: https://stats.example.org"
    )


def _directive(name: str) -> str:
    from mkdocs_postmortem.content_security_policy import DIRECTIVES

    return one_of(name, DIRECTIVES, "directive")


Directive = Annotated[str, AfterValidator(_directive)]
Source = Annotated[str, BeforeValidator(_source)]


class Options(_Option):
    """Every option of the plugin. Unknown ones are errors."""

    incidents_dir: Annotated[
        Text,
        Field(description="The folder of the incidents, in `docs_dir` or beside `mkdocs.yml`."),
    ] = "incidents"
    severities: Annotated[
        tuple[SeverityLevel, ...],
        BeforeValidator(_some),
        Field(description="The site's severities, the worst first."),
    ] = DEFAULT_SEVERITIES
    components: Annotated[
        tuple[Text, ...] | None,
        Field(description="The components that incidents may name. By default any."),
    ] = None
    timezone: Annotated[
        ZoneName, Field(description="The zone of times without one, and of the pages.")
    ] = "UTC"
    sections: Annotated[
        tuple[Text, ...], Field(description="The sections of a body, in their order.")
    ] = DEFAULT_SECTIONS
    milestones: Annotated[
        dict[Name, Text], Field(description="More milestones: a name and what it means.")
    ] = {}
    response_times: Annotated[
        dict[Name, ResponseTimeOption],
        Field(description="More response times, from one milestone to another."),
    ] = {}
    targets: Annotated[
        dict[str, Length], Field(description="How long each response time may take.")
    ] = {}
    approximate: Annotated[
        Length, Field(description="How far an approximate time may be off, each way.")
    ] = timedelta(minutes=5)
    audience: Annotated[
        Audience | None,
        Field(
            description="Who the build is for: public, internal or drafts. By default `public` "
            "in a build and `drafts` while serving; the variable POSTMORTEM_AUDIENCE overrides it."
        ),
    ] = None
    as_of: Annotated[
        Text | None,
        BeforeValidator(_plain_scalar),
        Field(description="The day or time that counts as today. By default today."),
    ] = None
    rules: Annotated[
        dict[str, Literal["error", "warning", "note", "off"]],
        Field(description="The severity of single rules, by their code."),
    ] = {}
    words: Annotated[
        dict[str, str],
        BeforeValidator(_words),
        Field(
            description="Words to avoid, with what to write instead: `true` for the built-in list "
            "of words that blame, or the site's own over it. A word with nothing behind it is "
            "allowed again, `*` with nothing behind it allows the whole built-in list."
        ),
    ] = {}
    feed_id_base: Annotated[
        Text | None,
        Field(
            description="What the ids of feed entries begin with, for ever: a domain of yours and "
            "a year, such as `status.example.org,2024`. Without it there are no feeds."
        ),
    ] = None
    trusted_bodies: Annotated[
        Flag,
        Field(
            description="Whether everybody who writes an incident may do what the site's own pages "
            "may: any HTML, images from elsewhere, snippets, macros, every Markdown extension."
        ),
    ] = False
    content_security_policy: Annotated[
        dict[Directive, tuple[Source, ...]] | None,
        BeforeValidator(_switch),
        Field(
            description="Whether built pages say what may run and be fetched on them: `true`, or "
            "what is let through besides, such as `{connect-src: [https://stats.example.org]}`."
        ),
    ] = None
    safety: Annotated[
        SafetyOptions, Field(description="What must not stand in public: hosts, links, names.")
    ] = SafetyOptions.model_construct()
    preview: Annotated[
        Flag,
        Field(
            description="Whether the build is a preview for reviewers, which search engines leave "
            "out and which offers no feeds; the variable POSTMORTEM_PREVIEW overrides it."
        ),
    ] = False
    workers: Annotated[
        int,
        Field(
            ge=1,
            le=64,
            description="How many processes make the incidents' pages in `mkdocs build`; more than "
            "one pays from some hundred incidents on, and works on Linux and macOS.",
        ),
    ] = 1
    public_edit_links: Annotated[
        Flag, Field(description="Whether public pages link to their source file.")
    ] = False

    # What the site's template for new incidents says, which rules compare with: no option.
    _template_texts: frozenset[str] = PrivateAttr(default=frozenset())

    @property
    def template_texts(self) -> frozenset[str]:
        """What the site's template asks authors to replace."""
        return self._template_texts

    def with_template_texts(self, texts: frozenset[str]) -> Options:
        """The same options, of a site whose template says `texts`."""
        options = self.model_copy()
        options._template_texts = texts  # noqa: SLF001
        return options

    @field_validator("rules", mode="before")
    @classmethod
    def _plain_off(cls, value: Any) -> Any:
        # YAML 1.1 reads an unquoted `off` in mkdocs.yml as False.
        if isinstance(value, Mapping):
            return {code: "off" if level is False else level for code, level in value.items()}
        return value

    @field_validator("rules")
    @classmethod
    def _known_rules(cls, value: dict[str, str]) -> dict[str, str]:
        from mkdocs_postmortem.rules.all import RULES
        from mkdocs_postmortem.rules.registry import no_rule

        for code in value:
            if code == "PM800":
                raise refuse("PM800 is always an error", "remove the line", (code,))
            if code not in RULES:
                raise refuse(*no_rule(code), (code,))
        return value

    @field_validator("feed_id_base")
    @classmethod
    def _tagging_authority(cls, value: str | None) -> str | None:
        # RFC 4151: a domain or an e-mail address, and the day on which it was yours.
        if value and not re.fullmatch(r"[\w.@-]+,\d{4}(-\d{2}){0,2}", value, re.ASCII):
            raise refuse(
                f"“{value}” is no base of feed ids", "write a domain and a year: example.org,2024"
            )
        return value

    @field_validator("as_of")
    @classmethod
    def _readable_as_of(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None:
            try:
                written = parse(value)
            except TimeError as error:
                # A clock alone, which other times may be, would only be refused next.
                help = error.help if error.kind == "zone" else WITH_DAY
                raise refuse(error.message, help) from None
            if not isinstance(written, Point) or written.day is None:
                raise refuse(f"“{value}” has no day", WITH_DAY)
        return value

    @model_validator(mode="after")
    def _known_names(self) -> Options:
        for key, option in self.response_times.items():
            if any(key == built_in.key for built_in in self.measured_times[: len(BUILT_IN_TIMES)]):
                path = ("response_times", key)
                raise refuse(f"{key} is a response time already", None, path)
            for name, milestone in (("from", option.start), ("to", option.end)):
                where = ("response_times", key, name)
                one_of(milestone, self.milestone_names, "milestone", where)
        for key in self.targets:
            one_of(key, self.measure_names, "response time", ("targets", key))
        names = self.severity_names
        if len(set(names)) < len(names):
            raise refuse("two severities have the same name", None, ("severities",))
        return self

    @cached_property
    def severity_names(self) -> tuple[str, ...]:
        """The names of the severities, the worst first."""
        return tuple(severity.name for severity in self.severities)

    @cached_property
    def milestone_names(self) -> tuple[str, ...]:
        """The built-in milestones in their usual order, then the site's own."""
        return (*MILESTONES, *(name for name in self.milestones if name not in MILESTONES))

    @cached_property
    def measured_times(self) -> tuple[MeasuredTime, ...]:
        """What is measured in each episode: the built-in response times, then the site's own."""
        own = (
            MeasuredTime(key=key, name=option.name, start=option.start, end=option.end)
            for key, option in self.response_times.items()
        )
        return (*BUILT_IN_TIMES, *own)

    @cached_property
    def measure_names(self) -> tuple[str, ...]:
        """The keys of everything that is measured."""
        whole = (TIME_TO_PUBLISH.key, IMPACT_DURATION.key)
        return (*(time.key for time in self.measured_times), *whole)

    @cached_property
    def claim_names(self) -> tuple[str, ...]:
        """What an announced figure can be about: response times and milestones."""
        return self.measure_names + self.milestone_names

    @cached_property
    def avoided_words(self) -> AvoidedWords:
        """The words to avoid, ready to be looked for."""
        from mkdocs_postmortem.avoided_words import AvoidedWords

        return AvoidedWords(self.words)

    @cached_property
    def zone(self) -> tzinfo:
        """The site's time zone."""
        return zones.zone(self.timezone)

    @cached_property
    def today(self) -> datetime:
        """The first instant that is in the future, in UTC, by `as_of` or the clock.

        Without `as_of` it follows SOURCE_DATE_EPOCH, where that is set, or the end of today.
        """
        if self.as_of is None:
            epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
            now = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdigit() else datetime.now(UTC)
            return zones.day_bounds(now.astimezone(self.zone).date(), self.zone)[1]
        written = parse(self.as_of)
        assert isinstance(written, Point)
        assert written.day is not None
        place = written.zone or self.zone
        if written.clock is None:
            return zones.day_bounds(written.day, place)[1]
        return zones.to_utc(written.day, written.clock.time, place) + written.clock.step

    def severity(self, name: str | None) -> SeverityLevel | None:
        """The severity called `name`."""
        return next((severity for severity in self.severities if severity.name == name), None)

    def target(self, key: str) -> timedelta | None:
        """The site's target for the response time `key`."""
        if key in self.targets:
            return self.targets[key]
        return self.response_times[key].target if key in self.response_times else None


class OptionError(ValueError):
    """An option that is wrong: the path to it inside the options, what is wrong and the fix."""

    def __init__(self, path: tuple[str | int, ...], message: str, help: str | None) -> None:
        super().__init__(message)
        self.path = path
        self.message = message
        self.help = help

    @property
    def key(self) -> str:
        """The option's name, with dots."""
        return ".".join(map(str, self.path))


def load_options(raw: Mapping[str, Any]) -> tuple[Options | None, list[OptionError]]:
    """The options in `raw`, as YAML has them, and everything that is wrong with them."""
    try:
        return Options.model_validate(dict(raw)), []
    except ValidationError as errors:
        return None, [_option_error(error) for error in errors.errors()]


def _option_error(error: Any) -> OptionError:
    path = tuple(part for part in error["loc"] if part != "[key]")
    context = error.get("ctx") or {}
    path += tuple(context.get("path") or ())
    model = _model_at(path)
    if expected := expected_shape(error["type"], model):
        return OptionError(path, f"{expected[0]} is expected here", expected[1])
    if number := expected_number(error):
        return OptionError(path, *number)
    if error["type"] == "extra_forbidden":
        known = keys_of(_model_at(path[:-1]))
        suggestion = zones.closest(str(path[-1]), known)
        help = f"did you mean {suggestion}?" if suggestion else f"known: {', '.join(known)}"
        return OptionError(path, "this option does not exist", help)
    if error["type"] == "missing":
        return OptionError(path, "this is missing", f"add `{path[-1]}: …`")
    if error["type"] in ("literal_error", "enum"):
        return OptionError(
            path, f"“{error['input']}” is not known here", f"write {context['expected']}"
        )
    return OptionError(path, context.get("text") or error["msg"], context.get("help"))


def _model_at(path: tuple[str | int, ...]) -> type[BaseModel]:
    """The options that the mapping at `path` may have."""
    models: dict[str, type[BaseModel]] = {
        "severities": SeverityLevel,
        "response_times": ResponseTimeOption,
        "safety": SafetyOptions,
    }
    return models.get(str(path[0]), Options) if path else Options


def effective_audience(options: Options, *, serving: bool) -> Audience:
    """Who a build is for: POSTMORTEM_AUDIENCE, else the option, else by what is being done.

    Raises `OptionError` where the variable names no audience: guessing could publish a draft.
    """
    variable = os.environ.get("POSTMORTEM_AUDIENCE", "").strip()
    if variable:
        if variable not in list(Audience):
            known = ", ".join(Audience)
            raise OptionError(
                ("audience",), f"POSTMORTEM_AUDIENCE is “{variable}”", f"it takes {known}"
            )
        return Audience(variable)
    return options.audience or (Audience.DRAFTS if serving else Audience.PUBLIC)


def is_preview(options: Options) -> bool:
    """Whether the build is a preview: POSTMORTEM_PREVIEW, else the option.

    Raises `OptionError` where the variable is neither yes nor no.
    """
    variable = os.environ.get("POSTMORTEM_PREVIEW", "").strip().lower()
    if variable in ("1", "true", "yes", "on"):
        return True
    if variable in ("0", "false", "no", "off"):
        return False
    if variable:
        raise OptionError(("preview",), f"POSTMORTEM_PREVIEW is “{variable}”", "it takes 1 or 0")
    return options.preview
