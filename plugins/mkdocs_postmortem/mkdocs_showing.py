"""Which templates show on one page what other pages hold, found out by reading them.

Titles, addresses and front matter of other pages are in the key of a page's look. What they hold
is not, and where a template might show it, nobody can know how a page looks without making all.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from jinja2 import Environment, TemplateSyntaxError, nodes

# What a page holds, and what leads to it, or on to pages that are not beside this one.
_CONTENTS = frozenset(("content", "toc", "markdown"))
_HELD = _CONTENTS | {
    *("file", "update_date", "present_anchor_ids", "links_to_anchors"),
    *("next_page", "previous_page"),
}
_INCLUDING = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)
# Endings by which templates are looked over wherever they lie.
LOOKED_OVER = (".html", ".htm", ".svg", ".j2", ".jinja", ".jinja2")
# Filters that ask for what their arguments name.
_ASKING = ("attr", "map", "selectattr", "rejectattr", "groupby")
# Names that templates may rely on, unless something else is given the name.
_OWN = ("page", "config", "self")


@lru_cache(maxsize=1024)
def shows_other_pages(template: str) -> frozenset[str] | None:
    """``None`` where `template` may show more of other pages than the navigation does.

    Otherwise the names of the templates that it includes, apart from those looked over anyway.
    """
    tree = _read(template)
    if tree is None or any(_is_none_of_ours(part) for part in _parts(tree)):
        return None
    included: set[str] = set()
    for part in _parts(tree):
        if isinstance(part, _INCLUDING):
            for name in _names(part.template):
                if name is None:
                    return None
                if not name.endswith(LOOKED_OVER):
                    included.add(name)
    return frozenset(included)


@lru_cache(maxsize=64)
def shows_contents(template: str) -> bool:
    """Whether `template`, which is no page, may show what pages hold, itself or by another one."""
    tree = _read(template)
    return tree is None or any(
        _attribute(part) in _CONTENTS
        or isinstance(part, _INCLUDING)
        or (isinstance(part, nodes.Filter) and _asks(part))
        for part in _parts(tree)
    )


@lru_cache(maxsize=64)
def shows_the_site(template: str) -> bool:
    """Whether `template` is about more than the configuration."""
    tree = _read(template)
    return tree is None or any(
        isinstance(part, nodes.Name) and part.name in ("pages", "nav") for part in _parts(tree)
    )


def _read(template: str) -> nodes.Template | None:
    try:
        return Environment(autoescape=True).parse(template)
    except TemplateSyntaxError:
        # Tags of an extension, or a mistake that the build is going to report.
        return None


def _parts(tree: nodes.Template) -> Iterator[nodes.Node]:
    return tree.find_all(nodes.Node)


def _is_none_of_ours(part: nodes.Node) -> bool:
    if isinstance(part, nodes.Name):
        return part.name == "pages" or (part.name in _OWN and part.ctx != "load")
    if isinstance(part, nodes.Import):
        return part.target in _OWN
    if isinstance(part, nodes.FromImport):
        return any((name if isinstance(name, str) else name[1]) in _OWN for name in part.names)
    if isinstance(part, nodes.Filter):
        return _asks(part)
    if isinstance(part, nodes.Getitem) and _attribute(part) is None:
        return not (isinstance(part.arg, nodes.Slice | nodes.Const) or _is_own(part.node))
    name = _attribute(part)
    if name == "pages":
        return True
    if name in _HELD:
        assert isinstance(part, nodes.Getattr | nodes.Getitem)
        of_the_page = isinstance(part.node, nodes.Name) and part.node.name == "page"
        return not (of_the_page or _is_own(part.node))
    return False


def _asks(part: nodes.Filter) -> bool:
    return part.name in _ASKING or any(given.key == "attribute" for given in part.kwargs)


def _attribute(part: nodes.Node) -> str | None:
    """The name that is asked for, as an attribute or as a key."""
    if isinstance(part, nodes.Getattr):
        return part.attr
    if isinstance(part, nodes.Getitem) and isinstance(part.arg, nodes.Const):
        return part.arg.value if isinstance(part.arg.value, str) else None
    return None


def _is_own(node: nodes.Node) -> bool:
    """Whether `node` is part of the configuration, of the page's front matter or the template."""
    path: list[str | None] = []
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        path.append(_attribute(node))
        node = node.node
    if not isinstance(node, nodes.Name):
        return False
    return node.name in ("config", "self") or (node.name == "page" and path[-1:] == ["meta"])


def _names(node: nodes.Expr) -> Iterator[str | None]:
    """What a template may be called, as far as its ending; ``None`` where nobody can know."""
    if isinstance(node, nodes.Const):
        yield node.value if isinstance(node.value, str) else None
    elif isinstance(node, nodes.List | nodes.Tuple):
        for item in node.items:
            yield from _names(item)
    elif isinstance(node, nodes.CondExpr):
        yield from _names(node.expr1)
        yield from _names(node.expr2 or node.expr1)
    elif isinstance(node, nodes.Concat):
        last = node.nodes[-1]
        ending = last.value if isinstance(last, nodes.Const) else None
        # Of what may lie between, the ending tells whether anybody looks it over.
        known = isinstance(ending, str) and ending.endswith(LOOKED_OVER)
        yield ending if known else None
    else:
        yield None
