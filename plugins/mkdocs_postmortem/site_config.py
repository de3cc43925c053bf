"""The plugin's options as `mkdocs.yml` has them, read without MkDocs.

The command line gets exactly what the plugin gets: the list and the mapping form of `plugins`,
`!ENV`, `INHERIT`; tags that only MkDocs' extensions understand are left empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml_env_tag import add_env_tag  # type: ignore[import-untyped]

from mkdocs_postmortem.diagnostics import Diagnostic, Place, Severity
from mkdocs_postmortem.options import OptionError, Options, load_options

CONFIG_NAMES = ("mkdocs.yml", "mkdocs.yaml")
PLUGIN_NAME = "postmortem"


class ConfigError(ValueError):
    """A `mkdocs.yml` that cannot be read, or whose options for the plugin are wrong."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__("\n".join(diagnostic.headline for diagnostic in diagnostics))
        self.diagnostics = diagnostics


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """Where the incidents are and which options count. ``path`` is ``None`` without a config.

    ``docs`` is the folder of the other pages, ``site_url`` the address where the site stands.
    """

    path: Path | None
    incidents: Path
    options: Options
    docs: Path | None = None
    site_url: str = ""


class _Loader(yaml.SafeLoader):
    """Reads a trusted config; an unknown tag is an empty value."""


_Loader.add_multi_constructor("", lambda loader, suffix, node: None)
add_env_tag(_Loader)


def find_config(start: Path) -> Path | None:
    """The nearest `mkdocs.yml` in `start` or a folder above it."""
    start = start.resolve()
    folder = start if start.is_dir() else start.parent
    for candidate in (folder, *folder.parents):
        for name in CONFIG_NAMES:
            if (candidate / name).is_file():
                return candidate / name
    return None


def load_site(config_file: Path | None, start: Path) -> SiteConfig:
    """The site of `config_file`, else of the nearest one above `start`, else the defaults.

    Raises `ConfigError` with the place of everything that is wrong.
    """
    path = config_file or find_config(start)
    if path is None:
        options = Options()
        return SiteConfig(None, incidents_folder(start, None, options), options)
    config = _read(path)
    raw = _plugin_options(config.get("plugins"))
    options_or_none, errors = load_options(raw or {})
    if options_or_none is None:
        raise ConfigError(option_diagnostics(errors, path))
    docs_dir = path.parent / str(config.get("docs_dir") or "docs")
    return SiteConfig(
        path,
        incidents_folder(path.parent, docs_dir, options_or_none),
        options_or_none,
        docs_dir,
        str(config.get("site_url") or ""),
    )


def incidents_folder(base: Path, docs_dir: Path | None, options: Options) -> Path:
    """The folder of the incidents: inside the docs, beside them, or the docs themselves."""
    if docs_dir is not None:
        inside = docs_dir / options.incidents_dir
        if inside.is_dir():
            return inside
    return base / options.incidents_dir


def option_diagnostics(errors: list[OptionError], path: Path) -> list[Diagnostic]:
    """`errors` with their places in the config at `path`, or in the one it inherits from."""
    found = []
    for error in errors:
        file, place = _place(path, error.path)
        found.append(
            Diagnostic(
                str(file),
                place,
                "PM800",
                "invalid-option",
                Severity.ERROR,
                f"{error.key or 'the options'}: {error.message}",
                error.help,
            )
        )
    return found


def _read(path: Path, seen: frozenset[Path] = frozenset()) -> dict[str, Any]:
    """The config at `path` over what it inherits, as MkDocs merges them."""
    try:
        config = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_Loader)  # noqa: S506
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        place = Place.at(mark.line + 1, mark.column + 1) if mark else Place()
        reason = str(getattr(error, "problem", None) or error)
        raise ConfigError([_config_diagnostic(path, place, reason)]) from None
    if not isinstance(config, dict):
        raise ConfigError([_config_diagnostic(path, Place(), "this is no configuration")])
    parent = config.pop("INHERIT", None)
    if parent is None:
        return dict(config)
    parent_path = (path.parent / str(parent)).resolve()
    if parent_path in seen or not parent_path.is_file():
        reason = f"INHERIT: {parent} cannot be read"
        raise ConfigError([_config_diagnostic(path, Place(), reason)])
    merged: dict[str, Any] = _merged(_read(parent_path, seen | {path.resolve()}), config)
    return merged


def _config_diagnostic(path: Path, place: Place, reason: str) -> Diagnostic:
    return Diagnostic(str(path), place, "PM800", "invalid-option", Severity.ERROR, reason, None)


def _merged(parent: Any, child: Any) -> Any:
    if isinstance(parent, dict) and isinstance(child, dict):
        result = dict(parent)
        for key, value in child.items():
            result[key] = _merged(parent[key], value) if key in parent else value
        return result
    return child


def _plugin_options(plugins: Any) -> Mapping[str, Any] | None:
    for name, options in _plugins(plugins):
        if name == PLUGIN_NAME:
            return options if isinstance(options, dict) else {}
    return None


def _plugins(plugins: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(plugins, dict):
        yield from plugins.items()
    elif isinstance(plugins, list):
        for entry in plugins:
            if isinstance(entry, dict):
                yield from entry.items()
            else:
                yield str(entry), None


def _place(path: Path, option: tuple[str | int, ...]) -> tuple[Path, Place]:
    """The file and the place of an option, as near to it as the file says."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=_Loader)
    except (OSError, yaml.YAMLError):
        return path, Place()
    node = _find_plugin(root)
    if node is None:
        parent = _child(root, "INHERIT")
        if parent is not None and isinstance(parent[1], yaml.ScalarNode):
            return _place((path.parent / parent[1].value).resolve(), option)
        return path, Place()
    key, value = node
    for part in option:
        inner = _child(value, part) if value is not None else None
        if inner is None:
            break
        key, value = inner
    mark, end = key.start_mark, key.end_mark
    return path, Place(mark.line + 1, mark.column + 1, end.line + 1, end.column + 1)


def _find_plugin(root: Any) -> tuple[Any, Any] | None:
    plugins = _child(root, "plugins")
    if plugins is None:
        return None
    listing = plugins[1]
    if isinstance(listing, yaml.MappingNode):
        return _child(listing, PLUGIN_NAME)
    for item in getattr(listing, "value", ()):
        if isinstance(item, yaml.ScalarNode) and item.value == PLUGIN_NAME:
            return item, None
        if found := _child(item, PLUGIN_NAME):
            return found
    return None


def _child(node: Any, key: str | int) -> tuple[Any, Any] | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return name, value
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key], node.value[key]
    return None
