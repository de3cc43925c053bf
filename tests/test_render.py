"""`postmortem render`: sources that engines without our plugin make the same site of."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import cmarkgfm  # type: ignore[import-untyped]
import markdown  # type: ignore[import-untyped]
import pytest
import yaml
from attacking import EXTENSIONS, UNTOLD, hostile, payloads
from building import Built, Rendered, build, build_without_plugin, render, short, write_site
from cmarkgfm.cmark import Options as CmarkOptions  # type: ignore[import-untyped]
from markdown_it import MarkdownIt
from mkdocs_postmortem.addresses import page_file, relative
from mkdocs_postmortem.render.engine_page import Part, as_html, as_markdown, as_value, one_line
from test_safety import png

ROOT = Path(__file__).parent.parent
SITE = "https://status.example.org/sub/"
PLUGIN: dict[str, Any] = {
    "rules": {"PM601": "off"},
    "as_of": "2025-01-01",
    "feed_id_base": "example.org,2024",
}
CONFIG: dict[str, Any] = {
    "plugins": ["search", {"postmortem": PLUGIN}],
    "site_url": SITE,
    "site_description": "All that went wrong",
    "markdown_extensions": ["tables", "fenced_code", "sane_lists"],
}
NASTY = r'Q&A #1: *bold* `code` {#id .x} [a](b) <b> "it\'s" :smile: -- $x$ {{ evil }} {% raise %}'
SHOWN = """Q&A #1: bold code {#id .x} a "it's" :smile: -- $x$ {{ evil }} {% raise %}"""
RICH = """---
title: 'Users can''t log in: "Q&A" <b>'
visibility: public
published: 2024-02-22
severity: sev2
components: [api, web app]
tags: [R&D, "it's"]
summary: The *API* failed with `{{ evil }}`.
description: 'It''s {{ evil }}'
icon: no-such/icon
hide: [toc]
aliases: [old/path/]
related: [2024-01-10-earlier]
timeline:
  - 18:03 started: The deploy lands, see [before](2024-01-10-earlier.md).
  - at: 18:04
    milestone: detected
    event: |
      Alerts fire.

          indented

      ```sql
      SELECT 1

      WHERE {{ evil }} = '{% x %}';
      ```

      | a | b |
      |---|---|
      | 1 | 2 |

      - one
        - two
  - {at: 18:05, internal: true, event: The zebra ate all seven green invoices}
  - {at: 18:06, milestone: identified, internal: true, event: Nobody knows about this flamingo}
  - 18:18 resolved: Requests succeed again.
action_items:
  - {title: Test it, owner: team, due: 2024-03-01, done: 2024-02-28}
  - {title: Feed the walrus before the audit, internal: true}
corrections:
  - {date: 2024-03-01, text: Recovery was at 18:18.}
---
Before any heading.

## Impact

It took {{ incident.time_to_resolve }}, as {{ other }} and `{{ incident.title }}` say.
See [the earlier one](2024-01-10-earlier.md#timeline), [a page](../about.md), [archive](index.md),
[the web](https://example.org/a?b=c#d) and the picture:

![Load](2024-02-20-login/load.png)

<!-- internal -->
Sixteen llamas were refunded by hand.

## Only inside
<!-- /internal -->

## NASTY

```python
def f(x):

\treturn {"a": x}  # {{ evil }}
```

1. one
    - two

      with a paragraph
2. three

| a | b |
|--:|---|
| 1 | `x|y` |

Setext *heading*
----------------

> ## Quoted
> ~~gone~~ <kbd>Ctrl</kbd> <script>alert(1)</script>

## Impact

Twice.
""".replace("NASTY", NASTY).replace("\\t", "\t")
DRAFT = short("A draft about purple elephants", "draft")
FILES = {
    "docs/incidents/2024/2024-02-20-login.md": RICH,
    "docs/incidents/2024/2024-01-10-earlier.md": short("Earlier", published="2024-01-12"),
    "docs/incidents/2024/2024-03-01-purple-elephants.md": DRAFT,
    "docs/incidents/2024/2024-03-02-inside.md": short("Only the staff", "internal"),
    "docs/incidents/about.md": "# About\n\n## More\n",
    "docs/index.md": "# Our own home\n",
}


