"""After any edit an incremental build is a clean build, byte for byte.

A site is edited at random, again and again. After each edit two sessions build it anew:
`mkdocs serve`, which has its pages in memory and in place, and `mkdocs build`, which has them on
disk. A clean build of the same sources, by a session that knows nothing, has to give the same.
"""

from __future__ import annotations

import logging
import os
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from building import build as run_build
from building import short, write_site
from mkdocs_postmortem.mkdocs_progress import Progress
from sessions import Session, contents

LONG = os.environ.get("POSTMORTEM_TEST_LONG") == "1"

INCIDENT = """---
title: {title}
visibility: {visibility}
published: 2024-05-01
severity: {severity}
components: [{component}]
summary: What went wrong with {title}.
{more}timeline:
  - 10:{start:02} started: It begins.
  - 10:{detected:02} detected: Alerts fire.
  - 10:{resolved:02} resolved: It works again.
action_items:
  - {{title: Test {promise}, owner: team, due: 2024-06-01, status: {status}}}
---
## Impact

{text}

{link}
"""
CONFIG: dict[str, Any] = {
    "site_name": "Random",
    "site_url": "https://status.example.org/",
    "theme": {"name": "material", "font": False, "custom_dir": "overrides"},
    "nav": [{"Start": "index.md"}, "about.md", {"Incidents": "incidents/index.md"}],
    "plugins": [
        "search",
        {"postmortem": {"as_of": "2024-08-01", "feed_id_base": "status.example.org,2024"}},
    ],
    "markdown_extensions": ["tables", "footnotes", {"toc": {"permalink": True}}],
}
WAYS = 15
WORDS = "queue cache primary replica deploy rollback region alert latency".split()


@dataclass
class Incident:
    """What an incident file of the site is made of."""

    name: str
    folder: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"incidents/{self.folder}{self.name}.md"


