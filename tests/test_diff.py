"""`postmortem diff` on real repositories, made with git in a temporary folder."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cmarkgfm  # type: ignore[import-untyped]
import pytest
import yaml
from building import short
from click.testing import CliRunner
from cmarkgfm.cmark import Options as MarkdownOptions  # type: ignore[import-untyped]
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from mkdocs_postmortem.cli import main
from mkdocs_postmortem.comparison.comment import LIMIT, MARKER
from mkdocs_postmortem.comparison.git import Repository
from mkdocs_postmortem.options import Options
from mkdocs_postmortem.render.literal import literal

# Nothing of the machine's own settings.
GIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "POSTMORTEM_AUDIENCE": ""}
WHO = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A"), ("EMAIL", "a@example.org"), ("DATE", "2026-01-01T00:00:00Z"))
}
CONFIG: dict[str, Any] = {
    "site_name": "T",
    "plugins": [{"postmortem": {"as_of": "2026-01-01", "rules": {"PM601": "off"}}}],
}


class Repo:
    """A repository with a site, whose states are written as files and committed."""

    def __init__(self, folder: Path, config: dict[str, Any] | None = None) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")
        self.write("mkdocs.yml", yaml.safe_dump(config or CONFIG))

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *arguments],
            cwd=self.folder,
            env={**os.environ, **GIT, **WHO},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def incident(self, id: str, text: str) -> None:
        self.write(f"docs/incidents/{id[:4]}/{id}.md", text)

    def remove(self, id: str) -> None:
        (self.folder / f"docs/incidents/{id[:4]}/{id}.md").unlink()

    def commit(self) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "x")
        return self.git("rev-parse", "HEAD")


@dataclass(frozen=True)
class Done:
    """What a run of `postmortem` printed."""

    returncode: int
    stdout: str
    stderr: str


def run(folder: Path, *arguments: str, env: dict[str, str] | None = None) -> Done:
    """`postmortem` in `folder`, in this process: starting one takes longer than the work."""
    variables = {**{name: None for name in os.environ if name.startswith("GIT_")}, **GIT}
    with contextlib.chdir(folder):
        done = CliRunner().invoke(main, arguments, env={**variables, **(env or {})})
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Done(done.exit_code, done.stdout_bytes.decode("utf-8"), done.stderr)


def diff(folder: Path, *arguments: str, env: dict[str, str] | None = None) -> Done:
    return run(folder, "diff", *arguments, env=env)


def comment(folder: Path, *arguments: str, env: dict[str, str] | None = None) -> str:
    done = diff(folder, *arguments, env=env)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{MARKER}\n")
    return done.stdout


def document(folder: Path, *arguments: str) -> dict[str, Any]:
    done = diff(folder, *arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def html(markdown: str) -> str:
    """`markdown` as GitHub's own parser renders it."""
    rendered: str = cmarkgfm.github_flavored_markdown_to_html(
        markdown, MarkdownOptions.CMARK_OPT_UNSAFE
    )
    return rendered


def words(rendered: str) -> str:
    return re.sub(r"<[^>]*>", "", rendered)


def with_items(*items: str, **fields: str) -> str:
    """An incident with these action items."""
    listed = "".join(f"  - {item}\n" for item in items)
    head, _, rest = short(**fields).partition("action_items:\n")
    return f"{head}action_items:\n{listed}---\n" + rest.partition("---\n")[2]


@pytest.fixture(scope="module")
def ten(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repo, str, str]:
    """A base and a head that differ in ten ways."""
    repo = Repo(tmp_path_factory.mktemp("ten"))
    keeps = "{title: Keep it, owner: team, due: 2026-05-01}"
    drops = "{title: Replace the queue, owner: team, due: 2026-05-01}"
    repo.incident("2024-01-01-unchanged", short("Unchanged"))
    repo.incident("2024-01-02-times", short("Times change"))
    repo.incident("2024-01-03-severity", short("Severity changes"))
    repo.incident("2024-01-04-goes", short("Goes away"))
    repo.incident("2024-01-05-old-name", short("Keeps its words under another name"))
    repo.incident("2024-01-06-items", with_items(keeps, drops, title="Promises"))
    repo.incident("2024-01-07-secret", short("Was a draft", visibility="draft"))
    repo.incident("2024-01-08-hides", short("Hides", visibility="public"))
    repo.incident("2024-01-09-broken", short("Mended").replace("18:18", "18:01"))
    base = repo.commit()
    repo.incident(
        "2024-01-02-times",
        short("Times change")
        .replace("18:18 resolved", "18:23 resolved")
        .replace("18:04 detected", "18:06 detected, declared"),
    )
    severe = short("Severity changes").replace("severity: sev2", "severity: sev1")
    repo.incident("2024-01-03-severity", severe.replace("[api]", "[api, web]"))
    repo.remove("2024-01-04-goes")
    (repo.folder / "docs/incidents/2024/2024-01-05-old-name.md").rename(
        repo.folder / "docs/incidents/2024/2024-01-05-new-name.md"
    )
    moved = keeps.replace("2026-05-01", "2026-09-01")
    more = "{title: Watch the queue, owner: team, due: 2026-06-01}"
    repo.incident("2024-01-06-items", with_items(moved, more, title="Promises"))
    secret = short("Was a draft").replace(
        "timeline:\n",
        "internal: {ticket: OPS-1}\ntimeline:\n"
        "  - {at: '18:01', event: We look at the vault, internal: true}\n",
    )
    repo.incident("2024-01-07-secret", secret)
    repo.incident("2024-01-08-hides", short("Hides", visibility="internal"))
    repo.incident("2024-01-09-broken", short("Mended"))
    repo.incident("2024-01-10-new", short("Newly written", visibility="draft"))
    return repo, base, repo.commit()


