"""The text of a new incident: from the site's template, or from ours.

A template is an incident file in which ``{{ new.NAME }}`` stands for what is known. Nothing else
in it means anything: it is no template engine. A site's own is `.template.md` in the folder of its
incidents, where neither MkDocs nor we take it for a page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path, PurePosixPath

from mkdocs_postmortem.body import without_code, without_comments
from mkdocs_postmortem.diagnostics import Diagnostic, Place, Severity
from mkdocs_postmortem.files_on_disk import TEMPLATE_NAME, is_incident_name, read_bytes
from mkdocs_postmortem.incident_file import read_incident_text
from mkdocs_postmortem.incident_yaml import flow_list, quoted, scalar
from mkdocs_postmortem.options import Options
from mkdocs_postmortem.reading.reader import read_fields
from mkdocs_postmortem.reading.source import read_source
from mkdocs_postmortem.reading.yaml_nodes import Mapping as MappingNode
from mkdocs_postmortem.reading.yaml_nodes import Scalar, compose
from mkdocs_postmortem.timeline import slug
from mkdocs_postmortem.written_time import Point, Range, TimeError, parse
from mkdocs_postmortem.zones import closest

MAX_SLUG = 60
# Linux and macOS take file names of 255 bytes; the date and the ending belong to it.
_MAX_SLUG_BYTES = 200

TEMPLATE = """\
---
title: {{ new.title }}
timezone: {{ new.timezone }}
severity: {{ new.severity }}  # {{ new.severities }}
status: {{ new.status }}
visibility: {{ new.visibility }}
published: {{ new.published }}
components: {{ new.components }}
summary: (what happened, to whom and for how long, in one paragraph)
timeline:
  {{ new.timeline }}
action_items:
  - title: (what will be done so that it does not come again)
    owner:
    due:
---
{{ new.sections }}
"""
# What an author is asked for under the headings that sites usually have.
_QUESTIONS = {
    "summary": "what happened, to whom and for how long",
    "impact": "who could not do what, and how many they were",
    "root cause": "what made it possible, and what set it off",
    "what went well": "what kept it from being worse",
    "what went badly": "what made it longer or worse",
    "lessons": "what is known now that was not known before",
}


@dataclass(frozen=True, slots=True)
class NewIncident:
    """What is known of an incident whose file is begun; times and names as their author wrote them.

    Without `date` it is the day of `started`, else today. ``slug`` is what the file is called
    after its date, by default made of the title.
    """

    title: str
    date: str | None = None
    timezone: str | None = None
    severity: str | None = None
    components: tuple[str, ...] = ()
    started: str | None = None
    detected: str | None = None
    resolved: str | None = None
    is_open: bool = False
    visibility: str = "draft"
    slug: str | None = None

    def day(self, options: Options) -> str:
        """The day of its first clock time, which is also in its file's name."""
        return self.date or _day_of(self.started) or _today(options).isoformat()

    def id(self, options: Options) -> str:
        """The name of its file without `.md`."""
        return f"{self.day(options)}-{self.slug or short_slug(self.title)}"


