"""YAML with nothing unusual in it, taken in one pass as the plain data that it is.

Most front matter is such. Where something stands that needs a closer look, or is a mistake, there
is no result here, and `yaml_nodes` takes its time: it alone says what is wrong.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from mkdocs_postmortem.diagnostics import Place
from mkdocs_postmortem.reading.source import is_clean
from mkdocs_postmortem.reading.yaml_nodes import LOADER, MAX_DEPTH, MAX_ITEMS

# Larger text is rare, and the bounds of `yaml_nodes` are looked at while it is read.
_LONGEST = 32 * 1024
# Where a sign may begin a comment, which may be text that was cut off.
_COMMENT = re.compile(r"#(?<![^\s\[\]{},:\"'-]#)")
_NULLS = frozenset(("", "~", "null"))
# Stands for a required value that is missing, so that the rest can be looked over.
LEFT_OUT = "…"


class Branch:
    """A list or a mapping with the marks where it begins and ends, as events have them.

    ``content`` has what is in it: branches, and events of scalars; in a mapping by key, each with
    the event of the key.
    """

    __slots__ = ("content", "end_mark", "start_mark")

    def __init__(self, start_mark: Any, content: Any) -> None:
        self.start_mark = self.end_mark = start_mark
        self.content = content


def place_of(node: Any, first_line: int) -> Place:
    """The place of a branch or an event of a text whose first line is line `first_line`."""
    start, end = node.start_mark, node.end_mark
    return Place(first_line + start.line, start.column + 1, first_line + end.line, end.column + 1)


def plain_mapping(text: str) -> tuple[dict[str, Any], Branch] | None:
    """The mapping that `text` is, and where everything in it stands; or ``None``.

    Values are texts as written, lists and mappings. What is left empty is not in a mapping and
    is `LEFT_OUT` in a list.
    """
    if len(text) > _LONGEST or "\\" in text or _COMMENT.search(text) or not is_clean(text):
        return None
    try:
        return _read(LOADER(text).get_event)
    except yaml.YAMLError:
        return None


def _read(next_event: Any) -> tuple[dict[str, Any], Branch] | None:
    scalar, mapping_start, sequence_start = (
        yaml.ScalarEvent,
        yaml.MappingStartEvent,
        yaml.SequenceStartEvent,
    )
    ends = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
    whole: tuple[dict[str, Any], Branch] | None = None
    # What is open: its values, its branch, its content, and the key that waits for a value.
    values: Any = None
    branch: Branch | None = None
    content: Any = None
    key: Any = None
    outer: list[Any] = []
    while (event := next_event()) is not None:
        kind = event.__class__
        if kind is scalar:
            if event.anchor is not None or event.tag is not None or content is None:
                return None
            value = event.value
            if content.__class__ is list:
                is_null = value in _NULLS and not event.style
                values.append(LEFT_OUT if is_null else value)
                content.append(event)
            elif key is None:
                if value in content or value == "<<":
                    return None
                key = event
            else:
                name = key.value
                if value not in _NULLS or event.style:
                    values[name] = value
                content[name] = (key, event)
                key = None
        elif kind is mapping_start or kind is sequence_start:
            if event.anchor is not None or event.tag is not None or len(outer) == MAX_DEPTH:
                return None
            inner: Any = {} if kind is mapping_start else []
            inside: Any = {} if kind is mapping_start else []
            new = Branch(event.start_mark, inside)
            if content is None:
                if whole is not None or kind is sequence_start:
                    return None
                whole = (inner, new)
            elif content.__class__ is list:
                values.append(inner)
                content.append(new)
            elif key is None:
                return None
            else:
                values[key.value] = inner
                content[key.value] = (key, new)
            outer.append((values, branch, content))
            values, branch, content, key = inner, new, inside, None
        elif kind in ends:
            assert branch is not None
            if len(content) > MAX_ITEMS:
                return None
            branch.end_mark = event.end_mark
            values, branch, content = outer.pop()
        elif kind is yaml.AliasEvent:
            return None
    return whole
