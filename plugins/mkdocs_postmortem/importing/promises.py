"""Action items of documents: tables, lists and checkboxes below a heading that announces them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from markdown_it.tree import SyntaxTreeNode

from mkdocs_postmortem.importing.document import Block, Document
from mkdocs_postmortem.importing.spelled_time import find_day
from mkdocs_postmortem.importing.tables import Table, html_table, markdown_table

# Brackets within an address belong to it, those around it do not.
_URL = re.compile(r"https?://(?:[^\s<>\"|()\]]|\([^\s<>\"|()]*\))+")
_CHECKBOX = re.compile(r"\[(?P<mark>[ xX-])\]\s+")
_COLUMNS = {
    "owner": r"owner|assignee|assigned|who|responsible|dri|team|lead|person",
    "due": r"due|deadline|eta|target|by when|when|date",
    "status": r"status|state|done|progress|complete",
    "priority": r"prio|priority|severity|urgency",
    "link": r"ticket|link|issue|jira|bug|url|pr|tracking|reference",
    "kind": r"type|kind|category",
    "title": r"action|item|task|description|what|title|improvement|step|follow",
}
_STATUS = (
    ("done", r"done|complete[d]?|closed|finished|shipped|merged|fixed|resolved|yes|✅|☑|\[x\]|x"),
    ("in_progress", r"in[ _-]?progress|wip|ongoing|started|doing|under ?way|in review|🚧"),
    ("cancelled", r"cancell?ed|won'?t (?:do|fix)|dropped|rejected|abandoned"),
    ("open", r"open|to ?do|not started|new|pending|planned|backlog|no|\[ ?\]|❌"),
)
_KINDS = {
    "prevent": r"prevent\w*|avoid\w*",
    "detect": r"detect\w*|monitor\w*|alert\w*",
    "mitigate": r"mitigat\w*|repair|respond\w*|recover\w*",
    "process": r"process\w*|document\w*|communicat\w*",
}
_OWNER = re.compile(
    r"\b(?:owner|assignee|assigned to|dri)\s*[:=]\s*(?P<owner>@?[\w.-]+(?: [A-Z][\w.-]+)?)",
    re.IGNORECASE,
)
_DUE = re.compile(
    r"\b(?:due(?: date)?|deadline|eta|by)\s*[:=]?\s*(?P<due>\d{4}-\d\d-\d\d)", re.IGNORECASE
)
# Nothing but these two, behind the words of an item: `(@ann, due 2024-03-01)`.
_ASIDE = re.compile(
    r"\s*\((?=.)(?P<owner>@[\w.-]+)?,?\s*(?:(?:due|by)?:?\s*(?P<due>\d{4}-\d\d-\d\d))?\)$",
    re.IGNORECASE,
)
# The number of an item has no field; it is kept beside it.
_NUMBER = re.compile(r"#|(?:no|nr|id|number)\.?", re.IGNORECASE)
_GROUP_STATUS = re.compile(
    r"\b(?:(?P<done>completed?|done|already)|(?P<in_progress>in progress|ongoing|under way))\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Promise:
    """One action item as `action_items` takes it; ``comments`` are words that have no field."""

    title: str
    line: int
    status: str | None = None
    owner: str | None = None
    due: str | None = None
    priority: str | None = None
    link: str | None = None
    kind: str | None = None
    comments: list[str] = field(default_factory=list)


def find_promises(document: Document) -> list[Promise]:
    """The action items in their order; their lines leave the document."""
    promises: list[Promise] = []
    for block in document.blocks():
        if block.section.kind != "actions" or block.start in document.moved:
            continue
        if block.kind in ("bullet_list", "ordered_list"):
            status = _group_status(block.section.titles)
            found = _listed(block.node, document, status)
        elif block.kind == "table":
            found = _tabled(markdown_table(document.lines, block.start, block.end))
        elif block.kind == "html_block" and "<table" in block.text.lower():
            found = _tabled(html_table(document.lines, block.start, block.end))
        elif block.kind == "paragraph" and _is_checkboxes(block):
            found = _checkbox_lines(block)
        else:
            continue
        if found:
            document.moved |= set(range(block.start, block.end))
        promises += found
    return promises


def _group_status(titles: tuple[str, ...]) -> str | None:
    for title in reversed(titles[-2:]):
        if match := _GROUP_STATUS.search(title):
            return match.lastgroup
    return None


def _listed(node: SyntaxTreeNode, document: Document, status: str | None) -> list[Promise]:
    promises: list[Promise] = []
    for item in node.children:
        if item.map is None:
            continue
        start = item.map[0] + document.first
        first = item.children[0] if item.children else None
        text = ""
        if first is not None and first.type == "paragraph" and first.children:
            text = " ".join(line.strip() for line in first.children[0].content.split("\n"))
        lists = [child for child in item.children if child.type.endswith("_list")]
        is_label = lists and (text.rstrip("*_ ").endswith(":") or not text)
        if is_label:
            nested = [found for child in lists for found in _listed(child, document, status)]
            if nested and text:
                nested[0].comments.insert(0, text)
            promises += nested
            continue
        promise = _promise(text, start, status)
        if promise is None:
            continue
        promises.append(promise)
        for child in item.children[1:]:
            if child in lists and "[" in "".join(_texts(child)):
                promises += _listed(child, document, promise.status)
            elif child in lists:
                promise.title += f" ({'; '.join(_texts(child))})"
            elif child.map is not None:
                begin, end = (line + document.first for line in child.map)
                more = " ".join(line.strip() for line in document.lines[begin:end]).strip()
                promise.title += f" {more}"
    return promises


def _texts(node: SyntaxTreeNode) -> list[str]:
    """The texts of a list and of those in it."""
    return [
        " ".join(inline.content.split())
        for inline in node.walk()
        if inline.type == "inline" and inline.content.strip()
    ]


def _promise(text: str, line: int, status: str | None) -> Promise | None:
    box = _CHECKBOX.match(text)
    if box:
        text = text[box.end() :]
        status = {" ": "open", "-": "cancelled"}.get(box["mark"], "done")
    title = text.strip()
    if not re.search(r"\w", title):
        return None
    promise = Promise(title, line, status)
    links = _URL.findall(title)
    if len(links) == 1:
        promise.link = links[0].rstrip(".,;")
    if owner := _OWNER.search(title):
        promise.owner = owner["owner"].rstrip(".")
    if due := _DUE.search(title):
        promise.due = due["due"]
    aside = _ASIDE.search(title)
    if aside and any(aside.groups()):
        promise.title = title[: aside.start()]
        promise.owner = promise.owner or aside["owner"]
        promise.due = aside["due"] or promise.due
    return promise


def _is_checkboxes(block: Block) -> bool:
    return all(_CHECKBOX.match(line.strip()) for line in block.text.split("\n"))


def _checkbox_lines(block: Block) -> list[Promise]:
    found = [
        _promise(line.strip(), block.start + number, None)
        for number, line in enumerate(block.text.split("\n"))
    ]
    return [promise for promise in found if promise is not None]


def _tabled(table: Table) -> list[Promise]:
    roles: dict[str, int] = {}
    for index, name in enumerate(table.header):
        bare = re.sub(r"[*_`]", "", name).strip().lower()
        for role, words in _COLUMNS.items():
            if role not in roles and re.search(rf"\b(?:{words})s?\b", bare):
                roles[role] = index
                break
    if "title" not in roles:
        free = [
            n
            for n in range(max((len(r.cells) for r in table.rows), default=0))
            if n not in roles.values()
        ]
        if not free:
            return []
        roles["title"] = max(
            free, key=lambda n: sum(len(r.cells[n]) for r in table.rows if n < len(r.cells))
        )
    promises = []
    for row in table.rows:
        cells = {
            role: row.cells[index]
            for role, index in roles.items()
            if index < len(row.cells) and row.cells[index]
        }
        numbered = [
            f"{table.header[index]} {row.cells[index]}"
            for index in range(min(len(table.header), len(row.cells)))
            if _NUMBER.fullmatch(table.header[index])
        ]
        rest = [
            f"{table.header[index]}: {cell}" if index < len(table.header) else cell
            for index, cell in enumerate(row.cells)
            if index not in roles.values()
            and cell
            and not (index < len(table.header) and _NUMBER.fullmatch(table.header[index]))
        ]
        title = " ".join(cells.pop("title", "").split())
        if not title:
            title, rest = " ".join([*cells.values(), *rest]), []
            cells = {}
        promise = _promise(title, row.line, None)
        if promise is None:
            continue
        promise.comments += numbered
        _fill(promise, cells)
        if rest:
            promise.title += f" ({'; '.join(rest)})"
        promises.append(promise)
    if promises and table.header:
        promises[0].comments.insert(0, " | ".join(table.header))
    return promises


def _fill(promise: Promise, cells: dict[str, str]) -> None:
    for role, cell in cells.items():
        text = " ".join(cell.split())
        if not re.search(r"\w|[✅☑🚧❌]", text):
            continue
        if role == "status":
            promise.status = _word_of(_STATUS, text)
            if promise.status is None or text.lower().replace(" ", "_") != promise.status:
                promise.comments.append(f"status: {text}")
        elif role == "kind":
            promise.kind = _word_of(_KINDS.items(), text)
            if promise.kind != text.lower():
                promise.comments.append(f"kind: {text}")
        elif role == "link":
            links = _URL.findall(text)
            if len(links) == 1:
                promise.link = links[0]
            if not links or text != links[0]:
                promise.comments.append(f"link: {text}")
        elif role == "due":
            day = find_day(text)
            when = day.on(None, None) if day and not day.swapped else None
            promise.due = when.isoformat() if when else text
            if promise.due != text:
                promise.comments.append(f"due: {text}")
        elif role == "owner":
            promise.owner = text
        else:
            promise.priority = text


def _word_of(words: object, text: str) -> str | None:
    bare = text.strip(" *_`.").lower()
    for name, pattern in words:  # type: ignore[attr-defined]
        if re.match(rf"(?:{pattern})(?!\w)", bare):
            return str(name)
    return None