def test_each_of_ten_differences_is_in_the_comment(ten: tuple[Repo, str, str]) -> None:
    repo, base, head = ten
    text = comment(repo.folder, base, head, "--preview-url", "https://preview.example.org/pr-7/")
    lines = text.splitlines()
    sections = [line for line in lines if line.startswith("### ")]
    assert sections == [
        "### Breaks what is published",
        "### Becomes public",
        "### No longer public",
        "### Gets another id",
        "### Changes in public incidents",
        "### New, not public",
    ]

    def block(id: str) -> str:
        start = next(n for n, line in enumerate(lines) if line.startswith(f"#### `{id}`"))
        end = next((n for n in range(start + 1, len(lines)) if lines[n][:3] == "###"), len(lines))
        return "\n".join(lines[start:end])

    # 1 a time, with everything that follows from it, and a new milestone
    times = block("2024-01-02-times")
    assert (
        "| Time to resolve (started → resolved) | 15 min (14 to 16) | 20 min (19 to 21) |" in times
    )
    assert "| Time to detect (started → detected) | 1 min (0 to 2) | 3 min (2 to 4) |" in times
    assert "| Declared | – | 2024-01-02 18:06 |" in times
    assert "| Resolved | 2024-01-02 18:18 | 2024-01-02 18:23 |" in times
    # 2 severity and components
    severity = block("2024-01-03-severity")
    assert "| Severity | SEV2 | SEV1 |" in severity
    assert "| Components | api | api, web |" in severity
    assert "| Impact on web | – | Major outage, 2024-01-03 18:03 to 2024-01-03 18:18 |" in severity
    # 3 an incident that is gone
    assert "Goes away · removed" in block("2024-01-04-goes")
    # 4 another id
    assert "was `2024-01-05-old-name`" in block("2024-01-05-new-name")
    # 5, 6, 7 promises: moved, dropped, new
    items = block("2024-01-06-items")
    assert "- **Due date moved**: Keep it · due 2026-05-01 → 2026-09-01" in items
    assert "- **Dropped**: Replace the queue · was open, due 2026-05-01" in items
    assert "- **New**: Watch the queue · team, due 2026-06-01" in items
    # 8 what becomes public, and what of it does not
    public = block("2024-01-07-secret")
    assert "Stays internal: 1 row (18:01); the internal notes." in public
    assert "| Visibility | Draft | Public |" in public
    assert "[preview](https://preview.example.org/pr-7/incidents/2024-01-07-secret/)" in public
    # 9 what is hidden again
    assert "| Visibility | Public | Internal |" in block("2024-01-08-hides")
    # 10 a problem that is solved
    assert "- Solved, error PM206" in block("2024-01-09-broken")
    # a draft, of which a public preview has no page
    new = block("2024-01-10-new")
    assert "· new" in new
    assert "preview" not in new
    assert "2024-01-01-unchanged" not in text
    assert lines[1].startswith("## Postmortems: 1 becomes public, 2 leave public, 1 added")
    drafts = comment(
        repo.folder,
        base,
        head,
        "--preview-url",
        "https://preview.example.org",
        env={"POSTMORTEM_AUDIENCE": "drafts"},
    )
    assert "(https://preview.example.org/incidents/2024-01-10-new/)" in drafts


def test_strict_refuses_what_breaks_published_incidents(ten: tuple[Repo, str, str]) -> None:
    repo, base, head = ten
    assert diff(repo.folder, base, head).returncode == 0
    done = diff(repo.folder, base, head, "--strict")
    assert done.returncode == 1
    refused = sorted(re.findall(r"(2024-\S+?)\.md:.*?(PM\d+)", done.stderr))
    assert refused == [
        ("2024-01-02-times", "PM851"),
        ("2024-01-03-severity", "PM851"),
        ("2024-01-04-goes", "PM852"),
        ("2024-01-05-new-name", "PM853"),
        ("2024-01-08-hides", "PM852"),
        ("2024-01-09-broken", "PM851"),
    ]
    # What stays as it was, and what was never public, is nobody's concern.
    assert diff(repo.folder, head, head, "--strict").returncode == 0


