"""The plugin's options as `mkdocs.yml` has them, read without MkDocs.

The command line gets exactly what the plugin gets: the list and the mapping form of `plugins`,
`!ENV`, `INHERIT`; tags that only MkDocs' extensions understand are left empty.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from yaml_env_tag import add_env_tag  # type: ignore[import-untyped]

from mkdocs_postmortem.diagnostics import ConfigError, Diagnostic, Place
from mkdocs_postmortem.files_on_disk import TEMPLATE_NAME, find_config, pages_in, read_bytes
from mkdocs_postmortem.options import OptionError, Options, load_options
from mkdocs_postmortem.rules.site import invalid_option

PLUGIN_NAME = "postmortem"
ReadText = Callable[[Path], str]


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """Where the incidents are and which options count. ``path`` is ``None`` without a config.

    ``docs_dir`` is the folder of the other pages, ``site_url`` the address where the site stands.
    ``lists_plugin`` says whether a build of the site has the plugin.
    """

    path: Path | None
    incidents: Path
    options: Options
    docs_dir: Path | None = None
    use_directory_urls: bool = True
    site_url: str = ""
    lists_plugin: bool = True
    site_name: str = ""
    description: str = ""
    theme: str = "mkdocs"
    theme_features: tuple[str, ...] = ()
    # Where templates of the site's own lie, which come before ours.
    template_dirs: tuple[str, ...] = ()


class _Loader(yaml.SafeLoader):
    """Reads a trusted config; an unknown tag is an empty value."""


_Loader.add_multi_constructor("", lambda loader, suffix, node: None)
add_env_tag(_Loader)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig")


def _template(folder: Path) -> bytes:
    return read_bytes(folder, TEMPLATE_NAME)


def load_site(
    config_file: Path | None,
    start: Path,
    text: ReadText = _text,
    pages: Callable[[Path], int] = pages_in,
    template: Callable[[Path], bytes] = _template,
) -> SiteConfig:
    """The site of `config_file`, else of the nearest one above `start`, else the defaults.

    Everything is read through `text`, `pages` and `template`. Raises `ConfigError` with the
    place of everything that is wrong.
    """
    path = config_file or find_config(start)
    if path is None:
        options = Options()
        site = SiteConfig(None, incidents_folder(start, None, options, pages), options)
    else:
        site = site_of(path, text, pages)
    try:
        data = template(site.incidents)
    except OSError:
        # `postmortem new` says what is wrong with it; what exists is checked without.
        return site
    from mkdocs_postmortem.incident_template import with_template

    options = with_template(site.options, site.incidents, lambda folder: data)
    return replace(site, options=options)


def site_of(
    path: Path,
    text: ReadText = _text,
    pages: Callable[[Path], int] = pages_in,
    as_of: str | None = None,
) -> SiteConfig:
    """The site of the config at `path`, read through `text` and `pages`.

    `as_of`, where it is given, replaces the option. Raises `ConfigError`.
    """
    config = _read(path, text)
    written = _plugin_options(config.get("plugins"))
    raw = dict(written or {})
    if as_of is not None:
        raw["as_of"] = as_of
    options, errors = load_options(raw)
    if options is None:
        raise ConfigError(option_diagnostics(errors, path, text))
    docs_dir = path.parent / str(config.get("docs_dir") or "docs")
    folder = incidents_folder(path.parent, docs_dir, options, pages)
    given = config.get("theme")
    theme = given if isinstance(given, dict) else {"name": given}
    own = theme.get("custom_dir")
    return SiteConfig(
        path,
        folder,
        options,
        docs_dir,
        use_directory_urls=config.get("use_directory_urls") is not False,
        site_url=str(config.get("site_url") or ""),
        site_name=str(config.get("site_name") or ""),
        description=str(config.get("site_description") or ""),
        theme=str(theme.get("name") or "mkdocs"),
        theme_features=tuple(map(str, theme.get("features") or ())),
        lists_plugin=written is not None,
        template_dirs=(str(path.parent / str(own)),) if own else (),
    )


def incidents_folder(
    base: Path,
    docs_dir: Path | None,
    options: Options,
    pages: Callable[[Path], int] = pages_in,
) -> Path:
    """The folder of the incidents: inside the docs, beside them, or the docs themselves.

    An empty one counts only where there is no other: git keeps none, so it may be anywhere.
    """
    beside = base / options.incidents_dir
    if docs_dir is None:
        return beside
    inside = docs_dir / options.incidents_dir
    found = pages(inside)
    return inside if found == 2 or (found and pages(beside) < 2) else beside


def option_diagnostics(
    errors: list[OptionError], path: Path, text: ReadText = _text
) -> list[Diagnostic]:
    """`errors` with their places in the config at `path`, or in the one it inherits from."""
    found = []
    for error in errors:
        file, place = _place(path, error.path, text)
        finding = invalid_option(
            place, f"{error.key or 'the options'}: {error.message}", error.help
        )
        found.append(finding.diagnostic(str(file)))
    return found


def _read(path: Path, text: ReadText, seen: frozenset[Path] = frozenset()) -> dict[str, Any]:
    """The config at `path` over what it inherits, as MkDocs merges them."""
    try:
        config = yaml.load(text(path), Loader=_Loader)  # noqa: S506
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
    parent_path = _inherited(path, parent)
    try:
        if parent_path in seen:
            raise OSError
        text(parent_path)
    except (OSError, UnicodeDecodeError):
        reason = f"INHERIT: {parent} cannot be read"
        raise ConfigError([_config_diagnostic(path, Place(), reason)]) from None
    merged: dict[str, Any] = _merged(_read(parent_path, text, seen | {parent_path}), config)
    return merged


def _inherited(path: Path, parent: object) -> Path:
    """The config that the one at `path` inherits from, found as MkDocs finds it."""
    return Path(os.path.normpath(path.parent / str(parent)))


def _config_diagnostic(path: Path, place: Place, reason: str) -> Diagnostic:
    return invalid_option(place, reason).diagnostic(str(path))


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


def _place(path: Path, option: tuple[str | int, ...], text: ReadText) -> tuple[Path, Place]:
    """The file and the place of an option, as near to it as the file says."""
    try:
        root = yaml.compose(text(path), Loader=_Loader)
    except (OSError, yaml.YAMLError):
        return path, Place()
    node = _find_plugin(root)
    if node is None:
        parent = _child(root, "INHERIT")
        if parent is not None and isinstance(parent[1], yaml.ScalarNode):
            return _place(_inherited(path, parent[1].value), option, text)
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