def write(folder: Path, files: dict[str, str], **config: Any) -> Path:
    return write_site(folder, files, {**CONFIG, **config})


def rich_site(folder: Path, **config: Any) -> Path:
    write(folder, FILES, **config)
    for id, name in (("2024-02-20-login", "load.png"), ("2024-03-01-purple-elephants", "x.png")):
        image = folder / "docs/incidents/2024" / id / name
        image.parent.mkdir(parents=True)
        image.write_bytes(png())
    return folder


def rendered(folder: Path, **env: str) -> Rendered:
    done = render(folder, env=env)
    assert done.code == 0, done.problems
    return done


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return rendered(rich_site(tmp_path_factory.mktemp("rich")))


@pytest.fixture(scope="module")
def real(rich: Rendered) -> Built:
    built = build(rich.folder.parent)
    assert built.code == 0, built.output
    return built


@pytest.fixture(scope="module")
def plain(rich: Rendered, tmp_path_factory: pytest.TempPathFactory) -> Built:
    config = {"site_url": SITE, "use_directory_urls": True}
    return without_plugin(rich, tmp_path_factory.mktemp("plain"), **config)


def without_plugin(sources: Rendered, folder: Path, **config: Any) -> Built:
    built = build_without_plugin(sources.folder, folder, config)
    assert built.code == 0, built.output
    assert "WARNING" not in built.output
    return built


LOGIN = "incidents/2024-02-20-login/index.html"


def the_words(text: str) -> str:
    return " ".join(html.unescape(text).split())


@pytest.mark.parametrize(
    "block",
    [
        r'<header class="pm-header">.*?</header>',
        r'<ul class="pm-times">.*?</ul>',
        r'<figure class="pm-figure".*?</figure>',
        r'<div class="pm-timeline".*?<caption>.*?Requests succeed again.*?</table>',
        r'<table class="pm-table pm-actions">.*?</table>',
        r'<ul class="pm-corrections">.*?</ul>',
        r'<ul class="pm-related">.*?</ul>',
        r'<nav class="pm-neighbours".*?</nav>',
    ],
)
def test_pages_hold_the_same_blocks(real: Built, plain: Built, block: str) -> None:
    found = [re.findall(block, built.text(LOGIN), re.DOTALL) for built in (real, plain)]
    assert len(found[0]) == 1
    # Inside `pre` line breaks are entities, which are line breaks to whoever reads HTML.
    assert [the_words(one) for one in found[1]] == [the_words(one) for one in found[0]]


@pytest.mark.parametrize("part", ["archive", "register", "stats", "histories"])
def test_overview_pages_are_there(real: Built, plain: Built, part: str) -> None:
    pages = {
        "archive": "incidents/index.html",
        "register": "action-items/index.html",
        "stats": "response-times/index.html",
        "histories": "components/web-app/index.html",
    }
    for built in (real, plain):
        text = built.text(pages[part])
        assert f'<div class="pm-{part}' in text or part == "histories"
        assert "Earlier" in text or part == "histories"
        assert ("pm-history" in text) == (part == "histories")


def test_headings_have_the_anchors_of_a_build(real: Built, plain: Built) -> None:
    def anchors(built: Built) -> list[str]:
        return re.findall(r'<h[2-6] id="([^"]+)"', built.text(LOGIN))

    own = "qa-1-bold-code-id-x-a-its-smile-x-evil-raise"
    assert anchors(plain) == [
        "response-times",
        "timeline",
        "impact",
        own,
        "setext-heading",
        "impact_1",
        "action-items",
        "corrections",
        "related",
    ]
    assert set(anchors(plain)) <= set(anchors(real))


def test_the_body_says_what_it_said(plain: Built) -> None:
    text = plain.text(LOGIN)
    assert "It took 15 min" in the_words(text)
    assert "{{ other }}" in the_words(text)
    assert "<code>{{ incident.title }}</code>" in the_words(text)
    assert '<h2 id="setext-heading">Setext heading' in text
    code = re.search(r'<code class="language-python">(.*?)</code>', text, re.DOTALL)
    assert code
    assert html.unescape(code[1]) == 'def f(x):\n\n\treturn {"a": x}  # {{ evil }}\n'
    event = re.search(r'<code class="language-sql">(.*?)</code>', text, re.DOTALL)
    assert event
    assert html.unescape(event[1]) == "SELECT 1\n\nWHERE {{ evil }} = '{% x %}';\n"
    assert '<td align="right">1</td>' in text
    assert "<s>gone</s> <kbd>Ctrl</kbd>" in text
    assert "<li> <p>one</p>" in text or "<li>one <ul>" in text
    assert "<script>alert" not in text
    assert "Before any heading." in text


