"""The environment of all templates: autoescaping, strict about names, the site's own ones first."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mkdocs_postmortem import computed


@lru_cache(maxsize=8)
def environment(template_dirs: tuple[str, ...]) -> Environment:
    """The environment that looks into `template_dirs`, then into the theme of this package."""
    own = str(resources.files("mkdocs_postmortem_theme"))
    made = Environment(
        loader=FileSystemLoader([*template_dirs, own]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters["iso"] = computed.day_or_instant
    return made
