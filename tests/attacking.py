"""Sites written by strangers: payloads and canaries in every field of an incident."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import yaml

LONG = os.environ.get("POSTMORTEM_TEST_LONG") == "1"
ATTACKS = Path(__file__).parent / "attacks"
# The page must be safe without the rules that tell authors what is left out.
UNTOLD = {
    f"PM{number}": "off" for number in (402, 601, 602, 603, 604, 605, 610, 611, 612, 613, 616)
}
# What authors of Material for MkDocs usually switch on, and what reads files.
EXTENSIONS: list[Any] = [
    "abbr",
    "admonition",
    "attr_list",
    "def_list",
    "footnotes",
    "md_in_html",
    "tables",
    {"toc": {"permalink": True}},
    "pymdownx.arithmatex",
    "pymdownx.b64",
    "pymdownx.details",
    "pymdownx.highlight",
    "pymdownx.inlinehilite",
    "pymdownx.keys",
    "pymdownx.magiclink",
    "pymdownx.snippets",
    "pymdownx.superfences",
    {"pymdownx.tabbed": {"alternate_style": True}},
    {"pymdownx.tasklist": {"custom_checkbox": True}},
]


def payloads() -> list[str]:
    """Every payload in the order of the file; one in eight in a short run."""
    return every_payload()[:: 1 if LONG else 8]


def every_payload() -> list[str]:
    """Every payload, in the order of the file."""
    groups = yaml.safe_load((ATTACKS / "xss.yaml").read_text(encoding="utf-8"))
    return [payload for group in groups.values() for payload in group]


def hostile(payload: str, number: int, visibility: str = "public") -> str:
    """An incident with `payload` in every field that takes free text, and in its body."""
    inline = " ".join(payload.split())
    # Each component has pages and feeds of its own, so not every payload is one.
    component = f"c{number} {inline}" if LONG or number % 8 == 0 else "c"
    front: dict[str, Any] = {
        "title": f"{number} {inline}",
        "visibility": visibility,
        "published": "2024-02-22",
        "severity": "sev2",
        "components": [component],
        "tags": [inline],
        "reference": inline,
        "summary": payload,
        "subtitle": inline,
        "description": inline,
        "timeline": [
            {"at": "18:03", "milestone": "started", "event": payload, "by": inline},
            {"at": "18:04", "milestone": "detected", "event": f"- {payload}"},
            {"at": "18:05", "event": f"> {payload}", "evidence": "https://evidence.example/"},
            {"at": "18:18", "milestone": "resolved", "event": f"a | b\n--|--\n{inline} | x"},
        ],
        "impact": [{"component": component, "users": inline}],
        "causes": [{"id": inline, "text": payload}],
        "action_items": [
            {
                "title": f"{number} {inline}",
                "id": f"{number}{inline}",
                "owner": inline,
                "priority": inline,
                "due": f"words {inline}",
                "cause": inline,
            }
        ],
        "links": [{"name": inline, "url": "https://link.example/'onx=y"}],
        "corrections": [{"date": "2024-02-23", "text": payload}],
        "internal": {"note": payload},
    }
    body = f"## Impact\n\n{payload}\n\n- {payload}\n\n## {inline}\n\n`{inline}`\n\n{inline}\n"
    return f"---\n{json.dumps(front, ensure_ascii=True)}\n---\n{body}"


# In how many places every payload stands.
PLACES = hostile("payload", 1).count("payload")


def withdrawn(payload: str) -> str:
    """An incident whose notice of withdrawal is the payload."""
    front = {
        "title": "Gone",
        "visibility": "public",
        "published": "2024-02-22",
        "withdrawn": {"date": "2024-03-01", "reason": payload},
        "timeline": [{"at": "18:03", "milestone": "started", "event": "x"}],
    }
    return f"---\n{json.dumps(front)}\n---\n"
