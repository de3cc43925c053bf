"""The non-public strings of the sources, found without the code that leaves them out of a build.

This module reads the files' YAML and text for itself: it shares neither the projection for an
audience nor the code that cuts internal blocks out, so that a mistake there is found here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import file_digest
from importlib import resources
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from mkdocs_postmortem.files_on_disk import (
    MARKDOWN_ENDINGS,
    incident_paths,
    is_incident_name,
    read_bytes,
    real_path,
)
from mkdocs_postmortem.options import DEFAULT_SECTIONS, DEFAULT_SEVERITIES, Audience
from mkdocs_postmortem.reading.source import Source, read_source
from mkdocs_postmortem.reading.yaml_nodes import Mapping, Node, Scalar, Sequence, compose
from mkdocs_postmortem.safety.assets import asset_files
from mkdocs_postmortem.safety.canonical import Decoded, code, decoded, without_tags
from mkdocs_postmortem.safety.search import Search
from mkdocs_postmortem.site_config import SiteConfig


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a non-public string stands in the sources, and why it is not public."""

    path: str
    line: int
    why: str


@dataclass(slots=True)
class NonPublic:
    """What must not be found in the site: strings, and whole files by their SHA-256."""

    search: Search = field(default_factory=Search)
    files: dict[bytes, Origin] = field(default_factory=dict)
    origins: list[Origin] = field(default_factory=list)
    sources: int = 0


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of a source: its text, its line, and why it is not public, if it is not.

    ``is_whole`` says that it is a value of its own; ``is_name`` that even one word tells.
    """

    text: str
    line: int
    why: str | None
    is_whole: bool = False
    is_name: bool = False


def non_public(config: SiteConfig, audience: Audience) -> NonPublic:
    """What `audience` must not find in a site that is built from these sources."""
    result = NonPublic()
    public: list[str] = list(_words_of_the_product())
    if config.path is not None:
        public.append(config.path.read_text(encoding="utf-8", errors="replace"))
    root = config.incidents
    paths = incident_paths(root) if root.is_dir() else []
    sources = {path: _source(root, path) for path in paths}
    trees = {path: _tree(source) for path, source in sources.items()}
    visible = {path: _is_visible(path, sources[path], trees[path], audience) for path in paths}
    withheld = frozenset(PurePosixPath(path).stem for path, seen in visible.items() if not seen)
    shown_as = {
        path: (root / path).as_posix() if not root.is_absolute() else _relative(root / path)
        for path in paths
    }
    public_files: set[bytes] = set()
    for path in paths:
        result.sources += 1
        shown = shown_as[path]
        hidden_parts: list[_Part] = []
        public_parts: list[_Part] = []
        parts = _parts(
            path, sources[path], trees[path], audience, withheld, is_visible=visible[path]
        )
        for part in parts:
            (hidden_parts if part.why else public_parts).append(part)
        for part in hidden_parts:
            _add(result, part, shown)
        public += [part.text for part in public_parts]
        _add_files(
            result, root, path, shown, hidden_parts, public_parts, visible[path], public_files
        )
    for page in _other_pages(config):
        public.append(page.read_text(encoding="utf-8", errors="replace"))
    for digest in public_files:
        result.files.pop(digest, None)
    result.search.remove_found({view for text in public for view in _views(text)})
    public_names = [PurePosixPath(path).stem for path in paths if visible[path]]
    for path, tree in trees.items():
        if visible[path] and tree is not None and (aliases := tree.get("aliases")) is not None:
            public_names += (alias.text for alias in _scalars(aliases))
    _add_names(result, [shown_as[path] for path in paths if not visible[path]], public_names)
    result.search.prepare()
    return result


def _add_names(result: NonPublic, hidden: list[str], shown: list[str]) -> None:
    """The ids of `hidden` incidents, even where public text names them: not what is `shown`."""
    names = Search()
    for number, path in enumerate(hidden, len(result.origins)):
        result.origins.append(Origin(path, 1, "the id of an incident that is not shown"))
        if is_incident_name(PurePosixPath(path).name):
            names.add_token(Decoded(PurePosixPath(path).stem).folded().text, number)
    names.remove_found(Decoded(name).folded().text for name in shown)
    for name, number in names.tokens.items():
        result.search.add_token(name, number)


def _relative(path: Path) -> str:
    try:
        return Path(os.path.relpath(path)).as_posix()
    except ValueError:
        return path.as_posix()


def _words_of_the_product() -> Iterator[str]:
    """What every site says, whatever its incidents are: our templates, labels and headings."""
    yield from DEFAULT_SECTIONS
    for level in DEFAULT_SEVERITIES:
        yield f"{level.name} {level.meaning}"
    theme = Path(str(resources.files("mkdocs_postmortem_theme")))
    package = Path(str(resources.files("mkdocs_postmortem")))
    files = [*theme.rglob("*.html"), *theme.rglob("*.js"), package / "wording.py"]
    # These say what the published schema of an incident says.
    files += [package / "schema.py", package / "reading" / "front_matter.py"]
    files += sorted((package / "render").glob("*.py"))
    for file in files:
        yield file.read_text(encoding="utf-8")


def _views(text: str) -> set[str]:
    """The text as it stands, and as a reader sees it: without addresses of links and marks."""
    if not _WRITTEN_IN_CODE.search(text):
        return {text.casefold()}
    plain = decoded(Decoded(text))
    read = without_tags(plain).replace(_LINK_TARGET).replace(_MARK)
    return {plain.folded().text, read.folded().text}


_LINK_TARGET = code(r"\]\([^()\s]*(?:[ \t]+\"[^\"\n]*\")?\)", "]")
_MARK = code(r"[*`~]+|(?<![^\W_])_+|_+(?![^\W_])", "")
# Where none of these is, all of that changes nothing but capitals.
_WRITTEN_IN_CODE = re.compile(r"[\\&%<\]*`~_]|[^\x00-\x7f]")


def _add(result: NonPublic, part: _Part, path: str) -> None:
    for block, line in _blocks(part):
        number = len(result.origins)
        result.origins.append(Origin(path, line, part.why or ""))
        for view in _views(block):
            result.search.add(view, number, is_whole=part.is_whole)
            if part.is_name:
                name = " ".join(view.split())
                if len(name) >= 4 and " " not in name and ("-" in name or "_" in name):
                    result.search.add_token(name, number)


_BLOCK_END = re.compile(r"[ \t>]*(?:[-+*]|\d{1,9}[.)]|\||#{1,6})[ \t]|[ \t>]*(?:`{3}|~{3}|<!--)")


def _blocks(part: _Part) -> Iterator[tuple[str, int]]:
    """The paragraphs, headings, items and rows of a text, over whose ends no run goes.

    Words that stand in two headings, one below the other, follow each other on every page.
    """
    if part.is_whole:
        yield part.text, part.line
        return
    gathered: list[str] = []
    first = part.line
    for number, line in enumerate(part.text.split("\n"), part.line):
        is_heading = line.lstrip().startswith("#")
        if gathered and (not line.strip() or is_heading or _BLOCK_END.match(line)):
            yield "\n".join(gathered), first
            gathered = []
        if line.strip():
            if not gathered:
                first = number
            gathered.append(line)
        if gathered and is_heading:
            yield "\n".join(gathered), first
            gathered = []
    if gathered:
        yield "\n".join(gathered), first


def _is_visible(path: str, source: Source | None, tree: Mapping | None, audience: Audience) -> bool:
    """Whether `audience` may see a file at all: what cannot be read is for nobody."""
    if not is_incident_name(PurePosixPath(path).name):
        # A page with an incident's fields but not its name is withheld from everybody.
        return not (source and source.front_matter and _TELLING.search(source.front_matter))
    if tree is None:
        return False
    if audience is Audience.DRAFTS:
        return True
    value = tree.get("visibility")
    written = value.text if isinstance(value, Scalar) else "draft"
    allowed = {"public"} if audience is Audience.PUBLIC else {"public", "internal"}
    return written in allowed


_TELLING = re.compile(r"^(?:timeline|visibility)[ \t]*:", re.MULTILINE)


def _source(root: Path, path: str) -> Source | None:
    try:
        return read_source(path, read_bytes(root, path))[0]
    except OSError:
        return None


def _tree(source: Source | None) -> Mapping | None:
    if source is None or source.front_matter is None:
        return None
    if not is_incident_name(PurePosixPath(source.path).name):
        return None
    root, _ = compose(source.front_matter, source.front_matter_line)
    return root if isinstance(root, Mapping) else None


def _parts(
    path: str,
    source: Source | None,
    tree: Mapping | None,
    audience: Audience,
    withheld: frozenset[str],
    *,
    is_visible: bool,
) -> Iterator[_Part]:
    """Every stretch of the file at `path`, each with why `audience` must not see it."""
    if source is None:
        return
    if not is_incident_name(PurePosixPath(path).name):
        why = None if is_visible else "an incident without an incident's name"
        yield _Part(source.text, 1, why)
        return
    why = None if is_visible else "not for this audience"
    id = PurePosixPath(path).stem
    yield _Part(id, 1, why, is_whole=True, is_name=True)
    if tree is None:
        yield _Part(source.text, 1, why or "it cannot be read")
        return
    withdrawn = tree.get("withdrawn") is not None and audience is Audience.PUBLIC
    for key, value in tree.entries:
        reason = why or _why_hidden(key.text, audience, withdrawn=withdrawn)
        if key.text == "related" and reason is None:
            yield from _related(value, withheld)
            continue
        yield from _values(value, key.text, reason, audience)
    yield from _yaml_comments(source)
    if why or withdrawn:
        yield _Part(source.body, source.body_line, why or "withdrawn")
    else:
        yield from _body(source, audience)


_OF_A_WITHDRAWN = frozenset(
    ("title", "withdrawn", "date", "published", "visibility", "timezone", "aliases")
)
_NEVER_SHOWN = frozenset(("silence",))


def _why_hidden(key: str, audience: Audience, *, withdrawn: bool) -> str | None:
    if key.startswith("x-") or key in _NEVER_SHOWN:
        return f"`{key}` is never shown"
    if audience is not Audience.PUBLIC:
        return None
    if key == "internal":
        return "`internal`"
    return "withdrawn" if withdrawn and key not in _OF_A_WITHDRAWN else None


def _related(node: Node, withheld: frozenset[str]) -> Iterator[_Part]:
    for scalar in _scalars(node):
        why = "an incident that is not for this audience" if scalar.text in withheld else None
        yield _Part(scalar.text, scalar.place.line, why, is_whole=True, is_name=True)


# Values that are names: of a component, a team, a ticket.
_NAMES = frozenset("component components by owner id cause tags reference ticket".split())


def _values(node: Node, key: str, why: str | None, audience: Audience) -> Iterator[_Part]:
    """The texts below `key`; a mapping that says ``internal: true`` is internal as a whole."""
    if isinstance(node, Scalar):
        line = node.place.line
        yield _Part(node.text, line, why, is_whole="\n" not in node.text, is_name=key in _NAMES)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _values(item, key, why, audience)
    else:
        mark = node.get("internal")
        if isinstance(mark, Scalar) and mark.text.lower() not in ("false", "no", "off", ""):
            why = why or ("internal" if audience is Audience.PUBLIC else None)
        for name, value in node.entries:
            # Short rows have their text below a time; a mapping of one's own may say it in keys.
            if why == "`internal`" or (why and why.startswith("`x-")):
                yield _Part(name.text, name.place.line, why, is_whole=True)
            yield from _values(value, name.text, why, audience)


def _scalars(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _scalars(item)
    else:
        for _, value in node.entries:
            yield from _scalars(value)


_YAML_COMMENT = re.compile(r"(?:^|[ \t])#(.*)", re.MULTILINE)


def _yaml_comments(source: Source) -> Iterator[_Part]:
    """What may be a comment of a front matter; what stands in a public value is taken out again."""
    text = source.front_matter or ""
    for found in _YAML_COMMENT.finditer(text):
        line = source.front_matter_line + text.count("\n", 0, found.start(1))
        yield _Part(found[1], line, "a comment in the front matter", is_whole=True)


_OPEN = re.compile(r"<!--\s{0,20}internal\s{0,20}-->", re.IGNORECASE)
_CLOSE = re.compile(r"<!--\s{0,20}/\s{0,20}internal\s{0,20}-->", re.IGNORECASE)


def _body(source: Source, audience: Audience) -> Iterator[_Part]:
    """The stretches of a body: public ones, internal blocks and comments.

    Markers count wherever they stand, in blocks of code too; only one that stands between
    backticks on its line is spoken about. What is opened and never closed reaches to the end.
    """
    body, line = source.body, source.body_line

    def part(start: int, end: int, why: str | None) -> _Part:
        return _Part(body[start:end], line + body.count("\n", 0, start), why)

    if audience is not Audience.PUBLIC:
        yield part(0, len(body), None)
        return
    position = 0
    while position < len(body):
        start = body.find("<!--", position)
        while start >= 0 and _is_spoken_about(body, start):
            start = body.find("<!--", start + 4)
        if start < 0:
            yield part(position, len(body), None)
            return
        yield part(position, start, None)
        opening = _OPEN.match(body, start)
        if opening:
            end = _end_of_block(body, opening.end())
            yield part(opening.end(), end, "an internal block")
        else:
            close = body.find("-->", start)
            close = len(body) if close < 0 else close
            end = close + 3
            if not _CLOSE.match(body, start):
                # A fenced example of HTML is shown with its comments.
                why = None if _is_fenced(body, start) else "a comment"
                yield part(start + 4, max(start + 4, close), why)
        position = end


def _end_of_block(body: str, position: int) -> int:
    while (found := _CLOSE.search(body, position)) is not None:
        if not _is_spoken_about(body, found.start()):
            return found.end()
        position = found.end()
    return len(body)


def _is_spoken_about(body: str, start: int) -> bool:
    """Whether a comment stands between backticks on its line."""
    begin = body.rfind("\n", 0, start) + 1
    end = body.find("-->", start)
    line_end = body.find("\n", start)
    line_end = len(body) if line_end < 0 else line_end
    return (
        body.count("`", begin, start) % 2 == 1 and 0 <= end < line_end and "`" in body[end:line_end]
    )


def _is_fenced(body: str, start: int) -> bool:
    fences = re.findall(r"^[ \t>]*(?:`{3,}|~{3,})", body[:start], re.MULTILINE)
    return len(fences) % 2 == 1


def _other_pages(config: SiteConfig) -> Iterator[Path]:
    """The ordinary pages of the site, which are published as they are."""
    docs, root = config.docs_dir, config.incidents.resolve()
    if docs is None or not docs.is_dir():
        return
    for path in incident_paths(docs):
        file = docs / path
        real = real_path(file)
        if real and not real.is_relative_to(root) and not is_incident_name(file.name):
            yield file


def _add_files(
    result: NonPublic,
    root: Path,
    path: str,
    shown: str,
    hidden: list[_Part],
    public: list[_Part],
    is_visible: bool,
    public_files: set[bytes],
) -> None:
    """The files of an incident that must not go out: all of a withheld one, else those that only
    its internal parts name. What else is a file of the incident goes to `public_files`.
    """
    for name, file in asset_files(root, path):
        if file.suffix.lower() in MARKDOWN_ENDINGS:
            continue
        with file.open("rb") as stream:
            digest = file_digest(stream, "sha256").digest()
        tail = PurePosixPath(name).name
        in_public = any(tail in unquote(part.text) for part in public)
        in_hidden = any(tail in unquote(part.text) for part in hidden)
        withdrawn = any(part.why == "withdrawn" for part in hidden)
        if is_visible and (in_public or not in_hidden) and not withdrawn:
            public_files.add(digest)
        else:
            why = "only internal parts show it" if is_visible else "a file of it"
            origin = Origin(f"{shown.removesuffix('.md')}/{name}", 1, why)
            result.files.setdefault(digest, origin)
            if not is_visible:
                _add(result, _Part(tail, 1, why, is_whole=True, is_name=True), origin.path)
