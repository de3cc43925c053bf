"""mkdocs-postmortem: the timeline is data, and everything a reader sees is derived from it.

What stands here is the public interface of the package; it changes only with the version's first
number. Everything else may change with any version. ::

    from pathlib import Path
    from mkdocs_postmortem import Audience, for_audience, load_options, read_incident

    options, errors = load_options({"timezone": "Europe/Berlin"})
    reading = read_incident(Path("incidents"), "2024-02-20-api-errors.md", options)
    for diagnostic in reading.diagnostics:
        print(diagnostic.headline)
    if reading.incident is not None:
        public = for_audience(reading.incident, Audience.PUBLIC)

Names are imported when they are asked for, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs_postmortem.audience import for_audience
    from mkdocs_postmortem.computed import as_json
    from mkdocs_postmortem.diagnostics import ConfigError, Diagnostic, Place, Severity
    from mkdocs_postmortem.incident import Incident
    from mkdocs_postmortem.incident_file import read_incident, read_incident_text
    from mkdocs_postmortem.options import Audience, OptionError, Options, load_options
    from mkdocs_postmortem.reading.reader import Reading
    from mkdocs_postmortem.site_config import SiteConfig, load_site

__version__ = "0.1.0"

__all__ = [
    "Audience",
    "ConfigError",
    "Diagnostic",
    "Incident",
    "OptionError",
    "Options",
    "Place",
    "Reading",
    "Severity",
    "SiteConfig",
    "__version__",
    "as_json",
    "for_audience",
    "load_options",
    "load_site",
    "read_incident",
    "read_incident_text",
]

_MODULES = {
    "audience": ("for_audience",),
    "computed": ("as_json",),
    "diagnostics": ("ConfigError", "Diagnostic", "Place", "Severity"),
    "incident": ("Incident",),
    "incident_file": ("read_incident", "read_incident_text"),
    "options": ("Audience", "OptionError", "Options", "load_options"),
    "reading.reader": ("Reading",),
    "site_config": ("SiteConfig", "load_site"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
