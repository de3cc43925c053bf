"""The HTML that Markdown made of a body, limited to what an allow-list names.

`untrusted.TAGS` are the elements. Attributes are those that Markdown and its usual extensions
write: admonitions, tabs, code, task lists, footnotes, tables, emoji and permalinks keep working.
"""

from __future__ import annotations

import re

import nh3

from mkdocs_postmortem.untrusted import INVISIBLE, TAGS, is_safe_link, may_be_on_another_host

_ATTRIBUTES = {
    "*": {"class", "id", "title", "lang", "dir", "aria-hidden", "data-tabs", "data-linenos"},
    "a": {"href", "name", "target"},
    "img": {"src", "alt", "width", "height", "loading", "align"},
    "input": {"type", "checked", "disabled", "name"},
    "label": {"for"},
    "details": {"open"},
    "ol": {"start", "reversed"},
    "li": {"value"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    "col": {"span"},
    "time": {"datetime"},
    "del": {"datetime"},
    "ins": {"datetime"},
    "svg": {"viewbox", "viewBox", "width", "height", "fill", "xmlns"},
    "path": {"d", "fill", "fill-rule", "clip-rule", "transform"},
    "g": {"fill", "transform"},
}
# With what is inside: the text of these was never meant for readers.
_DROPPED = {"script", "style", "template", "iframe", "object", "noscript", "textarea", "title"}
# Themes look for their own parts by ids that begin so; these are of tabs and of lines of code.
_ID = re.compile(r"(?!__)[\w:.-]+|__(?:tabbed|codelineno|span)[\w-]*")
_CLASS = re.compile(r"(?!md-|mdx-|pm-)[\w:-]+|md-button(?:--primary)?")
_INCIDENT_FILE = re.compile(r"(?:.*/)?\d{4}-\d{2}-\d{2}-[^/]*\.md(?:[#?].*)?")
_INPUT = re.compile(r"<input(?![^<>]*\stype=\"(?:checkbox|radio)\")[^<>]*>")
_ACTIVE = re.compile(
    r"(<(script|style|textarea|title)\b.*?</\2\s*>)|<!--.*?(?:-->|--!>|\Z)", re.DOTALL
)


def _kept(tag: str, attribute: str, value: str) -> str | None:
    """What stays of an attribute's value, or ``None``."""
    if attribute in ("id", "for", "name"):
        return value if _ID.fullmatch(value) else None
    if attribute == "class":
        return " ".join(name for name in value.split() if _CLASS.fullmatch(name)) or None
    if attribute == "href":
        # The name of an incident that is not published would stand there.
        return None if not is_safe_link(value) or _INCIDENT_FILE.fullmatch(value) else value
    if attribute == "src":
        return None if may_be_on_another_host(value) else value
    if attribute == "target":
        return value if value == "_blank" else None
    return INVISIBLE.sub("", value)


_CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=_DROPPED,
    attributes=_ATTRIBUTES,
    attribute_filter=_kept,
    strip_comments=True,
    link_rel=None,
    url_schemes={"http", "https", "mailto"},
)


def limited(html: str) -> str:
    """`html` with the elements, attributes and addresses that the allow-list names, and no comment.

    A character that shows nothing, such as one written as an entity, is shown as U+FFFD.
    """
    return _INPUT.sub("", INVISIBLE.sub("\ufffd", _CLEANER.clean(html)))


def only_text(html: str) -> str:
    """`html` without any element, its text still as HTML."""
    return INVISIBLE.sub("\ufffd", nh3.clean(html, tags=set()))


def without_comments(html: str) -> str:
    """`html` of a trusted author without its comments."""
    return _ACTIVE.sub(lambda match: match[1] or "", html)