class Site:
    """A site in a folder, and the ways to edit it."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.folder, self.chance = folder, chance
        self.config = yaml.safe_load(yaml.safe_dump(CONFIG))
        self.incidents: list[Incident] = []
        self.count = self.edits = 0
        self.order = chance.sample(range(WAYS), WAYS)
        (folder / "overrides").mkdir(parents=True)
        self.write("overrides/main.html", '{% extends "base.html" %}\n')
        self.write("docs/index.md", "# Status\n\n<!-- postmortem:status -->\n\n[About](about.md)\n")
        self.write("docs/about.md", "# About us\n\nWe say what happened.\n")
        for _ in range(6):
            self.add()
        # Each leads to another one, and is related to it.
        for incident, other in zip(self.incidents, self.incidents[1:], strict=False):
            incident.values["visibility"] = "public"
            incident.values["link"] = f"See [that]({other.name}.md#impact) and [us](../about.md)."
            incident.values["more"] = f"related: [{other.name}]\n"
        self.save()

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text, encoding="utf-8")

    def save(self) -> None:
        shutil.rmtree(self.folder / "docs/incidents", ignore_errors=True)
        for incident in self.incidents:
            self.write(f"docs/{incident.path}", INCIDENT.format(**incident.values))
            if image := incident.values.get("image"):
                path = f"docs/incidents/{incident.folder}{incident.name}/{image}"
                self.write(path, f"<svg xmlns='http://www.w3.org/2000/svg' id='{image}'/>")
        self.write("mkdocs.yml", yaml.safe_dump(self.config))

    def text(self) -> str:
        return " ".join(self.chance.choices(WORDS, k=8))

    def one(self) -> Incident:
        return self.chance.choice(self.incidents)

    # Each of these is one edit.

    def add(self) -> str:
        self.count += 1
        start = self.chance.randrange(10)
        name = f"2024-04-{self.chance.randrange(1, 29):02}-incident-{self.count}"
        values = {
            "title": f"Outage {self.count}",
            "promise": f"outage {self.count}",
            "visibility": self.chance.choice(("public", "public", "public", "draft", "internal")),
            "severity": "sev2",
            "component": self.chance.choice(("api", "web")),
            "start": start,
            "detected": start + 3,
            "resolved": start + 30,
            "status": "open",
            "text": self.text(),
            "link": "",
            "more": "",
        }
        self.incidents.append(Incident(name, values=values))
        return f"add {name}"

    def delete(self) -> str:
        if len(self.incidents) > 3:
            gone = self.one()
            self.incidents.remove(gone)
            return f"delete {gone.name}"
        return self.add()

    def rename(self) -> str:
        incident = self.one()
        incident.name += "x"
        return f"rename {incident.name}"

    def move(self) -> str:
        incident = self.one()
        incident.folder = "" if incident.folder else "2024/"
        return f"move {incident.path}"

    def change(self) -> str:
        incident = self.one()
        name, value = self.chance.choice(
            [
                ("text", self.text()),
                ("text", f"<!-- internal -->\n{self.text()}\n<!-- /internal -->\n\n{self.text()}"),
                ("text", f"{self.text()}\n\n### More\n\n{self.text()}[^1]\n\n[^1]: A note."),
                ("title", f"Outage {self.text()}"),
                ("start", self.chance.randrange(10)),
                ("detected", self.chance.randrange(10, 20)),
                ("resolved", self.chance.randrange(20, 60)),
                # A promise that another incident has made is a problem of this one.
                ("promise", self.chance.choice(("the queue", "the cache"))),
                ("severity", self.chance.choice(("sev1", "sev2", "sev3"))),
                ("component", self.chance.choice(("api", "web", "search"))),
                ("status", self.chance.choice(("done", "in_progress", "cancelled"))),
                ("visibility", self.chance.choice(("public", "draft", "internal"))),
                ("image", self.chance.choice(("a.svg", "b.svg", ""))),
            ]
        )
        if name == "image":
            incident.values["link"] = f"![]({incident.name}/{value})" if value else ""
        incident.values[name] = value
        return f"{name} of {incident.name}"

    def retitle(self) -> str:
        incident = self.one()
        incident.values["title"] = f"Outage of the {self.text()}"
        return f"title of {incident.name}"

    def hide(self) -> str:
        incident = self.one()
        hidden = incident.values["visibility"] == "public"
        incident.values["visibility"] = "draft" if hidden else "public"
        return f"visibility of {incident.name}"

    def link(self) -> str:
        incident, other = self.one(), self.one()
        up = "../" if incident.folder else ""
        incident.values["link"] = self.chance.choice(
            [
                f"See [that]({up}{other.folder}{other.name}.md).",
                f"See [that]({up}{other.folder}{other.name}.md#impact).",
                f"See [us]({up}../about.md) and [more]({up}../about.md#nowhere).",
                f"See [nothing]({up}nothing.md).",
                "See [elsewhere](https://example.org/).",
                "",
            ]
        )
        return f"link of {incident.name}"

    def relate(self) -> str:
        incident, other = self.one(), self.one()
        incident.values["more"] = f"related: [{other.name}]\n" if other is not incident else ""
        return f"related of {incident.name}"

    def alias(self) -> str:
        incident = self.one()
        incident.values["more"] = f"aliases: [old/{self.count}/]\n"
        return f"alias of {incident.name}"

    def configure(self) -> str:
        options = self.config["plugins"][1]["postmortem"]
        theme = self.config["theme"]
        what = self.chance.randrange(7)
        if what == 0:
            self.config["site_name"] = self.text()
        elif what == 1:
            options["timezone"] = self.chance.choice(("Europe/Berlin", "Asia/Tokyo", "UTC"))
        elif what == 2:
            theme["features"] = self.chance.choice((["navigation.footer"], ["navigation.tabs"], []))
        elif what == 3:
            self.config["nav"][1] = self.chance.choice(({self.text(): "about.md"}, "about.md"))
        elif what == 4:
            options["targets"] = {"time_to_detect": f"{self.chance.randrange(1, 9)}m"}
        elif what == 5:
            self.config["use_directory_urls"] = self.chance.choice((True, False))
        else:
            options["content_security_policy"] = {}
        return f"configuration {what}"

    def theme(self) -> str:
        note = f"{{% block announce %}}{self.text()}{{% endblock %}}"
        more = self.chance.choice(
            (note, "", "{% block footer %}{{ pages | length }}{% endblock %}")
        )
        self.write("overrides/main.html", f'{{% extends "base.html" %}}\n{more}\n')
        return "theme"

    def part_of_theme(self) -> str:
        path = "overrides/postmortem/summary.html"
        self.write(path, f"<p>{self.text()} {{{{ incident.title }}}}</p>")
        return "template of ours"

    def page(self) -> str:
        title = self.chance.choice(("About us", "About", "Who we are"))
        front = self.chance.choice(
            ("", "---\ndescription: Us\n---\n", "---\nsince: 2020-01-01\n---\n")
        )
        one = self.one()
        link = self.chance.choice(("", f"[one]({one.path})", "[x](nothing.md)", "## Nowhere\n"))
        self.write("docs/about.md", f"{front}# {title}\n\n{self.text()}\n\n{link}\n")
        return "page"

    def nothing(self) -> str:
        return "nothing"

    def edit(self) -> str:
        """Edit the site somehow, and say how."""
        ways: list[tuple[Callable[[], str], int]] = [
            (self.change, 12),
            (self.retitle, 4),
            (self.hide, 3),
            (self.link, 3),
            (self.add, 2),
            (self.delete, 2),
            (self.rename, 2),
            (self.move, 2),
            (self.relate, 1),
            (self.alias, 1),
            (self.configure, 2),
            (self.theme, 1),
            (self.part_of_theme, 1),
            (self.page, 4),
            (self.nothing, 1),
        ]
        # Each way once, then as often as authors take it.
        if self.edits < len(ways):
            way = ways[self.order[self.edits]][0]
        else:
            (way,) = self.chance.choices([way for way, _ in ways], [often for _, often in ways])
        self.edits += 1
        done = way()
        self.save()
        return done


pytestmark = pytest.mark.usefixtures("alone")


@pytest.mark.parametrize("seed", range(10 if LONG else 2))
def test_an_incremental_build_is_a_clean_build(tmp_path: Path, seed: int) -> None:
    edits = 50 if LONG else 20
    chance = random.Random(seed)
    site = Site(tmp_path / "source", chance)
    sessions = {
        "serve": Session("serve", tmp_path / "served", tmp_path / "cache"),
        "build": Session("build", tmp_path / "built", tmp_path / "cache"),
    }
    done = []
    for number in range(edits):
        done.append(site.edit())
        for session in sessions.values():
            # Now and then one of them sees several edits at once.
            if chance.random() < 0.2:
                continue
            said = session.build(site.folder)
            clean = Session(session.command, tmp_path / f"clean-{number}", None)
            expected = clean.build(site.folder)
            if session.command == "build":
                assert said == expected, done
            if not any(message.startswith("failed: ") for message in expected):
                built, wanted = contents(session.site), contents(clean.site)
                assert sorted(built) == sorted(wanted), done
                differing = [name for name in wanted if built[name] != wanted[name]]
                assert not differing, (differing, done)
            clean.end()
            shutil.rmtree(clean.site, ignore_errors=True)
    sessions["serve"].end()
    # It did build less than everything, also where the theme soon listed all pages for a while.
    assert all(session.unchanged for session in sessions.values())
    assert sum(session.unchanged for session in sessions.values()) >= edits // 5


HOOK = "def on_page_content(html, **_):\n    return html\n"


@pytest.mark.parametrize(
    ("files", "config", "reason"),
    [
        ({}, {}, None),
        ({"hook.py": HOOK}, {"hooks": ["hook.py"]}, "the configuration has hooks"),
        ({}, {"plugins": ["search", "macros", "postmortem"]}, "the plugin macros takes part"),
        (
            {"theme/main.html": '{% extends "base.html" %}{{ pages | length }}'},
            {"theme": {"name": "material", "font": False, "custom_dir": "theme"}},
            "the template main.html shows what other pages hold",
        ),
        (
            {"theme/main.html": '{% extends "base.html" %}{{ page.next_page.content }}'},
            {"theme": {"name": "material", "font": False, "custom_dir": "theme"}},
            "the template main.html shows what other pages hold",
        ),
        (
            {"theme/main.html": '{% extends "base.html" %}{{ page.next_page.title }}'},
            {"theme": {"name": "material", "font": False, "custom_dir": "theme"}},
            None,
        ),
    ],
)
def test_what_nobody_can_know_is_made_anew(
    tmp_path: Path, files: dict[str, str], config: dict[str, Any], reason: str | None
) -> None:
    site = {"docs/incidents/2024-02-20-a.md": short(), **files}
    write_site(tmp_path, site, {"nav": ["index.md"], **config})
    cache = {"POSTMORTEM_CACHE": str(tmp_path / "cache")}
    first, second = (run_build(tmp_path, env=cache) for _ in range(2))
    assert first.code == second.code == 0, second.output
    known = "1 incident, 1 unchanged" if reason is None else "1 incident, 0 unchanged"
    assert known in second.output
    lines = [line for line in second.output.splitlines() if "makes every page anew" in line]
    assert len(lines) == (reason is not None)
    assert not reason or reason in lines[0]


def test_what_is_in_place_goes_where_nobody_can_know_it_any_more(tmp_path: Path) -> None:
    files = {f"docs/incidents/{name}.md": short(name) for name in ("2024-02-20-a", "2024-02-21-b")}
    files["theme/main.html"] = '{% extends "base.html" %}'
    theme = {"name": "material", "font": False, "custom_dir": "theme"}
    folder = write_site(tmp_path, files, {"nav": ["index.md"], "theme": theme})
    session = Session("serve", tmp_path / "served", tmp_path / "cache")
    session.build(folder)
    assert "incidents/2024-02-21-b/index.html" in contents(session.site)
    (folder / "theme/main.html").write_text('{% extends "base.html" %}{{ pages | length }}')
    (folder / "docs/incidents/2024-02-21-b.md").unlink()
    session.build(folder)
    session.end()
    clean = Session("serve", tmp_path / "clean", None)
    clean.build(folder)
    clean.end()
    assert contents(session.site) == contents(clean.site)


def test_a_long_build_says_how_far_it_is(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "mkdocs")
    progress = Progress()
    progress.step("read", 3)
    # As if that had taken some seconds.
    progress.said -= 3
    progress.step("read", 3)
    progress.step("read", 3)
    assert [record.getMessage() for record in caplog.records] == [
        "mkdocs_postmortem: 2 of 3 incidents read"
    ]
