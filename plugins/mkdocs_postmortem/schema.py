"""JSON Schema of an incident's front matter, for editors.

It comes from the models that read the front matter and from the site's options. What the reader
accepts it accepts; of what the reader refuses it refuses what can be told without computing:
unknown fields, names that the site does not have, values of another form. It uses no word that
JSON Schema draft 7 does not know, because many editors know no later draft.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from mkdocs_postmortem import written_time
from mkdocs_postmortem.options import MILESTONES, Options
from mkdocs_postmortem.reading.fields import DEFINED
from mkdocs_postmortem.reading.front_matter import LANGUAGE, PAGE_KEYS, FrontMatter, RowFields

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FILE_NAME = "postmortem.schema.json"

Schema = dict[str, Any]
_NULL = {"type": "null"}


def front_matter_schema(options: Options, site_url: str = "") -> Schema:
    """The schema of the front matter of incidents on a site with these options.

    `site_url`, with a slash at its end, gives it an address of its own.
    """
    made = FrontMatter.model_json_schema(by_alias=True)
    definitions = {**made.pop("$defs"), **_definitions(options)}
    properties = made["properties"]
    properties["timeline"] = {
        **properties["timeline"],
        "minItems": 1,
        "items": {"$ref": "#/$defs/Row"},
        "examples": [
            [{"18:03 started": "The deploy lands."}, {"18:18 resolved": "Requests succeed again."}]
        ],
    }
    properties["targets"]["propertyNames"] = {"$ref": "#/$defs/response_time"}
    _claims(properties["claims"])
    definitions["RowFields"]["allOf"] = [
        _when({"until": {"type": "string"}}, {"required": ["at"]}),
    ]
    for model in (made, *definitions.values()):
        _leave_out(model)
    schema = _linked(
        {
            "$schema": DIALECT,
            **({"$id": site_url + FILE_NAME} if site_url else {}),
            "title": "Front matter of an incident",
            **made,
            "$defs": dict(sorted(definitions.items())),
        }
    )
    assert isinstance(schema, dict)
    for key in sorted(PAGE_KEYS):
        schema["properties"][key] = {"description": "For the page's theme, as on any page."}
    schema["patternProperties"] = {"^x-": {"description": "Yours: it is not looked at."}}
    schema["allOf"] = [
        _when(
            {"visibility": {"const": "public"}},
            {"required": ["published"], "properties": {"published": {"type": "string"}}},
        ),
        _when({"kind": {"const": "maintenance"}}, {"required": ["scheduled"]}),
        _when({"scheduled": {"type": "object"}}, {"required": ["kind"]}),
    ]
    return schema


def _when(properties: Schema, then: Schema) -> Schema:
    return {"if": {"properties": properties, "required": list(properties)}, "then": then}


def _claims(claims: Schema) -> None:
    """Claims are a mapping, or a list of such mappings; each has one figure or several."""
    figures = claims.pop("additionalProperties")
    named = {
        "type": claims.pop("type"),
        "propertyNames": {"$ref": "#/$defs/claim"},
        "additionalProperties": {"anyOf": [figures["items"], figures]},
    }
    claims["anyOf"] = [named, {"type": "array", "items": named}]


def _leave_out(model: Schema) -> None:
    """Optional fields may be left empty, and the titles and defaults of the models say nothing."""
    required = model.get("required", ())
    if "properties" in model:
        model.pop("title", None)
    for name, field in model.get("properties", {}).items():
        field.pop("title", None)
        if field.get("default") in (None, [], {}, False):
            field.pop("default", None)
        if name in required:
            continue
        if not field.keys() & {"anyOf", "type", "enum", "$ref", DEFINED}:
            continue
        if "anyOf" in field:
            if _NULL not in field["anyOf"]:
                field["anyOf"].append(_NULL)
            continue
        said = {
            key: field.pop(key) for key in ("description", "examples", "default") if key in field
        }
        model["properties"][name] = {**said, "anyOf": [field, _NULL]}


def _linked(node: Any) -> Any:
    """`node` with references to the definitions in the places that the models left for them."""
    if isinstance(node, list):
        return [_linked(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        "$ref" if key == DEFINED else key: f"#/$defs/{value}" if key == DEFINED else _linked(value)
        for key, value in node.items()
    }


def _definitions(options: Options) -> dict[str, Schema]:
    """The types of single values."""
    milestones = "|".join(options.milestone_names)
    time = written_time.PATTERN
    own = {**MILESTONES, **options.milestones}
    text: Schema = {"type": ["string", "number", "boolean"], "pattern": r"\S"}
    severities = "; ".join(f"{level.name}: {level.meaning}" for level in options.severities)
    components = text if options.components is None else _one_of(options.components)
    several = rf"(?:{milestones})(?:\s*,\s*(?:{milestones}))*"
    return {
        # A reader of YAML makes numbers and truth values of text that we keep as it is written.
        "text": text,
        "flag": {"anyOf": [{"type": "boolean"}, {"enum": ["true", "false"]}]},
        "day": {
            "type": "string",
            "pattern": r"^\d{4}-\d{2}-\d{2}$",
            "examples": ["2024-02-20"],
        },
        "length": {
            "type": "string",
            "pattern": r"^\s*\d[\d.]*[\s-]*[A-Za-z]",
            "examples": ["90s", "5m", "1h 30m", "2d"],
        },
        "zone": {"type": "string", "examples": ["UTC", "Europe/Berlin", "+02:00"]},
        "link": {"type": "string", "pattern": r'^(?:https?://|mailto:)[^\s<>"]+$'},
        "language": {"type": "string", "pattern": f"^{LANGUAGE}$"},
        "time": {
            "type": "string",
            "pattern": rf"^\s*(?:{time})\s*$",
            "examples": ["18:03", "2024-02-20 18:03", "~18:05", "18:05..18:10", "18:03 UTC", "+5m"],
        },
        "anchor": {
            "type": "string",
            "pattern": rf"^\s*(?:(?:{milestones})(?:\s+\d+)?|{time})\s*$",
            "examples": ["started", "started 2", "18:03"],
        },
        "severity": {"description": severities, **_one_of(options.severity_names)},
        "component": components,
        "milestone": {
            "description": "; ".join(f"{name}: {meaning}" for name, meaning in own.items()),
            **_one_of(options.milestone_names),
        },
        "response_time": _one_of(options.measure_names),
        "claim": _one_of(options.claim_names),
        "Row": {
            "description": "One row: `18:03 started: What happened`, or the long form.",
            "type": "object",
            "if": {"anyOf": [{"required": [key]} for key in RowFields.model_fields]},
            "then": {"$ref": "#/$defs/RowFields"},
            "else": {"$ref": "#/$defs/ShortRow"},
        },
        "ShortRow": {
            "description": "A time, the milestones, and what happened, as Markdown.",
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "propertyNames": {"pattern": rf"^\s*(?:(?:{time})(?:\s+{several})?|{several})\s*$"},
            "additionalProperties": {"$ref": "#/$defs/text"},
            "examples": [
                {"18:03 started": "The deploy lands; the API starts to answer 500."},
                {"18:04 detected, acknowledged": "Alerts fire."},
                {"18:07": "We write to the customers who asked."},
            ],
        },
    }


def _one_of(names: Iterable[str]) -> Schema:
    """One of `names`, also where a reader of YAML makes a number or a truth value of it."""
    listed: list[Any] = []
    for name in names:
        listed.append(name)
        if re.fullmatch(r"[-+]?(?:0|[1-9]\d*)", name):
            listed.append(int(name))
        elif name in ("true", "false"):
            listed.append(name == "true")
    return {"enum": listed}
