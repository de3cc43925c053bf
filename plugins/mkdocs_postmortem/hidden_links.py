"""Links that lead to incidents which an audience does not see, taken out of what it does see.

The name of an incident tells its day and what it was about. The words of such a link stay.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from mkdocs_postmortem.addresses import as_compared
from mkdocs_postmortem.body import without_code
from mkdocs_postmortem.incident import ActionItem, Incident, ResponseTime, Row
from mkdocs_postmortem.timeline import slug

_NAME = re.compile(r"\d{4}-\d{2}-\d{2}-[\w.-]+")
_BACKSLASH = re.compile(r"\\(?=[!-/:-@\[-`{-~])")


def named_in(text: str, ids: Set[str]) -> Iterator[str]:
    """Those of `ids`, as file systems compare them, whose page, file or folder `text` names."""
    for name in _NAME.findall(unquote(html.unescape(_BACKSLASH.sub("", text)))):
        parts = as_compared(name).split(".")
        for count in range(1, len(parts) + 1):
            if (id := ".".join(parts[:count])) in ids:
                yield id


def names(incident: Incident, ids: Set[str]) -> set[str]:
    """Those of `ids` that the texts and addresses of `incident` name."""
    return set(named_in("\n".join(_texts(incident)), ids))


_WORDS = r"\[(?P<words>(?:[^\[\]\\]|\\.|\[[^\[\]]{0,100}\]){0,300})\]"
_TARGET = r"(?P<target><[^<>\n]{0,1000}>|[^\s<>()]{1,1000})"
_TITLE = r"(?:\s{1,20}(?:\"[^\"]{0,300}\"|'[^']{0,300}'|\([^()]{0,300}\)))?"
_LINK = re.compile(rf"!?{_WORDS}\(\s{{0,20}}{_TARGET}{_TITLE}\s{{0,20}}\)", re.DOTALL)
_DEFINITION = re.compile(
    rf"^ {{0,3}}\[(?P<label>[^\[\]^][^\[\]]{{0,300}})\]:\s{{0,20}}{_TARGET}{_TITLE}[ \t]*(?:\n|\Z)",
    re.MULTILINE,
)
_REFERENCE = re.compile(rf"!?{_WORDS}(?:[ \n]?\[(?P<label>[^\[\]]{{0,300}})\])?", re.DOTALL)
# Wherever else an address may lead somewhere: in angle brackets, in a tag, in a link that is
# written as none of the above.
_ADDRESS = re.compile(
    r"(?<=\]\()\s{0,20}(?:<[^\s<>]{1,1000}>|<?[^\s()<>]{1,1000})"
    r"|(?<=\]:)\s{0,20}(?:<[^\s<>]{1,1000}>|<?[^\s<>]{1,1000})"
    r"|(?P<alone><[A-Za-z][A-Za-z0-9+.-]{1,40}:[^\s<>]{1,1000}>)"
)
_TAG = re.compile(r"<[A-Za-z][^<>]{1,2000}>")
_VALUE = re.compile(r"(?<==)\s{0,20}(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>]+)")


@dataclass(slots=True)
class Unlinking:
    """Takes out links to the incidents with these `ids`, and gathers in `named` which it met."""

    ids: Set[str]
    named: set[str] = field(default_factory=set)

    def incident(self, incident: Incident) -> Incident:
        """The same incident, in which no link and no address names one of the ids."""
        if not self.ids or not names(incident, self.ids):
            return incident
        rows = {row.number: self._row(row) for row in incident.rows}
        return replace(
            incident,
            rows=tuple(rows.values()),
            response_times=tuple(_with_rows(time, rows) for time in incident.response_times),
            title=self.text(incident.title),
            summary=None if incident.summary is None else self.text(incident.summary),
            body=self.text(incident.body),
            causes=tuple(replace(cause, text=self.text(cause.text)) for cause in incident.causes),
            action_items=tuple(map(self._item, incident.action_items)),
            links=tuple(link for link in incident.links if not self._leads_there(link[1])),
            corrections=tuple(
                replace(entry, text=self.text(entry.text)) for entry in incident.corrections
            ),
            withdrawn=incident.withdrawn
            and replace(incident.withdrawn, reason=self.text(incident.withdrawn.reason)),
            page_meta={key: self._meta(value) for key, value in incident.page_meta.items()},
        )

    def _row(self, row: Row) -> Row:
        evidence = tuple(address for address in row.evidence if not self._leads_there(address))
        return replace(row, text=self.text(row.text), evidence=evidence)

    def _item(self, item: ActionItem) -> ActionItem:
        title = self.text(item.title)
        # An item without an id of its own has one that says what its title says.
        id = slug(title) if item.id == slug(item.title) else item.id
        link = None if item.link is None or self._leads_there(item.link) else item.link
        return replace(item, id=id, title=title, link=link)

    def _meta(self, value: Any) -> Any:
        if isinstance(value, str):
            text = self.text(value)
            # What has no blanks is an address, such as that of a picture.
            return "" if not re.search(r"\s", text) and self._leads_there(text) else text
        if isinstance(value, dict):
            return {key: self._meta(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._meta(inner) for inner in value]
        return value

    def _leads_there(self, address: str) -> bool:
        found = set(named_in(address, self.ids))
        self.named |= found
        return bool(found)

    def text(self, text: str) -> str:
        """Markdown without its links and images that name one of the ids; code stays as it is."""
        if next(named_in(text, self.ids), None) is None:
            return text
        labels: set[str] = set()

        def undefined(match: re.Match[str], _: str) -> str | None:
            if not self._leads_there(match["target"]):
                return None
            labels.add(_label(match["label"]))
            return ""

        text = _edited(_DEFINITION, undefined, text)

        def unlinked(match: re.Match[str], words: str) -> str | None:
            return words if self._leads_there(match["target"]) else None

        # A link may have an image for its words.
        text = _edited(_LINK, unlinked, _edited(_LINK, unlinked, text))

        def unreferred(match: re.Match[str], words: str) -> str | None:
            return words if _label(match["label"] or match["words"]) in labels else None

        if labels:
            text = _edited(_REFERENCE, unreferred, text)

        def nowhere(match: re.Match[str], _: str) -> str | None:
            # Something stays in a link, or what follows would be its address.
            if not self._leads_there(match[0]):
                return None
            return "" if match["alone"] else "<#>" if match[0][-1] == ">" else "#"

        text = _edited(_ADDRESS, nowhere, text)

        def without_values(tag: str) -> str:
            return _VALUE.sub(lambda found: '""' if self._leads_there(found[0]) else found[0], tag)

        return _edited(_TAG, lambda found, _: without_values(found[0]), text)


def _edited(
    pattern: re.Pattern[str], new: Callable[[re.Match[str], str], str | None], text: str
) -> str:
    """`text` with what `new` says of each match outside code, and of the words in it."""
    pieces, position = [], 0
    for match in pattern.finditer(without_code(text)):
        words = text[slice(*match.span("words"))] if "words" in pattern.groupindex else ""
        if (made := new(match, words)) is not None:
            pieces += [text[position : match.start()], made]
            position = match.end()
    return "".join([*pieces, text[position:]])


def _label(written: str) -> str:
    return " ".join(written.split()).casefold()


def _with_rows(time: ResponseTime, rows: dict[int, Row]) -> ResponseTime:
    start, end = time.start_row, time.end_row
    return replace(
        time,
        start_row=start and rows.get(start.number),
        end_row=end and rows.get(end.number),
    )


def _texts(incident: Incident) -> Iterator[str]:
    """Everything in which a link may stand."""
    yield from (incident.title, incident.summary or "", incident.body)
    for row in incident.rows:
        yield from (row.text, *row.evidence)
    for item in incident.action_items:
        yield from (item.title, item.link or "")
    yield from (cause.text for cause in incident.causes)
    yield from (entry.text for entry in incident.corrections)
    yield from (address for _, address in incident.links)
    yield from (incident.withdrawn.reason if incident.withdrawn else "", str(incident.page_meta))