def test_strict_accepts_corrections_withdrawals_and_aliases(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.incident("2024-01-02-times", short())
    repo.incident("2024-01-04-goes", short())
    repo.incident("2024-01-05-old", short("Another"))
    repo.incident("2024-01-06-open", short().replace("timeline:", "status: open\ntimeline:"))
    repo.incident("2024-01-07-words", short())
    base = repo.commit()
    later = short().replace("18:18 resolved", "18:23 resolved")
    correction = "corrections: [{date: 2024-03-01, text: It was 18:23.}]\n---\n##"
    repo.incident("2024-01-02-times", later.replace("---\n##", correction))
    withdrawn = "withdrawn: {date: 2024-03-01, reason: Not ours}\n---\n##"
    repo.incident("2024-01-04-goes", short().replace("---\n##", withdrawn))
    repo.remove("2024-01-05-old")
    alias = "aliases: [incidents/2024-01-05-old/]\n---\n##"
    repo.incident("2024-01-05-new", short("Rewritten").replace("---\n##", alias))
    repo.incident("2024-01-06-open", later)
    repo.incident("2024-01-07-words", short().replace("lands", "arrives"))
    head = repo.commit()
    done = diff(repo.folder, base, head, "--strict")
    assert done.returncode == 0, done.stderr
    assert "- Correction of 2024-03-01: It was 18:23." in done.stdout
    assert "| Withdrawn | – | 2024-03-01: Not ours |" in done.stdout
    assert "was `2024-01-05-old`" in done.stdout
    assert "- Words change: timeline (1 row changed)" in done.stdout
    # The correction that was there before is none for the next change.
    repo.incident(
        "2024-01-02-times", later.replace("18:23", "18:25").replace("---\n##", correction)
    )
    assert diff(repo.folder, "HEAD", "--strict").returncode == 1
    # The site decides how bad that is.
    rules = {"PM601": "off", "PM851": "warning"}
    config = {**CONFIG, "plugins": [{"postmortem": {"as_of": "2026-01-01", "rules": rules}}]}
    repo.write("mkdocs.yml", yaml.safe_dump(config))
    done = diff(repo.folder, "HEAD", "--strict")
    assert done.returncode == 0
    assert "**warning PM851**" in done.stdout


def test_json_has_what_show_says_of_both_sides(ten: tuple[Repo, str, str], tmp_path: Path) -> None:
    repo, base, head = ten
    result = document(repo.folder, base, head)
    assert result["format"] == 1
    assert (result["base"]["commit"], result["head"]["commit"]) == (base, head)
    assert result["as_of"] == "2026-01-01T23:59:59Z"
    assert document(repo.folder, f"{base}..{head}") == result
    assert document(repo.folder, f"{base}...{head}")["base"]["commit"] == base
    kinds = {entry["id"]: entry["change"] for entry in result["incidents"]}
    assert len(kinds) == 9
    assert kinds["2024-01-05-new-name"] == "renamed"
    assert [entry["id"] for entry in result["incidents"] if entry["becomes_public"]] == [
        "2024-01-07-secret"
    ]
    trees = {}
    for side, commit in (("before", base), ("after", head)):
        repo.git("worktree", "add", "-q", "--detach", str(tmp_path / side), commit)
        trees[side] = tmp_path / side
    seen = 0
    for entry in result["incidents"]:
        shown = {}
        for side, path in (("before", entry["path_before"]), ("after", entry["path"])):
            if path is not None:
                output = run(trees[side], "show", path, "--format", "json").stdout
                shown[side] = json.loads(output)
        for side, whole in shown.items():
            changed = {(v["group"], v["name"], v["number"]): v[side] for v in entry["values"]}
            for name in ("severity", "visibility", "components", "date", "title"):
                if ("fact", name, None) in changed:
                    assert changed["fact", name, None] == whole[name]
                    seen += 1
                else:
                    assert all(other[name] == whole[name] for other in shown.values())
            for time in whole["response_times"]:
                key = ("response_time", time["key"], time["episode"])
                if key in changed:
                    assert changed[key] == time
                    seen += 1
                elif len(shown) == 2:
                    assert all(time in other["response_times"] for other in shown.values())
            for key, windows in changed.items():
                if key[0] == "impact":
                    own = [w for w in whole["impact"] if w["component"] == key[1]]
                    assert (windows or []) == own
                    seen += 1
            for item in entry["action_items"]:
                assert item[side] is None or item[side] in whole["action_items"]
    assert seen > 40
    repo.git("worktree", "prune")


def test_the_public_sees_public_incidents_alone(ten: tuple[Repo, str, str]) -> None:
    repo, base, head = ten
    text = comment(repo.folder, base, head, "--audience", "public")
    raw = diff(repo.folder, base, head, "--audience", "public", "--format", "json").stdout
    for shown in (text, raw):
        assert "2024-01-10-new" not in shown
        assert "Newly written" not in shown
        assert "vault" not in shown
        assert "OPS-1" not in shown
        assert "2024-01-07-secret" in shown
    entry = next(e for e in json.loads(raw)["incidents"] if e["id"] == "2024-01-07-secret")
    # Nobody outside learns that there was a draft.
    assert (entry["change"], entry["path_before"]) == ("added", None)
    assert entry["stays_internal"] is None
    entry = next(e for e in json.loads(raw)["incidents"] if e["id"] == "2024-01-08-hides")
    assert (entry["change"], entry["path"]) == ("removed", None)


def test_drafts_that_only_a_public_incident_names_stay_unnamed(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.incident("2024-01-01-secret", short("Secret", visibility="draft"))
    repo.incident("2024-01-02-public", short())
    repo.commit()
    text = short().replace("timeline:", "related: [2024-01-01-secret]\ntimeline:")
    text = text.replace("18:04 detected: ", "18:02 detected: ")
    repo.incident("2024-01-02-public", text)
    assert "2024-01-01-secret" in comment(tmp_path, "HEAD")
    shown = comment(tmp_path, "HEAD", "--audience", "public")
    assert "2024-01-01-secret" not in shown
    assert "PM206" in shown


def test_nothing_changed_is_one_line(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.incident("2024-01-01-a", short())
    head = repo.commit()
    for arguments in (("HEAD", "HEAD"), ("main",), (head, "main")):
        text = comment(tmp_path, *arguments)
        assert text.count("\n") == 2
        assert "Nothing changes in the postmortems" in text
        assert document(tmp_path, *arguments)["incidents"] == []
        assert document(tmp_path, *arguments)["files_read"] == 0
    # What no reader sees is no change: a comment of YAML, the day the site counts from.
    repo.incident("2024-01-01-a", short().replace("timeline:", "# kept in order\ntimeline:"))
    config = {
        **CONFIG,
        "plugins": [{"postmortem": {"as_of": "2027-01-01", "rules": {"PM601": "off"}}}],
    }
    repo.write("mkdocs.yml", yaml.safe_dump(config))
    assert "Nothing changes" in comment(tmp_path, "HEAD")


def test_each_side_has_its_own_options(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.incident("2024-01-01-a", short())
    repo.write("base.yml", "docs_dir: docs\n")
    repo.commit()
    repo.write("mkdocs.yml", "INHERIT: base.yml\nsite_name: T\n")
    repo.write(
        "base.yml",
        "plugins: {postmortem: {timezone: Europe/Berlin, as_of: 2026-01-01, targets: "
        "{time_to_resolve: 5m}, rules: {PM601: 'off'}}}\ndocs_dir: docs\n",
    )
    head = repo.commit()
    result = document(tmp_path, "HEAD~1", head)
    assert result["options_changed"] == ["timezone", "targets"]
    values = {(v["group"], v["name"]): v for v in result["incidents"][0]["values"]}
    assert values["milestone", "started"]["before"]["at"] == "2024-01-01T18:03:00Z"
    assert values["milestone", "started"]["after"]["at"] == "2024-01-01T17:03:00Z"
    assert values["response_time", "time_to_resolve"]["after"]["verdict"] == "missed"
    text = comment(tmp_path, "HEAD~1", head)
    assert "**Options change:** `timezone`, `targets`" in text
    assert "Times in Europe/Berlin" in text
    # A wrong option is said with its revision and place.
    repo.write("base.yml", "plugins: {postmortem: {timezone: PST}}\n")
    repo.commit()
    done = diff(tmp_path, "HEAD~1", "HEAD")
    assert done.returncode == 2
    assert "HEAD: base.yml:1:24: error PM800 timezone: PST" in done.stderr


@pytest.mark.parametrize(
    ("alias", "use_directory_urls", "keeps"),
    [
        ("incidents/2024-01-05-caf\u00e9", True, True),
        ("incidents/2024-01-05-caf%C3%A9/", True, True),
        ("incidents/2024-01-05-caf\u00e9/index.html", True, True),
        # The page of a folder is no page beside it.
        ("incidents/2024-01-05-caf\u00e9.html", True, False),
        ("incidents/2024-01-05-caf\u00e9.html", False, True),
        ("incidents/2024-01-05-caf\u00e9/", False, False),
        # A redirect is made of none of these.
        ("/incidents/2024-01-05-caf\u00e9/", True, False),
        ("2024-01-05-caf\u00e9/", True, False),
    ],
)
def test_an_alias_keeps_the_address_at_which_it_answers(
    tmp_path: Path, alias: str, use_directory_urls: bool, keeps: bool
) -> None:
    repo = Repo(tmp_path, {**CONFIG, "use_directory_urls": use_directory_urls})
    repo.incident("2024-01-05-caf\u00e9", short())
    repo.commit()
    repo.remove("2024-01-05-caf\u00e9")
    repo.incident("2024-01-05-new", short().replace("---\n##", f"aliases: [{alias}]\n---\n##"))
    found = document(tmp_path, "HEAD")
    assert [change["change"] for change in found["incidents"]] == ["renamed"]
    assert [violation["code"] for violation in found["violations"]] == ["PM853"] * (not keeps)
    for violation in found["violations"]:
        # What is said to help does.
        helps = violation["help"].partition("aliases: ")[2].removesuffix("]`").removeprefix("[")
        assert helps == f"incidents/2024-01-05-caf\u00e9{'/' if use_directory_urls else '.html'}"


def test_options_that_change_no_reading_have_nothing_compared(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.incident("2024-01-05-a", short())
    repo.commit()
    options = CONFIG["plugins"][0]["postmortem"] | {"workers": 3}
    repo.write("mkdocs.yml", yaml.safe_dump({**CONFIG, "plugins": [{"postmortem": options}]}))
    assert document(tmp_path, "HEAD")["files_read"] == 0
    assert "**Options change:** `workers`.\n" in comment(tmp_path, "HEAD")
    options["timezone"] = "Asia/Tokyo"
    repo.write("mkdocs.yml", yaml.safe_dump({**CONFIG, "plugins": [{"postmortem": options}]}))
    said = "**Options change:** `timezone`, `workers`, so every incident was compared.\n"
    assert said in comment(tmp_path, "HEAD")


@pytest.mark.parametrize("taken", ["old/page/index.html", "incidents/2024-01-05-a/"])
def test_an_address_that_an_unchanged_file_has_is_introduced(tmp_path: Path, taken: str) -> None:
    repo = Repo(tmp_path)
    with_alias = short().replace("---\n##", "aliases: [old/Page]\n---\n##")
    repo.incident("2024-01-05-a", with_alias)
    repo.incident("2024-01-06-b", short())
    repo.incident("2024-01-07-c", short())
    repo.commit()
    repo.incident("2024-01-06-b", with_alias.replace("old/Page", taken))
    found = document(tmp_path, "HEAD")
    codes = [found["code"] for found in found["diagnostics"]["introduced"]]
    checked = json.loads(run(tmp_path, "check", "--format", "json").stdout)["diagnostics"]
    assert codes == ["PM811"]
    assert [found["code"] for found in checked if found["severity"] == "error"] == codes
    # On both sides the one that changed, and once the one that has it.
    assert found["files_read"] == 3


def test_diagnostics_of_unchanged_files_that_a_change_breaks_or_solves(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    names = short("Names another").replace("timeline:", "related: [2024-01-02-b]\ntimeline:")
    repo.incident("2024-01-01-a", names)
    item = "{title: Buy a second line, owner: team, due: 2026-05-01}"
    repo.incident("2024-01-02-b", with_items(item, title="First"))
    repo.incident("2024-01-03-c", with_items(item.replace("second", "SECOND"), title="Again"))
    for number in range(10, 20):
        repo.incident(f"2024-01-{number}-other", short(f"Other {number}"))
    base = repo.commit()
    repo.remove("2024-01-02-b")
    result = document(tmp_path, base)
    codes = {kind: [d["code"] for d in found] for kind, found in result["diagnostics"].items()}
    assert codes == {"introduced": ["PM802"], "solved": ["PM804"]}
    assert result["diagnostics"]["introduced"][0]["path"].endswith("2024-01-01-a.md")
    # The removed one, and the two that speak of it.
    assert result["files_read"] == 3
    entry = next(e for e in result["incidents"] if e["id"] == "2024-01-01-a")
    assert (entry["change"], entry["values"], entry["texts"]) == ("changed", [], [])
    # What only moved by some lines is neither introduced nor solved.
    repo.git("checkout", "-q", "main", "--", ".")
    repo.incident("2024-01-03-c", short().replace("18:18 resolved", "18:01 resolved"))
    repo.commit()
    moved = short().replace("18:18 resolved", "18:01 resolved")
    moved = moved.replace("timeline:", "tags: [x]\ntimeline:")
    repo.incident("2024-01-03-c", moved.replace("  - 18:04", "  - 18:03: First.\n  - 18:04"))
    result = document(tmp_path, "HEAD")
    assert result["diagnostics"] == {"introduced": [], "solved": []}
    assert result["incidents"][0]["texts"] == ["timeline (1 row added)"]


HOSTILE = [
    "@octocat and @org/team",
    "# heading",
    "- list",
    "1. list",
    "> quote",
    "```\nfence",
    "~~~ fence",
    "<script>alert(1)</script><!-- comment --><img src=x onerror=y>",
    "-->",
    "![image](https://evil.example/x.png)",
    "[link](https://evil.example) https://evil.example www.evil.example a@evil.example",
    "| a | b |",
    "\\| a \\\\",
    "#123 GH-123 org/repo#1 https://github.com/o/r/issues/1 !5 %1 $2 &3",
    "::error::x ::set-output name=x::y ##[add-mask]x",
    "$x$ $$x$$ `code` **bold** _em_ ~~gone~~",
    "&lt;b&gt; &#64;octocat &commat;octocat",
    "line\n\n## two\n\n::warning::x",
    "\u202eright to left\u2066",
    "]: https://evil.example",
    "[^1] [x] :tada: {{ x }}",
    "http:\u200b//evil.example @\u200bname",
]
REFERENCES = re.compile(
    r"(?<![\w`])@[\w]|#\d|\bGH-\d|::|https?://(?!preview\.example)|\bwww\.|##\[", re.IGNORECASE
)


def inert(markdown: str, text: str) -> None:
    """Assert that nothing in `markdown` does anything but show itself."""
    rendered = html(markdown)
    tags = set(re.findall(r"<(/?[a-zA-Z!][\w-]*)", rendered.replace(MARKER, "")))
    assert tags <= {
        "p",
        "/p",
        "ul",
        "/ul",
        "li",
        "/li",
        "strong",
        "/strong",
        "table",
        "/table",
        "thead",
        "/thead",
        "tbody",
        "/tbody",
        "tr",
        "/tr",
        "th",
        "/th",
        "td",
        "/td",
        "h2",
        "/h2",
        "h3",
        "/h3",
        "h4",
        "/h4",
        "code",
        "/code",
        "em",
        "/em",
        "a",
        "/a",
    }, text
    for link in re.findall(r'href="([^"]*)"', rendered):
        assert link.startswith("https://preview.example/"), text
    assert not REFERENCES.search(re.sub(r"<[^>]*>", "", rendered)), text
    assert not [line for line in markdown.splitlines() if line.lstrip().startswith(("::", "##["))]


@given(
    st.one_of(st.sampled_from(HOSTILE), st.text(), st.lists(st.sampled_from(HOSTILE)).map("".join))
)
@example("a" * 500)
@example("1) x")
@example("+ x")
@example("=== x")
@settings(max_examples=300, deadline=None)
def test_literal_text_shows_itself_and_nothing_else(text: str) -> None:
    shown = literal(text)
    assert "\n" not in shown
    for markdown in (shown, f"- {shown}", f"**x** {shown}", f"| a |\n| --- |\n| {shown} |"):
        inert(markdown, text)
        rendered = html(markdown)
        assert rendered.count("<td>") == markdown.startswith("|")
        if text.isascii() and text.isprintable() and len(text) < 100:
            plain = " ".join(text.split())
            unescaped = words(rendered).replace("\u200b", "")
            assert html_text(unescaped).strip().endswith(plain.strip())


def html_text(text: str) -> str:
    import html as entities

    return entities.unescape(text)


@pytest.mark.parametrize("part", range(3))
def test_hostile_incidents_cannot_leave_their_place(tmp_path: Path, part: int) -> None:
    repo = Repo(tmp_path)
    texts = HOSTILE[part::3]
    for number in range(len(texts)):
        repo.incident(f"2024-01-01-public-{number}", short(f"Title {number}"))
        repo.incident(f"2024-01-01-draft-{number}", short(f"Title {number}", visibility="draft"))
    base = repo.commit()
    for number, text in enumerate(texts):
        front: dict[str, Any] = {
            "title": text,
            "severity": "sev2",
            "visibility": "public",
            "published": "2024-02-22",
            "components": [text],
            "tags": [text],
            "reference": text,
            "summary": text,
            "links": [{"name": text, "url": "https://evil.example/"}],
            "timeline": [
                {"at": "18:03", "milestone": "started", "event": text},
                {"at": "18:04", "event": text, "internal": True},
                {"at": text, "event": text},
                {"at": "18:20", "milestone": "resolved", "event": text},
            ],
            "impact": [{"component": text, "users": text}],
            "causes": [{"id": text, "text": text, "internal": True}],
            "action_items": [
                {"title": text, "id": "x", "owner": text, "due": text, "cause": text},
                {"title": text, "id": "y", "internal": True},
            ],
            "corrections": [{"date": "2024-03-01", "text": text}],
            "related": [text],
            "claims": {"time_to_resolve": text},
        }
        whole = f"---\n{yaml.safe_dump(front)}---\n{text}\n"
        repo.incident(f"2024-01-01-public-{number}", whole)
        repo.incident(f"2024-01-01-draft-{number}", whole)
    markdown = comment(repo.folder, base, "--preview-url", "https://preview.example/")
    inert(markdown, "all of them")
    # Nothing was cut, so that everything was looked at.
    assert "Shortened" not in markdown
    count = len(texts)
    headings = re.findall(r"<h(\d)>", html(markdown))
    assert headings == ["2", "3", *"4" * count, "3", *"4" * count]


def test_a_large_change_is_shortened_to_the_limit_by_importance(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    base = repo.commit()
    for number in range(450):
        text = short(f"{number} 😀 " * 18, visibility="draft")
        repo.incident(f"2024-01-01-number-{number:03}", text)
    repo.incident("2024-01-01-z-public", short("The one that goes public"))
    head = repo.commit()
    text = comment(tmp_path, base, head)
    assert LIMIT - 2000 < len(text.encode("utf-16-le")) // 2 <= LIMIT
    shown = re.findall(r"^#### `(.*?)`", text, re.MULTILINE)
    assert shown[0] == "2024-01-01-z-public"
    assert "| Time to resolve (started → resolved) | 15 min (14 to 16) |" in text
    left_out = re.search(r"(\d+) less important ones are left out", text)
    assert left_out
    assert int(left_out[1]) + len(shown) == 451
    assert text.rstrip().endswith("has everything.")


def test_unusual_repositories(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.incident("2024-01-01-a", short("First"))
    base = repo.commit()
    folder = repo.folder / "docs/incidents/2024"
    Path(os.fsdecode(os.fsencode(folder) + b"/2024-01-02-\xff\xfe.md")).write_text(short("Odd"))
    (folder / "2024-01-03-line\nbreak.md").write_text(short("Break"))
    (folder / "2024-01-04-link.md").symlink_to("2024-01-01-a.md")
    (folder / "2024-01-05-out.md").symlink_to("/etc/passwd")
    (folder / "2024-01-06-up.md").symlink_to("../../../mkdocs.yml")
    (folder / "2024-01-07-circle.md").symlink_to("2024-01-07-circle.md")
    (folder / "2024-01-08-folder.md").symlink_to("..")
    (folder / "2024-01-09-dir.md").mkdir()
    (folder / "2024-01-09-dir.md/keep").write_text("x")
    other = Repo(tmp_path / "other")
    other.commit()
    repo.git("submodule", "add", "-q", str(other.folder), "docs/incidents/2024-01-10-sub.md")
    head = repo.commit()
    sides = ((base, head), (base,), (head, base))
    for arguments in sides:
        text = comment(repo.folder, *arguments)
        assert "Odd" in text
        assert "line\\\\nbreak" in text
        assert "/etc/passwd" not in text
        assert "root:" not in text
        assert "site_name" not in text
    result = document(repo.folder, base, head)
    titles = {entry["title"] for entry in result["incidents"]}
    assert {"Odd", "Break", "First"} <= titles
    # The link that stays inside has what it leads to; the others cannot be read.
    unreadable = [d["path"] for d in result["diagnostics"]["introduced"] if d["code"] == "PM124"]
    assert len(unreadable) == 3
    assert document(repo.folder, head)["incidents"] == []
    # In a bare repository there are only commits.
    bare = tmp_path / "bare.git"
    repo.git("clone", "-q", "--bare", str(repo.folder), str(bare))
    assert document(bare, base, head)["incidents"] == result["incidents"]
    done = diff(bare, base)
    assert done.returncode == 2
    assert "there is no working tree here" in done.stderr
    # A shallow clone says what is missing and how to get it.
    shallow = tmp_path / "shallow"
    repo.git("clone", "-q", "--depth", "1", f"file://{repo.folder}", str(shallow))
    done = diff(shallow, base, "HEAD")
    assert done.returncode == 2
    assert "this clone is shallow" in done.stderr
    # The folder of the incidents as a submodule is another repository.
    outer = Repo(tmp_path / "outer")
    outer.git("submodule", "add", "-q", str(repo.folder), "docs/incidents")
    outer.commit()
    done = diff(outer.folder, "HEAD", "HEAD")
    assert done.returncode == 2
    assert "docs/incidents is a submodule" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--", "-x"), "“-x” is no revision"),
        (("--", "--output=x"), "“--output=x” is no revision"),
        (("",), "“” is no revision"),
        (("nowhere",), "there is no revision nowhere here"),
        (("HEAD..nowhere",), "there is no revision nowhere here"),
        (("HEAD..HEAD..HEAD",), "there is no revision HEAD..HEAD here"),
        (("HEAD..HEAD", "HEAD"), "there is no revision HEAD..HEAD here"),
        (("HEAD:mkdocs.yml",), "there is no revision HEAD:mkdocs.yml here"),
        (("HEAD", "--preview-url", "javascript:x"), "an address that begins with http"),
        (("HEAD", "--preview-url", "https://x/) @all ("), "an address that begins with http"),
        (("HEAD", "-f", "../other.yml"), "lies outside the repository"),
        (("HEAD", "-f", "no.yml"), "there is no file no.yml in either revision"),
    ],
)
def test_wrong_use(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    repo = Repo(tmp_path)
    repo.incident("2024-01-01-a", short())
    repo.commit()
    done = diff(tmp_path, *arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert not (tmp_path / "x").exists()


def test_as_a_user_runs_it(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    name = os.fsdecode(b"2024-01-01-\xff")
    repo.incident(name, short("Größe → 1"))
    repo.commit()
    repo.remove(name)
    command = [sys.executable, "-m", "mkdocs_postmortem", "diff", "HEAD"]
    for output in ("markdown", "json"):
        done = subprocess.run(
            [*command, "--format", output],
            cwd=tmp_path / "docs",
            env={
                **os.environ,
                **GIT,
                "LC_ALL": "C",
                "PYTHONUTF8": "0",
                "PYTHONIOENCODING": "ascii",
            },
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        text = done.stdout.decode("utf-8")
        assert "Größe → 1" in text
        assert "\\udcff" in text


def test_outside_a_repository(tmp_path: Path) -> None:
    done = diff(tmp_path, "HEAD", env={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)})
    assert done.returncode == 2
    assert "not a git repository" in done.stderr


def test_the_merge_base_leaves_out_what_others_did(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.incident("2024-01-01-a", short())
    repo.commit()
    repo.git("checkout", "-q", "-b", "topic")
    repo.incident("2024-01-02-mine", short("Mine"))
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.incident("2024-01-03-theirs", short("Theirs"))
    repo.commit()
    ids = [entry["id"] for entry in document(tmp_path, "main", "topic")["incidents"]]
    assert sorted(ids) == ["2024-01-02-mine", "2024-01-03-theirs"]
    result = document(tmp_path, "main", "topic", "--merge-base")
    assert [entry["id"] for entry in result["incidents"]] == ["2024-01-02-mine"]


Change = Callable[[str], str]
EDITS: list[Change] = [
    lambda text: text.replace("18:18", "18:40"),
    lambda text: text.replace("public", "draft"),
    lambda text: text.replace("sev2", "sev9"),
    lambda text: text.replace("timeline:", "timelien:"),
    lambda text: text.replace("[api]", "[web, db]"),
    lambda text: text[: len(text) // 2],
    lambda text: "",
    lambda text: text.replace("---\n", "", 1),
]


@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.integers(0, len(EDITS) - 1)), min_size=1, max_size=6
    )
)
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_revision_differs_from_itself_in_nothing_and_there_and_back_mirror(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, int]]
) -> None:
    repo = Repo(tmp_path_factory.mktemp("property"))
    for name in "abc":
        repo.incident(f"2024-01-01-{name}", short(f"Title {name}"))
    base = repo.commit()
    for name, number in edits:
        repo.incident(f"2024-01-01-{name}", EDITS[number](short(f"Title {name}")))
    head = repo.commit()
    for revision in (base, head):
        assert "Nothing changes" in comment(repo.folder, revision, revision)
    there, back, now = (
        document(repo.folder, *revisions) for revisions in ((base, head), (head, base), (base,))
    )
    assert now["incidents"] == there["incidents"]
    mirrored = {"added": "removed", "removed": "added", "changed": "changed", "renamed": "renamed"}
    assert sorted(
        (entry["id_before"] or entry["id"], entry["change"]) for entry in back["incidents"]
    ) == sorted((entry["id"], mirrored[entry["change"]]) for entry in there["incidents"])
    assert there["diagnostics"]["introduced"] == back["diagnostics"]["solved"]


def test_options_that_change_no_reading_read_nothing(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    for name in "abc":
        repo.incident(f"2024-01-01-{name}", short(name))
    base = repo.commit()
    postmortem = CONFIG["plugins"][0]["postmortem"]
    for option, files in (({"workers": 2, "public_edit_links": True}, 0), ({"sections": []}, 6)):
        plugins = [{"postmortem": {**postmortem, **option}}]
        repo.write("mkdocs.yml", yaml.safe_dump({**CONFIG, "plugins": plugins}))
        result = document(tmp_path, base)
        assert result["options_changed"] == sorted(option, key=list(Options.model_fields).index)
        assert result["files_read"] == files


def test_contents_come_in_whatever_order_they_are_asked_for(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    texts = {}
    for number in range(300):
        text = f"{number}\n" * (number % 50)
        repo.write(f"{number}", text)
        texts[f"{number}"] = text.encode()
    commit = repo.commit()
    with Repository(tmp_path) as repository:
        oids = {entry.path: entry.oid for entry in repository.entries(commit, "")}
        expected = [oids[name] for name in texts]
        missing = "0" * len(commit)
        for order in (
            list(texts),
            list(texts)[::-1],
            list(texts)[::3],
            ["7", "7", "299", "7", "100", "101", "missing", "103"],
        ):
            repository.expect([*expected[:5], missing, *expected[5:]])
            for name in order:
                if name == "missing":
                    with pytest.raises(OSError, match="not in this clone"):
                        repository.content(missing, 9999)
                else:
                    assert repository.content(oids[name], 40) == texts[name][:40]


@pytest.mark.parametrize(
    ("rows", "changed", "says"),
    [
        (
            "  - 18:03 started: a\n  - 18:18 resolved: b\n",
            "  - 18:03 started: a\n  - 18:28 resolved: b\n",
            "Time to publish",
        ),
        (
            "  - ~18:03 ±5m started: a\n  - 19:18 resolved: b\n",
            "  - ~18:03 ±6m started: a\n  - 19:18 resolved: b\n",
            "Impact on api",
        ),
    ],
)
def test_no_value_becomes_itself(tmp_path: Path, rows: str, changed: str, says: str) -> None:
    def text(rows: str) -> str:
        head, _, rest = short().partition("timeline:\n")
        return f"{head}timeline:\n{rows}action_items:{rest.partition('action_items:')[2]}"

    repo = Repo(tmp_path)
    repo.incident("2024-01-02-times", text(rows))
    repo.commit()
    repo.incident("2024-01-02-times", text(changed))
    done = comment(tmp_path, "HEAD")
    refused = next(line for line in done.splitlines() if "PM851" in line)
    pairs = re.findall(
        r"(?:changes: |; )(.+?): (.+?) becomes (.+?)(?=; |, and \d+ more|\.$|\. \*)", refused
    )
    assert pairs
    assert all(was != now for _, was, now in pairs), refused
    row = next(line for line in done.splitlines() if line.startswith(f"| {says}"))
    _, was, now = row.strip("| ").split(" | ")
    assert was != now
    assert "{" not in row
