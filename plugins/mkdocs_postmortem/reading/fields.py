"""The types of single values, shared by the front matter and the site's options.

Each takes the author's text and returns a typed value, or raises an error that says what to
write instead; closed lists come from the site's options through the validation context.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from mkdocs_postmortem import written_time
from mkdocs_postmortem.duration import parse_duration
from mkdocs_postmortem.readable_times import readable_day, readable_forms
from mkdocs_postmortem.slips import meant_name, same_name
from mkdocs_postmortem.zones import ZoneError, closest, zone

NAME = re.compile(r"[a-z][a-z0-9_]*")


def refuse(
    message: str,
    help: str | None = None,
    path: tuple[str, ...] = (),
    meant: str | None = None,
) -> PydanticCustomError:
    """The error of a value that a field does not take; `path` where it is deeper inside.

    `meant` is what was certainly meant, where that is certain.
    """
    # Braces would be read as places of a template.
    context = {"text": message, "help": help, "path": path, "meant": meant}
    return PydanticCustomError("value", "{text}", context)


def keys_of(model: type[BaseModel]) -> list[str]:
    """The names of the fields of `model` as authors write them."""
    return [info.alias or name for name, info in model.model_fields.items()]


def expected_shape(kind: str, model: type[BaseModel]) -> tuple[str, str] | None:
    """What is expected, and how it is written, where pydantic's error is of `kind`.

    `model` has the fields that are there where a mapping of fields is expected.
    """
    required = [
        info.alias or name for name, info in model.model_fields.items() if info.is_required()
    ]
    fields = ", ".join(f"`{key}: …`" for key in required or keys_of(model)[:1])
    a_list = ("a list", "write [one, two], or lines that begin with `- `")
    a_mapping = ("a mapping of fields", f"write its fields: {fields}")
    return {
        "string_type": ("text", "put it into quotes"),
        "tuple_type": a_list,
        "list_type": a_list,
        "dict_type": ("a mapping of names to values", "write `name: value` lines"),
        "model_type": a_mapping,
        "model_attributes_type": a_mapping,
    }.get(kind)


def expected_number(error: Any) -> tuple[str, str] | None:
    """What is wrong with a number, and what to write, where pydantic's `error` is about one."""
    kind, limits = str(error["type"]), error.get("ctx") or {}
    if kind.startswith(("int_", "float_")):
        what = "whole number" if kind.startswith("int_") else "number"
        return f"“{error['input']}” is no {what}", "write it in digits, such as 2"
    bounds = {
        "greater_than_equal": ("ge", "small", "{} or more"),
        "greater_than": ("gt", "small", "more than {}"),
        "less_than_equal": ("le", "large", "{} or less"),
    }
    if kind not in bounds:
        return None
    key, size, range = bounds[kind]
    return f"{error['input']} is too {size}", f"write {range.format(format(limits[key], 'g'))}"


def one_of(
    value: Any,
    known: Iterable[str],
    what: str,
    path: tuple[str, ...] = (),
    *,
    ours: bool = False,
) -> str:
    """`value` where it is one of `known`. Raises an error with the likely one.

    Where the names are `ours`, a slip of the pen is mended as well; a site's own may differ in
    a letter.
    """
    names = list(known)
    if isinstance(value, str):
        if value in names:
            return value
        words = value.replace(",", " ").split()
        if len(words) > 1 and all(word in names for word in words):
            listed = ", ".join(words)
            raise refuse(
                f"“{value}” is no {what}", f"write them with commas: {listed}", meant=listed
            )
        suggestion = closest(value, names)
        listed = ", ".join(names)
        help = f"did you mean {suggestion}?" if suggestion else f"known: {listed or 'none'}"
        meant = meant_name(value, names) if ours else same_name(value, names)
        raise refuse(f"“{value}” is no {what}", help, path, meant)
    raise refuse(f"a {what} is a word")


def _text(value: Any) -> Any:
    if isinstance(value, str):
        stripped = value.strip()
        if not stripped:
            raise refuse("this is empty", "write something, or leave the field out")
        return stripped
    return value


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    meant = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(str(value).lower())
    meant = meant or {"true": "true", "false": "false"}.get(str(value).lower())
    help = f"write {meant}" if meant else None
    raise refuse(f"“{value}” is neither true nor false", help, meant=meant)


def _day(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        return written_time.parse_day(str(value))
    except ValueError as error:
        known = re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value))
        help = "write the day as YYYY-MM-DD" + (f": {error}" if known else "")
        raise refuse(f"“{value}” is no day", help, meant=readable_day(str(value))) from None


def _length(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    try:
        return parse_duration(str(value))
    except (ValueError, OverflowError):
        raise refuse(f"“{value}” is no length of time", "write 90s, 5m, 1h 30m or 2d") from None


def _zone(value: Any) -> str:
    try:
        zone(str(value))
    except ZoneError as error:
        # A zone is only spelt out beside a clock.
        forms = readable_forms(f"00:00 {value}")
        meant = forms[0].partition(" ")[2] if len(forms) == 1 else None
        raise refuse(error.message, error.help, meant=meant) from None
    return str(value)


def _link(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(r"(?:https?://|mailto:)[^\s<>\"]+", value):
        return value
    raise refuse(f"“{value}” is no link", "write a full address that begins with https://")


def _name(value: Any) -> str:
    if isinstance(value, str) and NAME.fullmatch(value):
        return value
    raise refuse(f"“{value}” is no name", "use lower-case letters, digits and _")


def _from_context(option: str, what: str) -> BeforeValidator:
    def validate(value: Any, info: ValidationInfo) -> Any:
        options = (info.context or {}).get("options")
        known = None if options is None else getattr(options, option)
        if known is None:
            return _text(value)
        ours = option not in ("severity_names", "components")
        return one_of(value, known, what, ours=ours)

    return BeforeValidator(validate)


def listed(value: Any) -> Any:
    """One value or a list of them, as a list."""
    return [value] if isinstance(value, str | dict) else value


class _OneOrMany:
    """The annotation of a tuple that may also be written as one value."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(listed, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        many = handler(schema)
        return {"anyOf": [many["items"], many]}


# Stands in a JSON Schema of the models for a type that `schema` defines, by the site's options.
DEFINED = "x-defined"


def _defined(name: str) -> WithJsonSchema:
    return WithJsonSchema({DEFINED: name})


Text = Annotated[str, BeforeValidator(_text), _defined("text")]
Flag = Annotated[bool, BeforeValidator(_flag), _defined("flag")]
Day = Annotated[date, BeforeValidator(_day), _defined("day")]
Length = Annotated[timedelta, BeforeValidator(_length), _defined("length")]
ZoneName = Annotated[str, BeforeValidator(_zone), _defined("zone")]
Link = Annotated[str, BeforeValidator(_link), _defined("link")]
Name = Annotated[str, BeforeValidator(_name)]
Time = Annotated[Text, _defined("time")]
# A milestone, or a time: where a window of impact begins or ends.
Anchor = Annotated[Text, _defined("anchor")]
SeverityName = Annotated[
    str, _from_context("severity_names", "severity of this site"), _defined("severity")
]
ComponentName = Annotated[
    str, _from_context("components", "component of this site"), _defined("component")
]
MilestoneName = Annotated[str, _from_context("milestone_names", "milestone"), _defined("milestone")]
MeasureName = Annotated[
    str, _from_context("measure_names", "response time"), _defined("response_time")
]
ClaimName = Annotated[
    str, _from_context("claim_names", "response time or milestone"), _defined("claim")
]
OneOrMany = _OneOrMany()