class TemplateError(ValueError):
    """A template that cannot be filled in, with the place of what is wrong."""

    def __init__(self, place: Place, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.place = place
        self.message = message
        self.help = help


def short_slug(title: str) -> str:
    """`title` as the part of a file name, cut between words where it is long."""
    words = slug(title).replace("_", "-").split("-")
    kept = ""
    for word in filter(None, words):
        longer = f"{kept}-{word}" if kept else word
        if len(longer) > MAX_SLUG or len(longer.encode()) > _MAX_SLUG_BYTES:
            break
        kept = longer
    return kept or _cut(words[0]) or "incident"


def _cut(word: str) -> str:
    return word[:MAX_SLUG].encode()[:_MAX_SLUG_BYTES].decode(errors="ignore")


def _today(options: Options) -> date:
    return (options.today - timedelta(seconds=1)).astimezone(options.zone).date()


def _day_of(written: str | None) -> str | None:
    try:
        time = parse(written or "")
    except TimeError:
        return None
    point = time.start or time.end if isinstance(time, Range) else time
    return point.day.isoformat() if isinstance(point, Point) and point.day else None


def path_for(id: str, paths: Sequence[str]) -> PurePosixPath:
    """Where the incident `id` goes, below the folder whose Markdown files are at `paths`.

    It follows the folders of the latest incident, where these are made of its date or there are
    none; the first one gets a folder of its year.
    """
    year, month, day = id[:4], id[5:7], id[8:10]
    known = [path for path in map(PurePosixPath, paths) if is_incident_name(path.name)]
    latest = max(known, key=lambda path: path.name, default=None)
    folders: list[str] = [year]
    if latest is not None:
        its = latest.name
        dates = {its[:4]: year, its[:7]: f"{year}-{month}", its[:10]: f"{year}-{month}-{day}"}
        parts = latest.parts[:-1]
        if len(parts) > 1:
            # `02` alone says that it is a month only below a year.
            dates = {its[5:7]: month, **dates}
        if all(part in dates for part in parts):
            folders = [dates[part] for part in parts]
    return PurePosixPath(*folders, f"{id}.md")


def template_bytes(folder: Path) -> bytes:
    """The file with the template of the site whose incidents are in `folder`. Raises `OSError`."""
    return read_bytes(folder, TEMPLATE_NAME)


def read_template(folder: Path, data: Callable[[Path], bytes] = template_bytes) -> str | None:
    """The template of the site whose incidents are in `folder`, or ``None`` where it has none.

    It is read through `data`. Raises `TemplateError` where it cannot be read.
    """
    try:
        return data(folder).decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise TemplateError(Place(), "this is not UTF-8", "save it as UTF-8") from None
    except OSError as error:
        raise TemplateError(Place(), error.strerror or str(error)) from None


def with_template(
    options: Options, folder: Path, data: Callable[[Path], bytes] = template_bytes
) -> Options:
    """`options` that know what the site's template says, so that what was left of it is noticed."""
    try:
        template = read_template(folder, data)
        texts = frozenset() if template is None else template_texts(template, options)
    except TemplateError:
        # `postmortem new` says what is wrong with it; what exists is checked without.
        texts = frozenset()
    return options.with_template_texts(texts)


def new_text(new: NewIncident, options: Options, template: str | None = None) -> str:
    """The text of the new incident. Raises `TemplateError` where the template cannot be filled."""
    template = TEMPLATE if template is None else template
    asks_for_summary = re.search(r"^summary[ \t]*:", template, re.MULTILINE) is not None
    return _filled(
        template,
        {
            "title": new.title,
            "id": new.id(options),
            "date": new.day(options),
            "timezone": new.timezone or options.timezone,
            "severity": new.severity or "",
            "severities": ", ".join(options.severity_names),
            "status": "open" if new.is_open else "closed",
            "visibility": new.visibility,
            "published": _today(options).isoformat() if new.visibility == "public" else "",
            "components": new.components,
            "started": new.started or "",
            "detected": new.detected or "",
            "resolved": new.resolved or "",
        },
        {
            "timeline": _rows(new),
            "sections": _sections(options.sections, without_summary=asks_for_summary),
        },
    )


def _rows(new: NewIncident) -> list[str]:
    rows = [
        (new.started, "started", "what began to fail, and for whom"),
        (new.detected, "detected", "who or what noticed"),
        (new.resolved, "resolved", "what ended it"),
    ]
    return [
        f"- {f'{time} ' if time else ''}{milestone}: ({asked})"
        for time, milestone, asked in rows
        if not (new.is_open and milestone == "resolved")
    ]


def _sections(names: Sequence[str], *, without_summary: bool) -> list[str]:
    lines: list[str] = []
    for name in names:
        if without_summary and name.casefold() == "summary":
            continue
        question = _QUESTIONS.get(name.casefold(), "what belongs here")
        lines += ["", f"## {name}", "", f"({question})"]
    return lines[1:]


_NAME_IS_NO_DAY = "PM122"


def objections(new: NewIncident, options: Options) -> list[Diagnostic]:
    """What the reader has against what is known of a new incident: its errors, in its words."""
    fields = {
        "title": new.title,
        "date": new.day(options),
        "timezone": new.timezone,
        "severity": new.severity,
    }
    lines = ["---"]
    lines += [f"{name}: {quoted(value)}" for name, value in fields.items() if value is not None]
    if new.components:
        lines.append(f"components: {flow_list(new.components)}")
    lines.append("timeline:")
    for milestone in ("started", "detected", "resolved"):
        written = getattr(new, milestone)
        lines += [f"  - at: {quoted(written)}"] if written is not None else []
        lines += [f"  {' ' if written is not None else '-'} milestone: {milestone}"]
        lines += ["    event: It happened."]
    text = "\n".join([*lines, "---", ""])
    # Arguments that are no UTF-8 come as surrogates, and go on as the bytes that they were.
    reading = read_incident_text(
        f"{new.day(options)}-new.md", text.encode("utf-8", "surrogateescape"), options
    )
    return [
        found
        for found in reading.diagnostics
        # The name is made of the date, of which the same is said where it was given.
        if found.severity is Severity.ERROR and found.code != _NAME_IS_NO_DAY
    ]


# --- filling in -----------------------------------------------------------------------------------

_PLACE = re.compile(r"\{\{[ \t]*new\.([\w.-]*)[ \t]*\}\}")
_KEEP = re.compile(r"[ \t]*<!--[ \t]*keep[ \t]*-->")
_Value = str | tuple[str, ...]
# Indentation and dashes, a key, a value, a comment.
_FIELD = re.compile(
    r"(?P<indent>[ \t]*(?:-[ \t]+)*)(?P<key>(?:\{\{[^{}]*\}\}|[^\s\"'#\[{])(?:\{\{[^{}]*\}\}|"
    r"[^\"'\[{])*?:(?:[ \t]+|$))?(?P<value>\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|.*?)"
    r"(?P<comment>(?:^|[ \t]+)#.*)?"
)
_BLOCK_SCALAR = re.compile(r".*(?:^|[:-])[ \t]+[|>][-+0-9]*[ \t]*(?:#.*)?")


def _filled(
    template: str, values: Mapping[str, _Value], blocks: Mapping[str, Sequence[str]]
) -> str:
    """`template` with `values` in their places; a block takes the place of a whole line."""
    source, _ = read_source(TEMPLATE_NAME, template.encode())
    if source is None or source.front_matter is None:
        raise TemplateError(
            Place(), "the template has no front matter", "begin it with `---`, fields and `---`"
        )
    front = range(source.front_matter_line, source.body_line - 1)
    result: list[str] = []
    indent_of_text: int | None = None
    for number, line in enumerate(source.lines, 1):
        _refuse_unknown(line, number, [*values, *blocks])
        width = len(line) - len(line.lstrip())
        if indent_of_text is not None and line.strip() and width <= indent_of_text:
            indent_of_text = None
        alone = _PLACE.fullmatch(line.strip())
        if alone and alone[1] in blocks:
            result += [f"{line[:width]}{row}".rstrip() for row in blocks[alone[1]]]
        elif number in front and indent_of_text is None and _PLACE.search(line):
            result.append(_field(line, number, values))
        else:
            result.append(_KEEP.sub("", _PLACE.sub(_plainly(line, number, values), line)))
        if number in front and indent_of_text is None and _BLOCK_SCALAR.fullmatch(line):
            indent_of_text = width
    return "\n".join(result)


def _refuse_unknown(line: str, number: int, known: Sequence[str]) -> None:
    for match in _PLACE.finditer(line):
        if match[1] not in known:
            meant = closest(match[1], list(known))
            raise TemplateError(
                Place.at(number, match.start() + 1, len(match[0])),
                f"“{match[0]}” stands for nothing",
                f"did you mean {{{{ new.{meant} }}}}?" if meant else f"known: {', '.join(known)}",
            )


def _plainly(
    line: str, number: int, values: Mapping[str, _Value]
) -> Callable[[re.Match[str]], str]:
    """The replacement of places in text."""

    def replacement(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise TemplateError(
                Place.at(number, match.start() + 1, len(match[0])),
                f"“{match[0]}” stands beside something else",
                "put it on a line of its own",
            )
        value = values[match[1]]
        return value if isinstance(value, str) else ", ".join(value)

    return replacement


def _field(line: str, number: int, values: Mapping[str, _Value]) -> str:
    """A line of front matter with its places filled in, quoted where YAML would misread it."""
    plainly = _plainly(line, number, values)
    match = _FIELD.fullmatch(line)
    assert match is not None
    key = _PLACE.sub(plainly, match["key"] or "").lstrip()
    value, comment = match["value"], _PLACE.sub(plainly, match["comment"] or "")
    alone = _PLACE.fullmatch(value)
    if not _PLACE.search(value):
        written = value
    elif alone and alone[1] in values:
        filled = values[alone[1]]
        if isinstance(filled, str):
            written = scalar(filled) if filled else ""
        else:
            written = flow_list(filled)
    elif value[0] in "\"'":
        written = quoted(_PLACE.sub(plainly, _unquoted(value)))
    elif value[0] == "[" or (value[0] == "{" and not _PLACE.match(value)):
        written = _PLACE.sub(lambda place: quoted(plainly(place)), value)
    else:
        written = scalar(text) if (text := _PLACE.sub(plainly, value)) else ""
    return f"{match['indent']}{key if written else key.rstrip()}{written}{comment}".rstrip()


def _unquoted(value: str) -> str:
    root, _ = compose(f"a: {value}\n", 1)
    node = root.get("a") if isinstance(root, MappingNode) else None
    return node.text if isinstance(node, Scalar) else value


# --- what was left as it was ----------------------------------------------------------------------

_NAMES = tuple(
    "title id date timezone severity severities status visibility published components".split()
)
# A row without its time is a row.
_TIMES = ("started", "detected", "resolved")
# Stands for everything that is filled in; nobody writes it.
_UNKNOWN = "\ue000"


def template_texts(template: str, options: Options) -> frozenset[str]:
    """What a template asks its authors to replace: lines of its body, texts of its fields.

    Headings, tables, markup, code, comments and single words are no such text, nor are lines with
    something filled in, now or when the page is made, and lines that end with ``<!-- keep -->``.
    """
    kept = "\n".join(
        "" if _KEEP.search(line) else line for line in template.replace("\r\n", "\n").split("\n")
    )
    blocks = {"timeline": [f"- event: {_UNKNOWN}"], "sections": []}
    unknown = {**dict.fromkeys(_NAMES, _UNKNOWN), **dict.fromkeys(_TIMES, "")}
    text = _filled(kept, unknown, blocks)
    reading = read_fields(f"2000-01-01-{TEMPLATE_NAME}", text.encode(), options)
    texts: list[str] = []
    if fields := reading.fields:
        texts = [fields.summary or "", *(row.event for row in fields.timeline)]
        texts += [cause.text for cause in fields.causes]
    lines = without_comments(without_code(reading.source.body)).split("\n")
    texts += [line.strip() for line in lines if not re.match(r"[ \t]*(?:#|\||<|!!!|\?\?\?)", line)]
    return frozenset(
        text
        for text in texts
        if _UNKNOWN not in text and "{{" not in text and len(re.findall(r"[^\W\d_]{2,}", text)) > 1
    )
