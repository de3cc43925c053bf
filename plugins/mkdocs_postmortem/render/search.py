"""What the search index takes from a page: its words, without the tables and figures around them.

Search plugins read a page's finished HTML tag by tag. Ours has hundreds of tags a page that say
nothing to a search, so they get the words alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import tzinfo

from markupsafe import Markup, escape

from mkdocs_postmortem import wording
from mkdocs_postmortem.incident import ActionItem, Incident, Row
from mkdocs_postmortem.render.markdown import plain


def searchable(name: str, incident: Incident, zone: tzinfo) -> Markup:
    """The words of the block `name` of a page as paragraphs; times are in `zone`."""
    words_of: dict[str, Callable[[], Iterable[str]]] = {
        "header": lambda: [_facts(incident)],
        "withdrawn": lambda: [_notice(incident)],
        "summary": lambda: [plain(incident.summary or "")],
        "response_times": lambda: [
            f"{time.name}: {wording.response_time(time)}"
            for time in incident.response_times
            if time.span.has_number
        ],
        "timeline": lambda: [_row(row, zone) for row in incident.rows],
        "causes": lambda: [plain(cause.text) for cause in incident.causes],
        "action_items": lambda: [_action_item(item) for item in incident.action_items],
        "corrections": lambda: [
            f"{wording.day(entry.date)} {plain(entry.text)}" for entry in incident.corrections
        ],
        "related": lambda: [name for name, _ in incident.links],
    }
    paragraphs = words_of[name]() if name in words_of else ()
    return Markup("".join(f"<p>{escape(text)}</p>\n" for text in paragraphs))  # noqa: S704


def _facts(incident: Incident) -> str:
    severity = wording.severity(incident.severity) if incident.severity else ""
    facts = (severity, ", ".join(incident.components), incident.reference or "")
    return " · ".join(fact for fact in facts if fact)


def _notice(incident: Incident) -> str:
    if incident.withdrawn is None:
        return ""
    return f"{wording.withdrawn(incident.withdrawn.date)} {plain(incident.withdrawn.reason)}"


def _row(row: Row, zone: tzinfo) -> str:
    time = wording.moment(row.moment, zone) if row.moment.is_timed else ""
    names = ", ".join(wording.milestone(name) for name in row.milestones)
    parts = (time, names, plain(row.text), row.by or "", ", ".join(row.components))
    return " ".join(part for part in parts if part)


def _action_item(item: ActionItem) -> str:
    return " ".join(part for part in (plain(item.title), item.owner or "") if part)
