"""What every page of a site depends on besides its own source: one digest, or why there is none.

That are the versions of everything installed, the configuration, the plugins that take part, the
theme with the site's own templates, and the day. What cannot be told apart reliably, such as a
hook that may do anything, makes it unknowable.
"""

from __future__ import annotations

import inspect
import json
import logging
import os
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import Enum
from functools import partial
from hashlib import blake2b
from pathlib import Path, PurePath
from typing import Any

from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig

from mkdocs_postmortem.cache import state_of_files, version_stamp
from mkdocs_postmortem.mkdocs_pages import HARMLESS_EXTENSIONS, bundled
from mkdocs_postmortem.mkdocs_search import is_search
from mkdocs_postmortem.mkdocs_showing import (
    LOOKED_OVER,
    shows_contents,
    shows_other_pages,
    shows_the_site,
)

# Where a site is written and served from changes no page; plugins and theme are looked at apart,
# and how a page is included counts for that page.
_NO_MATTER = (
    "plugins theme hooks site_dir dev_addr watch strict exclude_docs draft_docs not_in_nav".split()
)
# Events after which a page may depend on anything, and be anything.
_DECIDING = (
    "env pre_page page_read_source page_markdown page_content page_context pre_template"
    " template_context post_template post_page post_build"
).split()
# Whose functions, named in a configuration, depend on nothing but what they are given.
_HARMLESS_CODE = ("markdown", "material", "mkdocs", "pymdownx")


class UnknowableError(Exception):
    """Why nobody can say what the pages of a site depend on."""


def digest(*parts: str | bytes) -> str:
    """One short text for all `parts`, another one for any others."""
    made = blake2b(digest_size=16)
    for part in parts:
        data = part.encode(errors="surrogatepass") if isinstance(part, str) else part
        made.update(b"%d:" % len(data) + data)
    return made.hexdigest()


def fingerprint(config: MkDocsConfig, own: Mapping[str, Any], more: Iterable[str]) -> str:
    """The digest of what all pages of the site of `config` depend on, but its settings.

    `own` are this plugin's options as written, `more` what else counts. Raises `UnknowableError`.
    """
    parts = [version_stamp(), str(logging.getLogger("mkdocs").getEffectiveLevel()), *more]
    parts.append(_text(dict(own), "the options"))
    parts += _plugins(config)
    parts += _theme(config)
    parts += _icons(config)
    _look_over_extra_templates(config)
    return digest(*parts)


def settings(config: MkDocsConfig) -> str:
    """The settings of a site, which plugins may change until its pages are made.

    Raises `UnknowableError`.
    """
    counting = {key: value for key, value in config.items() if key not in _NO_MATTER}
    theme = {key: config.theme[key] for key in config.theme}
    return digest(_text(counting, "the configuration"), _text(theme, "the options of the theme"))


def runs_only_harmless_extensions(config: MkDocsConfig) -> bool:
    """Whether Markdown alone decides what becomes of it: no extension reads another file."""
    return all(
        part in HARMLESS_EXTENSIONS
        for listed in config.markdown_extensions
        if isinstance(listed, str)
        for part in bundled(listed)
    )


def _plugins(config: MkDocsConfig) -> Iterator[str]:
    if config.hooks:
        raise UnknowableError("the configuration has hooks")
    known = set()
    for name, plugin in config.plugins.items():
        kind = type(plugin)
        if kind.__module__.startswith("mkdocs_postmortem.") or is_search(plugin):
            known.add(id(plugin))
        yield f"{name} {kind.__module__}.{kind.__qualname__}"
        yield _text(plugin.config, f"the options of the plugin {name}")
    deciding = [method for event in _DECIDING for method in config.plugins.events[event]]
    # What happens to the navigation after ours is called.
    deciding += config.plugins.events["nav"][-1:]
    for method in deciding:
        owner = getattr(method, "__self__", None)
        if id(owner) not in known:
            name = next((n for n, p in config.plugins.items() if p is owner), "another plugin")
            raise UnknowableError(f"the plugin {name} takes part in making pages")


def _theme(config: MkDocsConfig) -> Iterator[str]:
    theme = config.theme
    yield str(theme.name)
    installed = {Path(sysconfig.get_path(kind)).resolve() for kind in ("purelib", "platlib")}
    ours = Path(__file__).parent.parent.resolve()
    for name in theme.dirs:
        folder = Path(name).resolve()
        yield str(folder)
        own = folder.parent == ours or folder.name == "mkdocs_postmortem_theme"
        if any(folder.is_relative_to(place) for place in installed):
            yield state_of_files(folder, without=".icons")
            if folder.parts[-2:-1] not in (("material",), ("themes",), ("search",)) and not own:
                _look_over(folder, theme.static_templates)
        else:
            yield from _contents(folder)
            if not own:
                _look_over(folder, theme.static_templates)


