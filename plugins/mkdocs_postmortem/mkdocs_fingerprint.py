"""What every page of a site depends on besides its own source: one digest, or why there is none.

That are the versions of everything installed, the configuration, the plugins that take part, the
theme with the site's own templates, and the day. What cannot be told apart reliably, such as a
hook that may do anything, makes it unknowable.
"""

from __future__ import annotations

import inspect
import json
import logging
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import Enum
from functools import partial
from hashlib import blake2b
from pathlib import Path, PurePath
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig

from mkdocs_postmortem.cache import state_of_files, version_stamp
from mkdocs_postmortem.mkdocs_pages import HARMLESS_EXTENSIONS, bundled
from mkdocs_postmortem.mkdocs_search import is_search

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
# What a page may say of the one before and the one after it without holding all of it.
_OF_A_NEIGHBOUR = ("title", "url", "abs_url", "canonical_url", "is_homepage", "is_page")


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
    """The digest of what all pages of the site of `config` depend on.

    `own` are this plugin's options as written, `more` what else counts. Raises `UnknowableError`.
    """
    parts = [version_stamp(), str(logging.getLogger("mkdocs").getEffectiveLevel()), *more]
    settings = {key: value for key, value in config.items() if key not in _NO_MATTER}
    parts.append(_text(settings, "the configuration"))
    parts.append(_text(dict(own), "the options"))
    parts += _plugins(config)
    parts += _theme(config)
    return digest(*parts)


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
    for event in _DECIDING:
        for method in config.plugins.events[event]:
            owner = getattr(method, "__self__", None)
            if id(owner) not in known:
                name = next((n for n, p in config.plugins.items() if p is owner), "another plugin")
                raise UnknowableError(f"the plugin {name} takes part in making pages")


def _theme(config: MkDocsConfig) -> Iterator[str]:
    theme = config.theme
    yield str(theme.name)
    yield _text({key: theme[key] for key in theme}, "the options of the theme")
    installed = {Path(sysconfig.get_path(kind)).resolve() for kind in ("purelib", "platlib")}
    ours = Path(__file__).parent.parent.resolve()
    for name in theme.dirs:
        folder = Path(name).resolve()
        yield str(folder)
        own = folder.parent == ours or folder.name == "mkdocs_postmortem_theme"
        if any(folder.is_relative_to(place) for place in installed):
            yield state_of_files(folder, without=".icons")
            if folder.parts[-2:-1] not in (("material",), ("themes",), ("search",)) and not own:
                _look_over(folder)
        else:
            for file in sorted(path for path in folder.rglob("*") if path.is_file()):
                yield file.relative_to(folder).as_posix()
                yield digest(file.read_bytes())
            if not own:
                _look_over(folder)


def _look_over(folder: Path) -> None:
    """Raise where a template in `folder` shows on one page what other pages hold."""
    for file in folder.rglob("*.html"):
        text = file.read_text(encoding="utf-8", errors="replace")
        if not any(word in text for word in ("pages", "previous_page", "next_page", "attr(")):
            continue
        try:
            tree = Environment(autoescape=True).parse(text)
        except TemplateSyntaxError as error:
            # Tags of an extension, or a mistake that the build is going to report.
            raise UnknowableError(f"the template {file.name} cannot be read") from error
        if _asks_of_others(tree):
            raise UnknowableError(f"the template {file.name} shows what other pages hold")


def _asks_of_others(tree: nodes.Template) -> bool:
    if any(name.name == "pages" for name in tree.find_all(nodes.Name)):
        return True
    if any(used.name in ("attr", "map") for used in tree.find_all(nodes.Filter)):
        return True
    for part in tree.find_all(nodes.Getattr):
        below = part.node
        neighbour = isinstance(below, nodes.Getattr) and below.attr in (
            "previous_page",
            "next_page",
        )
        if part.attr == "pages" or (neighbour and part.attr not in _OF_A_NEIGHBOUR):
            return True
    return False


def _text(value: Any, what: str) -> str:
    try:
        return json.dumps(_plain(value), sort_keys=True)
    except (TypeError, ValueError) as error:
        raise UnknowableError(f"{what} cannot be compared: {error}") from None


def plain(value: Any) -> Any:
    """`value` as JSON can say it, equal only for what is equal. Raises `TypeError`."""
    return _plain(value)


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
    if inspect.isfunction(value) or inspect.isclass(value):
        return {"code": [f"{value.__module__}.{value.__qualname__}", _origin(value)]}
    state = getattr(value, "__dict__", None)
    if state is not None and type(value).__module__.startswith("mkdocs."):
        return {type(value).__qualname__: _plain(state)}
    raise TypeError(f"{type(value).__module__}.{type(value).__qualname__}")


def _origin(code: Any) -> str:
    """What changes when the source of a function does."""
    if "<" in code.__qualname__:
        raise TypeError(code.__qualname__)
    file = Path(inspect.getfile(code))
    return digest(file.read_bytes())