def test_links_of_the_body_lead_to_published_addresses(rich: Rendered) -> None:
    text = rich.text("incidents/2024-02-20-login.md")
    assert 'href="../2024-01-10-earlier/#timeline"' in text
    assert 'href="../about/"' in text
    assert 'href="https://example.org/a?b=c#d"' in text
    # As the author wrote it, because there is no such source.
    assert 'href="index.md"' in text
    assert '<img alt="Load" src="load.png">' in text or 'src="load.png"' in text


@pytest.mark.parametrize("folders", [True, False])
def test_every_link_inside_resolves(tmp_path: Path, folders: bool) -> None:
    sources = rendered(rich_site(tmp_path / "site", use_directory_urls=folders))
    (sources.folder / "index.md").write_text("# Home\n")
    (sources.folder / "incidents/about.md").write_text("# About\n")
    built = without_plugin(sources, tmp_path / "plain", use_directory_urls=folders)
    checked, broken = 0, []
    for path in sorted(built.site.rglob("*.html")):
        here = urljoin(SITE, path.relative_to(built.site).as_posix())
        text = path.read_text(encoding="utf-8")
        for link in re.findall(r'(?:href|src)="([^"]+)"', text):
            address, anchor = urldefrag(urljoin(here, html.unescape(link)))
            if urlsplit(address).netloc != urlsplit(SITE).netloc or path.name == "404.html":
                continue
            checked += 1
            file = built.site / unquote(address.removeprefix(SITE))
            file = file / "index.html" if file.is_dir() else file
            found = file.is_file() and (
                anchor in ("", "__skip", "__codelineno-0-1")
                or f'id="{html.escape(unquote(anchor))}"' in file.read_text(encoding="utf-8")
            )
            if not found:
                broken.append((path.relative_to(built.site).as_posix(), link))
    assert checked > 100
    page = LOGIN if folders else "incidents/2024-02-20-login.html"
    # A body may link to what is not there, in every engine.
    assert broken == [(page, "index.md")]


HOOK = """
import jinja2
def on_page_markdown(markdown, **_):
    for begin, end in (("{{", "}}"), ("{{<", ">}}"), ("${", "}")):
        environment = jinja2.Environment(variable_start_string=begin, variable_end_string=end)
        markdown = environment.from_string(markdown).render(evil="EVIL")
    return markdown
"""
ALL = [
    *EXTENSIONS,
    "pymdownx.emoji",
    "pymdownx.critic",
    "pymdownx.mark",
    "pymdownx.smartsymbols",
    "smarty",
    "meta",
]


def test_neither_templates_nor_extensions_act_on_incidents(tmp_path: Path) -> None:
    secret = "The secret of the build machine"
    text = (
        f'{NASTY}\n\n--8<-- "secret.txt"\n\n;--8<--\nsecret.txt\n\n[TOC]\n\n*[HTML]: Evil\n\n'
        "x{: #evil }\n\n${evil} {{< evil >}} {++ins++} ==mark== #12 @name :rocket: (c) -->\n"
    )
    front = yaml.safe_dump({"summary": text, "title": NASTY}, width=10**6)
    source = short().replace("title: API errors\n", front).replace("summary: The API failed.\n", "")
    source = source.replace("Text.\n", f"{text}\n## {NASTY}\n\nText.\n")
    source = source.replace("18:04 detected: Alerts fire.", f"18:04 detected: {json.dumps(text)}")
    folder = write(
        tmp_path / "site",
        {"docs/incidents/2024-02-20-a.md": source},
        plugins=[{"postmortem": {**PLUGIN, "rules": UNTOLD}}],
    )
    sources = rendered(folder)
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "hook.py").write_text(HOOK)
    (plain / "secret.txt").write_text(secret)
    config = {"hooks": ["hook.py"], "markdown_extensions": ALL}
    built = without_plugin(sources, plain, **config)
    page = built.text("incidents/2024-02-20-a/index.html")
    assert secret.encode() not in built.everything()
    assert b"EVIL" not in built.everything()
    content = page.partition("<article")[2].partition("</article>")[0]
    assert content.count("{{ evil }}") + content.count("&#123;&#123; evil &#125;&#125;") >= 4
    heading = re.search(r'<h2 id="qa[^"]*">(.*?)<a class="headerlink"', content)
    assert heading
    assert html.unescape(heading[1]) == SHOWN
    for made in ('id="evil"', "<ins>", "<mark>", "twemoji", "<abbr", 'class="toc"', "©"):
        assert made not in content


