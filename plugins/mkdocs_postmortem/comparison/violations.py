"""What may not happen to an incident that the public has seen, and does."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from mkdocs_postmortem.addresses import AddressError, as_compared, page_files, redirect_file
from mkdocs_postmortem.audience import for_audience
from mkdocs_postmortem.comparison.changes import IncidentChange, Version
from mkdocs_postmortem.comparison.sides import Side
from mkdocs_postmortem.comparison.values import Key, Value, published_numbers, values_of
from mkdocs_postmortem.diagnostics import Diagnostic, Place, Severity
from mkdocs_postmortem.incident import Incident
from mkdocs_postmortem.options import Audience
from mkdocs_postmortem.rules import review as rules
from mkdocs_postmortem.rules.registry import Finding


def violations_of(
    change: IncidentChange,
    sides: tuple[Side, Side],
    values: tuple[dict[Key, Value], dict[Key, Value]],
) -> Iterable[Diagnostic]:
    """What of `change` may not happen to an incident that the public has seen.

    `values` are those that the audience sees before and after.
    """
    before, now = change.before, change.after
    after = sides[1]
    if before is None or not before.is_public:
        return
    if now is None or not now.is_public:
        finding = rules.published_incident_gone(_top(now), _how_gone(before, after))
        yield from _judged(finding, now.path if now else before.path, after)
        return
    assert before.incident is not None
    assert now.incident is not None
    in_folder, beside = page_files(before.id)
    page = in_folder if sides[0].site.use_directory_urls else beside
    if before.id != now.id and not _redirects(now.incident, page):
        finding = rules.id_without_alias(_top(now), page.removesuffix("index.html"))
        yield from _judged(finding, now.path, after)
    if before.is_published and now.is_published and not before.incident.ongoing:
        changes = _changed_numbers((before, now), values, after)
        if changes and not change.corrections:
            finding = rules.uncorrected_change(_top(now), changes)
            yield from _judged(finding, now.path, after)


def _judged(finding: Finding, path: str, side: Side) -> Iterable[Diagnostic]:
    """The finding with the severity that the site gives its rule."""
    level = side.site.options.rules.get(finding.rule.code)
    if level != "off":
        yield finding.diagnostic(path, Severity(level) if level else None)


def _top(version: Version | None) -> Place:
    return version.reading.places.key("title") if version is not None else Place()


def _how_gone(before: Version, after: Side) -> str:
    """In which way an incident that was public is not there for the public any more."""
    path = after.owners.get(before.id)
    reading = after.site.reading(path) if path is not None else None
    if reading is None:
        return "its file is gone"
    if reading.incident is None:
        return "its file cannot be read any more"
    return f"its visibility becomes {reading.visibility}"


def _redirects(incident: Incident, page: str) -> bool:
    """Whether an alias of `incident` leads on from where the file `page` was published."""
    for alias in incident.aliases:
        with suppress(AddressError):
            if as_compared(redirect_file(alias)) == as_compared(page):
                return True
    return False


def _changed_numbers(
    versions: tuple[Version, Version], seen: tuple[dict[Key, Value], dict[Key, Value]], side: Side
) -> str:
    """The numbers of a published incident that are not what they were, in words, or nothing."""
    values = []
    for version, known in zip(versions, seen, strict=True):
        full = version.reading.incident
        public = for_audience(full, Audience.PUBLIC) if full is not None else None
        assert public is not None
        # Most incidents are public as a whole.
        values.append(known if public == version.incident else values_of(public, side.zone))
    old, new = (published_numbers(each) for each in values)
    changed = []
    for key in old | new:
        # A response time that the site has only begun, or ceased, to measure is no change.
        if key.group == "response_time" and (key not in old or key not in new):
            continue
        if old.get(key) != new.get(key):
            was, now = values[0].get(key), values[1].get(key)
            value = now or was
            assert value is not None
            changed.append(f"{value.label}: {_words(was, now)} becomes {_words(now, was)}")
    more = f", and {len(changed) - 3} more" if len(changed) > 3 else ""
    return "; ".join(changed[:3]) + more


def _words(value: Value | None, other: Value | None) -> str:
    if value is None or not value.words:
        return "nothing"
    exactly = value.beyond_words(other)
    return f"{value.words} ({exactly})" if exactly else value.words
