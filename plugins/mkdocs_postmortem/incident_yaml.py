"""Front matter written so that our own reader reads back the same text.

Our reader takes scalars as they stand, so only what YAML itself would misread is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import yaml

# Signs that mean something to YAML at the beginning of a plain scalar.
_SIGNS = "-?:,[]{}#&*!|>'\"%@`~="
_UNSAFE = re.compile(r":(?=\s|$)|(?<=\s)#|[\x00-\x08\x0a-\x1f\x7f-\xa0\u2028\u2029\ufeff]|\t")
# What a stream may not hold as it is, and what would not survive as text within quotes.
# Bytes of an argument that are no UTF-8 stay as they came, for the reader to name them.
_ESCAPED = re.compile(
    r"[\\\"\x00-\x1f\x7f-\xa0\u2028\u2029\ud800-\udc7f\udd00-\udfff\ufeff\ufffe\uffff]"
)
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_BLOCK = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")

# Days and times stay plain: everybody writes them so.
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}:\d{2}")
_RESOLVER: Any = yaml.SafeLoader("")


def scalar(text: str, *, in_flow: bool = False) -> str:
    """`text` on one line: plain where YAML takes it as it stands, else in double quotes.

    `in_flow` is for text between brackets or braces, where commas and brackets count too.
    """
    if _is_plain(text) and not (in_flow and re.search(r"[,\[\]{}:]", text)):
        return text
    return quoted(text)


def quoted(text: str) -> str:
    """`text` in double quotes."""
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _is_plain(text: str) -> bool:
    if not text or text != text.strip() or text in ("null", "...", "---", "<<"):
        return False
    if text[0] in _SIGNS:
        return False
    # Other readers of YAML would take `404` and `no` for something else than text.
    kind = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))
    if kind != "tag:yaml.org,2002:str" and not _TIME.match(text):
        return False
    return not _UNSAFE.search(text) and not _ESCAPED.search(text.replace('"', "").replace("\\", ""))


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in _ESCAPES:
        return _ESCAPES[character]
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def value(text: str, indent: int) -> str:
    """`text` behind a `key: `, as a literal block of `indent` spaces where it has several lines.

    Lines of a block keep their own indentation; blanks around the whole text are not kept.
    """
    lines = text.split("\n")
    plain_begin = bool(lines[0]) and not lines[0][0].isspace()
    if len(lines) == 1 or _BLOCK.search(text) or not plain_begin or not lines[-1].strip():
        return scalar(text)
    margin = " " * indent
    return "|-\n" + "\n".join(f"{margin}{line}" if line else "" for line in lines)


def comment(text: str, indent: int = 0) -> str:
    """`text` as one comment line; what cannot stand in one is shown as an escape."""
    joined = " ".join(text.split())
    return " " * indent + "# " + _BLOCK.sub(_escape, joined).replace("\xa0", " ")


def flow_list(texts: Iterable[str]) -> str:
    """A list on one line."""
    return "[" + ", ".join(scalar(text, in_flow=True) for text in texts) + "]"