class _Events(HTMLParser):
    """What a browser would read: elements with their attributes, and text without line ends."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.events: list[Any] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kept = [(name, value) for name, value in attrs if name != "id" or tag[0] != "h"]
        self.events.append((tag, sorted(kept, key=str)))

    def handle_endtag(self, tag: str) -> None:
        self.events.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if data := data.strip("\n"):
            self.events.append(("text", data))

    def handle_comment(self, data: str) -> None:
        self.events.append(("comment", data))


def _ways(source: str) -> Iterator[tuple[str, str]]:
    """The page as every kind of Markdown makes it."""
    text = source.split("---\n", 2)[2]
    yield "commonmark", MarkdownIt("commonmark").render(text)
    yield "cmark", cmarkgfm.markdown_to_html(text, options=CmarkOptions.CMARK_OPT_UNSAFE)
    yield "plain", markdown.markdown(text)
    for names in (["md_in_html"], ["attr_list"], ["extra"], ["smarty", "sane_lists", "nl2br"]):
        yield " ".join(names), markdown.markdown(text, extensions=names)
    names = [one if isinstance(one, str) else next(iter(one)) for one in ALL]
    yield (
        "all",
        markdown.markdown(
            text, extensions=[name for name in names if name not in ("toc", "pymdownx.b64")]
        ),
    )


def test_every_markdown_makes_the_same_of_it(tmp_path: Path) -> None:
    files = {
        f"docs/incidents/2024-02-{number % 20 + 1:02}-p{number}.md": hostile(payload, number)
        for number, payload in enumerate(payloads())
    }
    options = {**PLUGIN, "rules": {**UNTOLD, "PM614": "off"}}
    folder = write(tmp_path, {**FILES, **files}, plugins=[{"postmortem": options}])
    sources = rendered(folder)
    pages = [path for path in sources.files() if path.endswith(".md")]
    assert len(pages) > len(files)
    for path in pages:
        text = sources.text(path)
        _assert_lines_are_ours(text)
        ways = dict(_ways(text))
        first = _Events(ways.pop("commonmark")).events
        _assert_harmless(first)
        for name, made in ways.items():
            assert _Events(made).events == first, (path, name)


def test_a_character_that_an_entity_makes_is_no_tab(tmp_path: Path) -> None:
    incident = {
        "docs/incidents/2024-02-21-b.md": "---\ntitle: T\nvisibility: public\n"
        "published: 2024-02-22\nsummary: a&#9;b\ntimeline:\n  - 18:03 started: c&#9;d\n---\n"
        "e&#9;f `g\th`\n\n```\ni\tj\n```\n"
    }
    text = rendered(write(tmp_path, {**FILES, **incident})).text("incidents/2024-02-21-b.md")
    _assert_lines_are_ours(text)
    for words in ("a b", "c d", "e f", "i&#9;j"):
        assert words in text


def _assert_lines_are_ours(text: str) -> None:
    front, body = text.split("---\n", 2)[1:]
    assert re.fullmatch(r'(?:[a-z]+: (?:"[^\n]*"|[\[{t][^\n]*)\n)+', front)
    assert "{{" not in front
    assert not set(body) & set("{}\r\v\f\x85\u2028\u2029\t")
    for line in body.splitlines():
        assert re.fullmatch(r"|<div>.*</div>|#{1,6} [^!-\"$-%'-/:<-@\[-`{-~]+", line), line


def _assert_harmless(events: list[Any]) -> None:
    for tag, attributes in (event for event in events if isinstance(event[1], list)):
        assert tag not in ("script", "iframe", "object", "embed", "base", "meta", "style")
        for name, value in attributes:
            assert not name.startswith("on")
            assert name not in ("style", "srcdoc", "markdown")
            if name in ("href", "src"):
                assert re.match(r"(?i)(?!(?:javascript|data|vbscript):)", (value or "").strip())


def test_hidden_parts_are_absent(rich: Rendered, plain: Built, tmp_path: Path) -> None:
    words = (b"zebra", b"flamingo", b"walrus", b"llamas", b"Only inside", b"elephant", b"the staff")
    for content in (b"".join(rich.files().values()), plain.everything()):
        assert [word for word in words if word in content] == []
    assert "1 draft not published: 2024-03-01-purple-elephants" in rich.output
    verify = [sys.executable, "-m", "mkdocs_postmortem", "verify", str(plain.site)]
    done = subprocess.run(
        verify, cwd=rich.folder.parent, capture_output=True, text=True, check=False
    )
    assert "nothing found: audience public" in done.stdout, done.stdout
    assert done.returncode == 0
    # And the proof does look: it finds what other audiences are shown.
    for audience, seen in (("internal", words[:5]), ("drafts", words)):
        folder = rich_site(tmp_path / audience)
        shown = b"".join(rendered(folder, POSTMORTEM_AUDIENCE=audience).files().values())
        assert [word for word in seen if word not in shown] == []


def _without_contents(path: str, content: bytes) -> bytes:
    """A feed without the HTML of its entries."""
    if not path.endswith(("feed.xml", "feed.rss", "feed.json")):
        return content
    text = content.decode()
    text = re.sub(r'(?s)(<content type="html">).*?(</content>)', r"\1\2", text)
    text = re.sub(r"(?s)(<content:encoded>).*?(</content:encoded>)", r"\1\2", text)
    return re.sub(r'"content_html": "(?:[^"\\]|\\.)*"', "", text).encode()


def test_data_files_are_those_of_a_build(rich: Rendered, real: Built) -> None:
    made = rich.files()
    data = [path for path in made if not path.endswith(".md")]
    assert {"feed.xml", "api/v2/summary.json", "old/path/index.html", "action-items.ics"} <= {*data}
    for path in data:
        there = (real.site / path).read_bytes()
        assert _without_contents(path, made[path]) == _without_contents(path, there), path
    built = {path.relative_to(real.site).as_posix() for path in real.site.rglob("*")}
    ours = {page_file(path, use_directory_urls=True) for path in made}
    theme = {"404.html", "sitemap.xml", "sitemap.xml.gz", "index.html"}
    missing = {path for path in built - ours if (real.site / path).is_file()} - theme
    assert {path for path in missing if not path.startswith(("assets/", "search/"))} == {
        "incidents/about/index.html"
    }


@pytest.mark.parametrize(
    "theme",
    [
        {"name": "mkdocs"},
        {"name": "material", "font": False},
        {"name": "material", "font": False, "features": ["navigation.footer"]},
    ],
)
def test_where_bodies_come_out_the_same_so_do_feeds(tmp_path: Path, theme: Any) -> None:
    simple = short().replace("Text.\n", "A *word* and\na [link](2024-01-10-b.md).\n\n- a\n- b\n")
    files = {
        "docs/incidents/2024-02-20-a.md": simple.replace("timeline:", "lang: de\ntimeline:"),
        "docs/incidents/2024-01-10-b.md": short("B", published="2024-01-12"),
    }
    folder = write(tmp_path, files, theme=theme, use_directory_urls=False)
    made = rendered(folder).files()
    built = build(folder)
    for name in ("feed.xml", "feed.rss", "feed.json", "components/api/feed.json"):
        assert (built.site / name).read_bytes() == made[name]
    assert (
        'href=\\"https://status.example.org/sub/incidents/2024-01-10-b.html\\"'
        in made["feed.json"].decode()
    )


def test_front_matter_is_safe_to_print(rich: Rendered, plain: Built) -> None:
    meta = yaml.safe_load(rich.text("incidents/2024-02-20-login.md").split("---\n")[1])
    assert meta == {
        "title": "Users can’t log in: &quot;Q&amp;A&quot; &lt;b&gt;",
        "description": "It’s &#123;&#123; evil &#125;&#125;",
        "hide": ["toc"],
        "tags": ["R&amp;D", "it’s"],
    }
    title = "Users can’t log in: &quot;Q&amp;A&quot; &lt;b&gt; - Test"
    assert f"<title>{title}</title>" in plain.text(LOGIN)


def test_own_pages_are_left_to_the_site(rich: Rendered) -> None:
    assert "index.md" not in rich.files()
    assert "incidents/about.md" not in rich.files()
    assert "not made, the site has its own: index.md" in rich.output
    line = rich.output.splitlines()[-1]
    assert re.match(r"2 incidents, \d+ files in out; add assets/postmortem/postmortem\.css", line)


def test_images_go_with_their_incident(tmp_path: Path) -> None:
    for folder in ("docs/incidents", "incidents", "docs"):
        site = tmp_path / folder.replace("/", "-")
        text = short().replace(
            "Text.", "![x](2024-02-20-a/a.png) <!-- internal -->b.png<!-- /internal -->"
        )
        options = {**PLUGIN, "incidents_dir": "."} if folder == "docs" else PLUGIN
        write(
            site,
            {
                f"{folder}/2024-02-20-a.md": text,
                f"{folder}/2024-02-21-d.md": short("D", "draft"),
                f"{folder}/2024-02-20-a/sub/page.html": "<script>alert(1)</script>",
                f"{folder}/2024-02-20-a/.hidden.png": "x",
                f"{folder}/2024-02-21-d/d.png": "x",
            },
            plugins=[{"postmortem": options}],
        )
        own = site / folder / "2024-02-20-a"
        for name in ("a.png", "b.png", "sub/c.PNG"):
            (own / name).write_bytes(png())
        (own / "link.png").symlink_to(ROOT / "LICENSE")
        done = rendered(site)
        built = build(site)
        images = {path for path in done.files() if path.startswith("incidents/2024-02-2")}
        assert images == {
            "incidents/2024-02-20-a.md",
            "incidents/2024-02-20-a/a.png",
            "incidents/2024-02-20-a/sub/c.PNG",
        }
        there = {
            path.relative_to(built.site).as_posix()
            for path in (built.site / "incidents").rglob("*")
            if path.is_file() and path.suffix.lower() == ".png"
        }
        assert there == {path for path in images if not path.endswith(".md")}
        assert "PM615" in done.problems
        assert ("PM806" in done.problems) == ("PM806" in built.output)


def test_a_second_run_removes_what_is_gone_and_nothing_else(tmp_path: Path) -> None:
    site = rich_site(tmp_path)
    first = rendered(site)
    before = first.files()
    note = first.folder / "incidents/notes.md"
    note.write_text("ours")
    unchanged = first.folder / "incidents/2024-01-10-earlier.md"
    time = unchanged.stat().st_mtime_ns
    source = site / "docs/incidents/2024/2024-02-20-login.md"
    source.write_text(
        source.read_text().replace("[api, web app]", "[api]").replace("aliases: [old/path/]\n", "")
    )
    second = rendered(site)
    gone = set(before) - set(second.files())
    assert {"old/path/index.html", "components/web-app/index.md", "badges/web-app.svg"} <= gone
    assert not (first.folder / "components/web-app").exists()
    assert not (first.folder / "old").exists()
    assert note.read_text() == "ours"
    assert unchanged.stat().st_mtime_ns == time
    fresh = rich_site(tmp_path / "fresh")
    (fresh / "docs/incidents/2024/2024-02-20-login.md").write_text(source.read_text())
    expected = rendered(fresh).files()
    assert {**expected, "incidents/notes.md": b"ours"} == second.files()


def test_files_of_others_are_never_overwritten(tmp_path: Path) -> None:
    site = write(tmp_path, {"docs/incidents/2024-02-20-a.md": short()})
    out = tmp_path / "out"
    out.mkdir()
    (out / "feed.xml").write_text("ours")
    done = render(site)
    assert done.code == 2
    assert "cannot write to out: it holds files that are not of this command" in done.problems
    (out / "feed.xml").unlink()
    before = rendered(site).files()
    (out / "incidents/2024-02-21-b.md").write_text("ours")
    (out / "badges/site.svg").unlink()
    (out / "badges/site.svg").mkdir()
    (site / "docs/incidents/2024-02-21-b.md").write_text(short("B"))
    done = render(site)
    assert done.code == 1
    assert "somebody else in the places of ours: badges/site.svg, incidents/2024-02-21-b.md" in (
        done.problems
    )
    (out / "badges/site.svg").rmdir()
    del before["badges/site.svg"]
    assert done.files() == {**before, "incidents/2024-02-21-b.md": b"ours"}


def test_nothing_is_written_or_removed_through_links_or_a_forged_list(tmp_path: Path) -> None:
    site = write(tmp_path / "site", {"docs/incidents/2024-02-20-a.md": short()})
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    kept = elsewhere / "kept.txt"
    kept.write_text("kept")
    out = rendered(site).folder
    marker = out / ".postmortem-render.json"
    for path in ("../elsewhere/kept.txt", str(kept), "a/../../elsewhere/kept.txt", "a\\b", 7):
        marker.write_text(json.dumps({"files": [path]}))
        done = render(site)
        assert done.code == 2, path
        assert "damaged" in done.problems
    (out / "link").symlink_to(elsewhere)
    listed = [*done.files(), "link/kept.txt"]
    marker.write_text(
        json.dumps({"files": [one for one in listed if "link" not in one] + listed[-1:]})
    )
    rendered(site)
    assert kept.read_text() == "kept"
    (out / "badges").rename(tmp_path / "moved")
    (out / "badges").symlink_to(elsewhere)
    done = render(site)
    assert done.code == 1
    assert "badges" in done.problems
    assert sorted(path.name for path in elsewhere.iterdir()) == ["kept.txt"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("incidents/2024-02-20-b.md", short().replace("18:18 resolved", "18:01 resolved")),
        ("incidents/2024-02-20-b.md", short().replace("timeline:", "aliases: [about/]\ntimeline:")),
        ("incidents/misnamed.md", short()),
        ("outside.md", short()),
    ],
)
def test_an_error_keeps_everything_from_being_written(tmp_path: Path, name: str, text: str) -> None:
    files = {"docs/incidents/2024-02-20-a.md": short(), "docs/about.md": "# About\n"}
    site = write(tmp_path, {**files, f"docs/{name}": text})
    done = render(site)
    assert done.code == 1
    assert re.search(r"\d errors? in the incidents; nothing was written", done.problems)
    assert re.search(r"docs/\S+:\d+:\d+: error PM\d+", done.problems)
    assert not done.folder.exists()
    assert build(site).code == 1
    if "18:01" in text:
        check = [sys.executable, "-m", "mkdocs_postmortem", "check"]
        said = subprocess.run(check, cwd=site, capture_output=True, text=True, check=False).stdout
        assert said.rpartition("\n\n")[0] in done.problems


@pytest.mark.parametrize("to", ["docs", "docs/out", "incidents/x", "incidents", ".", ".."])
def test_what_it_is_made_of_is_never_written_to(tmp_path: Path, to: str) -> None:
    site = write(tmp_path / "site", {"incidents/2024-02-20-a.md": short(), "docs/a.md": "# A\n"})
    before = sorted(site.rglob("*"))
    done = render(site, "--to", to)
    assert done.code == 2
    assert "cannot write to" in done.problems
    assert sorted(site.rglob("*")) == before


def test_usage(tmp_path: Path) -> None:
    site = write(tmp_path, {"docs/a.md": "# A\n"})
    assert "no folder of incidents" in render(site).problems
    assert render(site, "--help").output.startswith("Usage:")
    write(tmp_path, {"docs/incidents/2024-02-20-a.md": short()})
    assert render(site, env={"POSTMORTEM_AUDIENCE": "all"}).code == 2
    (tmp_path / "file").write_text("x")
    assert render(site, "--to", "file").code == 2
    assert render(site, "--to").code == 2


def test_without_a_configuration_the_defaults_count(tmp_path: Path) -> None:
    (tmp_path / "incidents").mkdir()
    (tmp_path / "incidents/2024-02-20-a.md").write_text(short())
    done = render(tmp_path)
    assert done.code == 0, done.problems
    assert "no feeds are made without site_url" in done.output
    assert done.text("index.md").startswith('---\ntitle: "Incidents"\n---\n\n# Incidents\n')


def test_a_preview_offers_no_feeds(tmp_path: Path) -> None:
    site = rich_site(tmp_path)
    (site / "docs/index.md").unlink()
    done = rendered(site, POSTMORTEM_PREVIEW="1")
    assert "the published site has the feeds" in done.text("index.md")
    assert "let the engine keep search engines away" in done.output
    assert "noindex" in done.text("old/path/index.html")


def test_templates_of_the_site_come_first(tmp_path: Path) -> None:
    own = {"overrides/postmortem/summary.html": "<p>Our own summary</p>\n"}
    theme = {"name": "material", "custom_dir": "overrides"}
    site = write(tmp_path, {"docs/incidents/2024-02-20-a.md": short(), **own}, theme=theme)
    assert "<div><p>Our own summary</p></div>" in rendered(site).text("incidents/2024-02-20-a.md")


def test_a_file_of_the_site_is_not_replaced(tmp_path: Path) -> None:
    files = {
        "docs/incidents/2024-02-20-a.md": short(),
        "docs/feed.xml": "ours",
        "docs/README.md": "#",
    }
    done = rendered(write(tmp_path, files))
    assert "feed.xml" not in done.files()
    assert "not made, the site has its own: index.md, feed.xml" in done.output


def test_a_withdrawn_incident_keeps_its_notice_alone(tmp_path: Path) -> None:
    text = short().replace("timeline:", "withdrawn: {date: 2024-03-01, reason: Wrong.}\ntimeline:")
    done = rendered(write(tmp_path, {"docs/incidents/2024-02-20-a.md": text}))
    page = done.text("incidents/2024-02-20-a.md")
    assert "Wrong." in page
    assert "deploy" not in page


def test_a_line_stays_one_line() -> None:
    code = "<p>a\nb</p><pre><code>x\r\n\n\ty\x85{z}</code></pre><p title='a>\nb'>c\u2028d\x02</p>"
    assert one_line(code) == (
        "<p>a b</p><pre><code>x&#10;&#10;&#9;y&#10;&#123;z&#125;</code></pre>"
        "<p title='a> b'>c d\ufffd</p>"
    )


def test_a_page_as_markdown_and_as_html() -> None:
    parts = [Part(None, 0, "<p>a\n</p>"), Part("A #1_b", 2, ""), Part("A #1_b", 3, "<p>b</p>")]
    assert as_markdown({"title": as_value("it's"), "hide": ["toc"]}, parts) == (
        '---\ntitle: "it’s"\nhide: ["toc"]\n---\n\n<div><p>a </p></div>\n\n## A &#35;1&#95;b\n\n'
        "### A &#35;1&#95;b\n\n<div><p>b</p></div>\n"
    )
    assert as_html(parts) == (
        '<p>a\n</p>\n<h2 id="a-1_b">A #1_b</h2>\n<h3 id="a-1_b_1">A #1_b</h3>\n<p>b</p>'
    )


@pytest.mark.parametrize(
    ("path", "page", "expected"),
    [
        ("incidents/a/", "incidents/b/", "../a/"),
        ("", "incidents/", "../"),
        ("", "", "./"),
        ("incidents/", "incidents/", "./"),
        ("feed.xml", "", "feed.xml"),
        ("incidents/a.html", "incidents/index.html", "a.html"),
        ("index.html", "components/x/index.html", "../../index.html"),
    ],
)
def test_addresses_from_a_page(path: str, page: str, expected: str) -> None:
    assert relative(path, page) == expected


def test_it_needs_no_mkdocs(tmp_path: Path) -> None:
    site = write(tmp_path, {"docs/incidents/2024-02-20-a.md": short()})
    code = (
        "import sys\n"
        "from mkdocs_postmortem.cli import main\n"
        "try:\n    main(['render', '--to', 'out'])\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "print({'mkdocs', 'markdown'} & {name.partition('.')[0] for name in sys.modules})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=site, capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("set()\n")
