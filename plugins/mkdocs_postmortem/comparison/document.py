"""A comparison as plain data: the JSON of `postmortem diff`. Its keys are a public interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mkdocs_postmortem import computed
from mkdocs_postmortem.comparison.changes import Comparison, IncidentChange, ItemChange, Version
from mkdocs_postmortem.comparison.preview import Preview
from mkdocs_postmortem.comparison.site_at import SiteAt
from mkdocs_postmortem.diagnostics import Diagnostic
from mkdocs_postmortem.incident import ActionItem, Incident

FORMAT = 1


def as_json(comparison: Comparison, preview: Preview) -> dict[str, Any]:
    """Everything that differs.

    Values are as the JSON of ``postmortem show`` has them, ``null`` where a side has none;
    diagnostics as that of ``postmortem check`` has them, with paths from the repository's top.
    """
    return {
        "format": FORMAT,
        "base": _side(comparison.before),
        "head": _side(comparison.after),
        "as_of": comparison.after.as_of,
        "audience": str(comparison.audience),
        "options_changed": list(comparison.options),
        "files_read": comparison.read,
        "incidents": [_incident(change, preview) for change in comparison.incidents],
        "diagnostics": {
            "introduced": _diagnostics(comparison.introduced),
            "solved": _diagnostics(comparison.solved),
        },
        "violations": _diagnostics(comparison.violations),
    }


def _side(site: SiteAt) -> dict[str, Any]:
    return {
        "revision": site.revision.name if site.revision.commit else None,
        "commit": site.revision.commit,
        "config": site.config,
        "incidents_dir": site.folder,
    }


def _incident(change: IncidentChange, preview: Preview) -> dict[str, Any]:
    before, after = change.before, change.after
    return {
        "change": change.kind,
        "id": change.version.id,
        "id_before": before.id if before else None,
        "title": change.version.title,
        "path": after.path if after else None,
        "path_before": before.path if before else None,
        "preview_url": preview.url(after) if after else None,
        "becomes_public": change.becomes_public,
        "leaves_public": change.leaves_public,
        "values": [
            {
                "group": entry.key.group,
                "name": entry.key.name,
                "number": entry.key.number,
                "before": entry.before.data if entry.before else None,
                "after": entry.after.data if entry.after else None,
            }
            for entry in change.values
        ],
        "action_items": [_item(entry, before, after) for entry in change.items],
        "texts": list(change.texts),
        "corrections": [
            {"date": entry.date.isoformat(), "text": entry.text} for entry in change.corrections
        ],
        "stays_internal": (
            {
                "rows": [row.number for row in change.internal.rows],
                "causes": list(change.internal.causes),
                "action_items": list(change.internal.action_items),
                "blocks": change.internal.blocks,
                "notes": change.internal.notes,
            }
            if change.internal is not None
            else None
        ),
        "diagnostics": {
            "introduced": _diagnostics(change.introduced),
            "solved": _diagnostics(change.solved),
        },
        "violations": _diagnostics(change.violations),
    }


def _item(entry: ItemChange, before: Version | None, after: Version | None) -> dict[str, Any]:
    return {
        "changes": list(entry.kinds),
        "before": _as_shown(entry.before, before.incident if before else None),
        "after": _as_shown(entry.after, after.incident if after else None),
    }


def _as_shown(item: ActionItem | None, incident: Incident | None) -> Any:
    if item is None or incident is None:
        return None
    place = next(n for n, each in enumerate(incident.action_items) if each is item)
    return computed.as_json(incident, ("action_items",))["action_items"][place]


def _diagnostics(found: Sequence[Diagnostic]) -> list[dict[str, Any]]:
    return [diagnostic.as_json() for diagnostic in found]
