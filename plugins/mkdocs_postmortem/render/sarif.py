"""Diagnostics as SARIF 2.1.0, which code scanning and editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os.html
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from mkdocs_postmortem import __version__
from mkdocs_postmortem.diagnostics import Diagnostic
from mkdocs_postmortem.rules.registry import Rule

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "SRCROOT"


def as_sarif(
    diagnostics: Sequence[Diagnostic],
    lines: Mapping[str, list[str]],
    rules: Mapping[str, Rule],
) -> dict[str, Any]:
    """One run with a result for each of `diagnostics` and every one of `rules` with its help.

    Paths are relative to the root of the sources; `lines` has the lines of each file.
    """
    known = dict(sorted(rules.items()))
    # What is wrong with the options has a code and no rule of its own.
    position = {code: index for index, code in enumerate(known)}
    seen = Counter[tuple[str, str]]()
    results = []
    for found in diagnostics:
        line = _line(found, lines)
        seen[found.path, fingerprint := _fingerprint(found.code, line)] += 1
        result: dict[str, Any] = {
            "ruleId": found.code,
            "level": str(found.severity),
            "message": {"text": _text(found)},
            "locations": [{"physicalLocation": _location(found)}],
            # What it is, how often it was there before: neither changes where lines move.
            "partialFingerprints": {
                "primaryLocationLineHash": f"{fingerprint}:{seen[found.path, fingerprint]}"
            },
        }
        if found.code in position:
            result["ruleIndex"] = position[found.code]
        results.append(result)
    driver = {
        "name": "postmortem",
        "fullName": "mkdocs-postmortem",
        "version": __version__,
        "rules": [_rule(rule) for rule in known.values()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the sources"}}},
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.documentation},
        "help": {"text": rule.documentation, "markdown": rule.documentation},
        "defaultConfiguration": {"level": str(rule.severity)},
    }


def _text(found: Diagnostic) -> str:
    text = f"{found.message}\nFix: {found.help}" if found.help else found.message
    # Brackets before parentheses would be a link.
    return text.replace("](", "]\u200b(")


def _location(found: Diagnostic) -> dict[str, Any]:
    place = found.place
    return {
        "artifactLocation": _artifact(found.path),
        "region": {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
        },
    }


def _artifact(path: str) -> dict[str, str]:
    if path.startswith(("../", "/")):
        return {"uri": Path(os.path.abspath(path)).as_uri()}  # noqa: PTH100 - links stay
    return {"uri": quote(os.fsencode(PurePosixPath(path).as_posix())), "uriBaseId": _ROOT}


def _line(found: Diagnostic, lines: Mapping[str, list[str]]) -> str:
    listed = lines.get(found.path, [])
    return listed[found.place.line - 1].strip() if found.place.line <= len(listed) else ""


def _fingerprint(code: str, line: str) -> str:
    return sha256(f"{code}\0{line}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