def _icons(config: MkDocsConfig) -> Iterator[str]:
    """What is in the folders of icons that Markdown extensions put into pages."""
    for own in config.mdx_configs.values():
        options = own.get("options") if isinstance(own, Mapping) else None
        named = options.get("custom_icons") if isinstance(options, Mapping) else None
        for name in named or ():
            yield from _contents(Path(name).resolve())


def _contents(folder: Path) -> Iterator[str]:
    for file in _files_in(folder):
        yield file.relative_to(folder).as_posix()
        yield digest(file.read_bytes())


def _files_in(folder: Path) -> Iterator[Path]:
    """The files below `folder` in their order, also those of folders that links lead to."""
    seen = set()
    for parent, folders, names in os.walk(folder, followlinks=True):
        folders.sort()
        place = Path(parent).resolve()
        if place in seen:
            folders.clear()
            continue
        seen.add(place)
        yield from filter(Path.is_file, (Path(parent, name) for name in sorted(names)))


def _look_over(folder: Path, static: Iterable[str]) -> None:
    """Raise where a template in `folder` shows on one page what other pages hold.

    `static` are the templates that are made at every build, when nobody has asked what known
    pages hold.
    """
    pages = [name for name in static if not name.endswith(".html")]
    for name in filter(lambda name: (folder / name).is_file(), pages):
        if shows_contents(_template(folder / name)):
            raise UnknowableError(f"the template {name} shows what other pages hold")
    looked_over = {file for file in _files_in(folder) if file.name.endswith(LOOKED_OVER)}
    # Most pictures are no templates.
    waiting = sorted(file for file in looked_over if "{" in _template(file))
    while waiting:
        file = waiting.pop()
        shown = shows_other_pages(_template(file))
        if shown is None:
            raise UnknowableError(f"the template {file.name} shows what other pages hold")
        included = {folder / name for name in shown if (folder / name).is_file()}
        waiting += included - looked_over
        looked_over |= included


def _look_over_extra_templates(config: MkDocsConfig) -> None:
    for name in config.extra_templates:
        file = Path(config.docs_dir, name)
        if file.is_file() and shows_the_site(_template(file)):
            raise UnknowableError(f"the template {name} shows what other pages hold")


def _template(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def _text(value: Any, what: str) -> str:
    try:
        return json.dumps(plain(value), sort_keys=True)
    except (TypeError, ValueError) as error:
        raise UnknowableError(f"{what} cannot be compared: {error}") from None


def plain(value: Any) -> Any:
    """`value` as JSON can say it, equal only for what is equal. Raises `TypeError`."""
    try:
        return _plain(value)
    except RecursionError:
        raise TypeError("it is without end") from None


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, Config):
        return _plain(dict(value))
    if isinstance(value, Mapping):
        # Also what stands in a list of pairs, since keys need not be texts.
        return {"map": [[_plain(key), _plain(item)] for key, item in value.items()]}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return {"set": sorted(json.dumps(_plain(item), sort_keys=True) for item in value)}
    if isinstance(value, date | PurePath | Enum) or type(value).__qualname__ == "Locale":
        return {type(value).__qualname__: str(value)}
    if isinstance(value, partial):
        return {"partial": [_plain(value.func), _plain(value.args), _plain(value.keywords)]}
    if isinstance(value, os.PathLike) and type(value).__module__.startswith("mkdocs."):
        # A place as `!relative` names it; below what, the rest of the configuration says.
        return {type(value).__qualname__: getattr(value, "suffix", "")}
    if inspect.isfunction(value) or inspect.isclass(value):
        return {"code": [f"{value.__module__}.{value.__qualname__}", _origin(value)]}
    state = getattr(value, "__dict__", None)
    if state is not None and type(value).__module__.startswith("mkdocs."):
        return {type(value).__qualname__: _plain(state)}
    raise TypeError(f"{type(value).__module__}.{type(value).__qualname__}")


def _origin(code: Any) -> str:
    """What changes when the source of a function does. Raises `TypeError` where that is not all."""
    if "<" in code.__qualname__ or code.__module__.partition(".")[0] not in _HARMLESS_CODE:
        raise TypeError(f"{code.__module__}.{code.__qualname__}")
    file = Path(inspect.getfile(code))
    return digest(file.read_bytes())
