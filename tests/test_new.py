"""`postmortem new`, run as a user runs it: with and without a terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from building import build, short, write_site
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from mkdocs_postmortem.cli import main
from mkdocs_postmortem.diagnostics import Severity
from mkdocs_postmortem.files_on_disk import is_incident_name
from mkdocs_postmortem.incident_file import read_as_public, read_incident_text
from mkdocs_postmortem.incident_template import (
    NewIncident,
    TemplateError,
    new_text,
    objections,
    path_for,
    short_slug,
    template_texts,
)
from mkdocs_postmortem.incident_yaml import scalar
from mkdocs_postmortem.options import Options, load_options
from mkdocs_postmortem.reading.reader import Reading
from mkdocs_postmortem.untrusted import invisible_characters
from test_cli import run

LONG = os.environ.get("POSTMORTEM_TEST_LONG") == "1"
AS_OF: dict[str, Any] = {"as_of": "2024-03-01", "components": ["api", "web"]}


def options_of(**raw: Any) -> Options:
    options, errors = load_options({**AS_OF, **raw})
    assert options is not None, errors
    return options


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write_site(tmp_path, {}, {"plugins": [{"postmortem": AS_OF}]})


def errors(reading: Reading) -> list[str]:
    return [f.headline for f in reading.diagnostics if f.severity is Severity.ERROR]


# --- without a terminal ---------------------------------------------------------------------------


def test_a_title_makes_a_file_that_check_takes(site: Path) -> None:
    done = run(
        "new", "API errors: no #42 left", "--severity", "sev2", "--component", "api,web",
        "--started", "2024-02-20 18:03", "--detected", "18:04", "--resolved", "18:18", cwd=site,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == "incidents/2024/2024-02-20-api-errors-no-42-left.md\n"
    text = (site / done.stdout.strip()).read_text(encoding="utf-8")
    checked = run("check", cwd=site)
    assert checked.returncode == 0, checked.stdout
    assert "was never filled in" in checked.stdout
    reading = read_incident_text("2024-02-20-api-errors.md", text.encode(), options_of())
    assert reading.fields is not None
    assert reading.incident is not None
    assert reading.fields.title == "API errors: no #42 left"
    assert reading.fields.visibility == "draft"
    assert reading.incident.components == ("api", "web")
    time = reading.incident.response_time("time_to_resolve")
    assert time is not None
    assert time.span.nominal is not None
    assert time.span.nominal.total_seconds() == 900
    # The sections are the site's, in its order; the summary is in the front matter.
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == list(options_of().sections[1:])
    # What is left is said, line by line, and is what `check` says of it once it is public.
    said = re.search(r"lines ([\d, ]+): Text of the template was never filled in", done.stderr)
    assert said is not None
    lines = text.split("\n")
    assert all("(" in lines[int(number) - 1] for number in said[1].split(","))
    assert "“published” is missing" in done.stderr
    (site / done.stdout.strip()).write_text(
        text.replace("visibility: draft", "visibility: public"), encoding="utf-8"
    )
    public = run("check", cwd=site)
    assert public.returncode == 1
    assert public.stdout.count("error PM603") == len(said[1].split(","))


def test_nothing_is_asked_without_a_terminal(site: Path) -> None:
    done = run("new", "Quiet", cwd=site)
    assert done.stdout == "incidents/2024/2024-03-01-quiet.md\n"
    text = (site / done.stdout.strip()).read_text(encoding="utf-8")
    assert "severity:  # sev1, sev2, sev3, sev4\n" in text
    assert "  - started: (" in text
    assert run("check", cwd=site).returncode == 0
    done = run("new", cwd=site)
    assert done.returncode == 2
    assert "say what happened" in done.stderr


def test_the_templates_action_item_is_no_promise(site: Path) -> None:
    for title in ("One", "Two"):
        assert run("new", title, cwd=site).returncode == 0
    checked = run("check", cwd=site).stdout
    assert "(what will be done so that it does not come again)” was never filled in" in checked
    assert "PM804" not in checked


def test_it_never_overwrites(site: Path) -> None:
    first = run("new", "Same", cwd=site)
    path = site / first.stdout.strip()
    path.write_text("mine", encoding="utf-8")
    again = run("new", "Same", cwd=site)
    assert again.returncode == 1
    assert again.stdout == ""
    assert "2024-03-01-same.md is there already" in again.stderr
    assert path.read_text(encoding="utf-8") == "mine"
    # The id is the name alone, so another folder is no way out.
    elsewhere = site / "incidents/old"
    elsewhere.mkdir()
    path.rename(elsewhere / path.name)
    assert run("new", "Same", cwd=site).returncode == 1
    other = run("new", "Same", "--slug", "same-again", cwd=site)
    assert other.stdout.endswith("/2024-03-01-same-again.md\n")
    assert "write it like" in run("new", "x", "--slug", "../../etc", cwd=site).stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--severity", "sev9"], "--severity: “sev9” is no severity of this site"),
        (["--severity", "sev9"], "fix: known: sev1, sev2, sev3, sev4"),
        (["--component", "apu"], "“apu” is no component of this site"),
        (["--date", "20.2.2024"], "“20.2.2024” is no day"),
        (["--date", "2024-13-01"], "“2024-13-01” is no day\n  fix: write the day as YYYY-MM-DD"),
        (["--timezone", "PST"], "PST is not one time zone"),
        (["--started", "HH:mm"], "“HH:mm” was never filled in"),
        (["--started", "18.03"], "fix: write 18:03"),
        (["--started", "2025-01-01 18:03"], "this is in the future"),
        (["--started", "18:03", "--resolved", "18:01"], "18:01 lies before 18:03\n"),
        (["--started", "18:03", "--resolved", "18:01"], "write its date if it was the next day"),
        (["--open", "--resolved", "18:01"], "it is resolved, or it is --open"),
        (["--visibility", "secret"], "'secret' is not one of"),
    ],
)
def test_the_reader_says_what_is_wrong_with_options(
    site: Path, arguments: list[str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(site)
    done = CliRunner().invoke(main, ["new", "T", *arguments])
    assert done.exit_code == 2
    assert says in done.stderr
    assert not (site / "incidents").exists()


def test_titles_that_cannot_be_kept_are_refused(site: Path) -> None:
    assert "U+0007" in run("new", "a\x07b", cwd=site).stderr
    assert "this is empty" in run("new", " ", cwd=site).stderr
    assert "U+FEFF" in run("new", "a\ufeff", cwd=site).stderr
    broken = os.fsdecode(b"a\xffb")
    assert "byte 0xff is not UTF-8" in run("new", broken, cwd=site).stderr
    assert not (site / "incidents").exists()


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ([], "2024/2024-02-20-x.md"),
        (["index.md"], "2024/2024-02-20-x.md"),
        (["2023-01-02-a.md"], "2024-02-20-x.md"),
        (["2023/2023-01-02-a.md"], "2024/2024-02-20-x.md"),
        (["2022-01-02-a.md", "2023/2023-01-02-a.md"], "2024/2024-02-20-x.md"),
        (["2023/01/2023-01-02-a.md"], "2024/02/2024-02-20-x.md"),
        (["2023-01/2023-01-02-a.md"], "2024-02/2024-02-20-x.md"),
        (["payments/2023-01-02-a.md"], "2024/2024-02-20-x.md"),
    ],
)
def test_it_follows_the_folders_that_are_there(there: list[str], expected: str) -> None:
    assert str(path_for("2024-02-20-x", there)) == expected


def test_the_first_incident_is_found_by_the_site(tmp_path: Path) -> None:
    folder = write_site(tmp_path, {"docs/index.md": "# Home\n"})
    done = run("new", "First", "--started", "2024-02-20 18:03", cwd=folder)
    built = build(folder, env={"POSTMORTEM_AUDIENCE": "drafts"})
    assert built.code == 0, built.output
    assert (built.site / "incidents" / Path(done.stdout.strip()).stem / "index.html").is_file()


# --- on a terminal --------------------------------------------------------------------------------


def _own_terminal(slave: int) -> None:
    # A shell that runs the tests in the background has them ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.login_tty(slave)


class Terminal:
    """The command on a pseudo-terminal: what it says, and what is typed."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mkdocs_postmortem", "new", *arguments],
            cwd=folder,
            env={**os.environ, "TERM": "dumb"},
            pass_fds=[slave],
            # Only a terminal of its own sends what Ctrl-C means; no other thread is here.
            preexec_fn=partial(_own_terminal, slave),  # noqa: PLW1509
        )
        os.close(slave)
        self.said = ""

    def _read(self) -> bool:
        ready, _, _ = select.select([self.master], [], [], 30)
        try:
            data = os.read(self.master, 4096) if ready else b""
        except OSError:
            data = b""
        self.said += data.decode()
        return bool(data)

    def answer(self, prompt: str, text: str) -> str:
        """Wait for `prompt`, type `text`, and return what was said before."""
        while prompt not in self.said:
            assert self._read(), f"no “{prompt}” in {self.said}"
        before, self.said = self.said, ""
        os.write(self.master, text.encode() + b"\n")
        return before

    def end(self) -> tuple[int, str]:
        while self._read():
            pass
        os.close(self.master)
        return self.process.wait(timeout=30), self.said


def test_a_terminal_is_asked_and_wrong_answers_are_asked_again(site: Path) -> None:
    terminal = Terminal(site)
    terminal.answer("What happened:", "Störung: „API“ #42")
    terminal.answer("Severity (sev1, sev2, sev3, sev4; empty: later):", "sev9")
    said = terminal.answer("later):", "sev2")
    assert "“sev9” is no severity of this site" in said
    assert "fix: known: sev1, sev2, sev3, sev4" in said
    terminal.answer("Components (api, web; empty: later):", "api, wbe")
    assert "did you mean web?" in terminal.answer("later):", "api, web")
    terminal.answer(
        "Started (18:03, or 2024-03-01 18:03, in UTC; empty: later):", "2024-02-20 18.03"
    )
    assert "2024-02-20 18:03" in terminal.answer("later):", "2024-02-20 18:03")
    terminal.answer("Is it over? [Y/n]:", "")
    terminal.answer("Resolved (18:18; empty: later):", "18:01")
    said = terminal.answer("later):", "18:18")
    assert "18:01 lies before 2024-02-20 18:03" in said
    code, said = terminal.end()
    assert code == 0, said
    assert "incidents/2024/2024-02-20-störung-api-42.md" in said
    text = (site / "incidents/2024/2024-02-20-störung-api-42.md").read_text(encoding="utf-8")
    reading = read_incident_text("2024-02-20-x.md", text.encode(), options_of())
    assert errors(reading) == []
    assert reading.fields is not None
    assert reading.fields.title == "Störung: „API“ #42"
    assert reading.fields.severity == "sev2"
    assert reading.fields.components == ("api", "web")
    assert [row.written for row in reading.rows] == ["2024-02-20 18:03", None, "18:18"]


def test_what_options_say_is_not_asked_and_nothing_must_be_answered(site: Path) -> None:
    terminal = Terminal(site, "API errors", "--severity", "sev2", "--started", "18:03")
    assert "Severity" not in terminal.answer("Components", "")
    assert "Started" not in terminal.answer("Is it over? [Y/n]:", "n")
    code, said = terminal.end()
    assert code == 0, said
    text = (site / "incidents/2024/2024-03-01-api-errors.md").read_text(encoding="utf-8")
    assert "status: open\n" in text
    assert "resolved" not in text


def test_giving_up_writes_nothing(site: Path) -> None:
    terminal = Terminal(site, "API errors")
    terminal.answer("Severity", "\x03")
    code, said = terminal.end()
    assert code == 1
    assert "Aborted" in said
    assert not (site / "incidents").exists()


# --- what YAML would misread ----------------------------------------------------------------------

TITLES = (
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: bool(text) and not set(text) & {"\ufffe", "\uffff"})
    # What nobody sees is refused (PM613), in a title too.
    .filter(lambda text: not any(invisible_characters(text)))
)
NASTY = [
    "404", "no", "null", "~", "2024-02-20", "18:03", "1e3", "0x1f", "a: b", "a #b", "# a", "- a",
    "? a", "'a", 'a "b"', '"a"', "a\\b", "[a", "{a}", "{{ new.title }}", "{{ incident.x }}", "&a",
    "*a", "!a", "%a", "@a", "`a`", "|", ">", "a:", ": a", "---", "...", "=", "<<", "a\\", "é",
    "日本語", "🔥", "a, b", "…", "x" * 5000, "Wort " * 400, "-", "-1", ".5", "](",
]  # fmt: skip


@pytest.mark.parametrize("title", NASTY)
def test_any_title_is_read_back_as_it_was(title: str) -> None:
    read_back(" ".join(title.split()))


@settings(max_examples=3000 if LONG else 150, deadline=None)
@given(TITLES)
def test_every_title_is_read_back_as_it_was(title: str) -> None:
    read_back(title)


def read_back(title: str) -> None:
    options = options_of(components=None)
    new = NewIncident(title, components=(title, "b, c"), severity="sev1")
    assert objections(NewIncident(title), options) == []
    id = new.id(options)
    assert is_incident_name(f"{id}.md")
    assert len(f"{id}.md".encode()) <= 255
    assert id == id.strip("-")
    reading = read_incident_text(f"{id}.md", new_text(new, options).encode(), options)
    assert errors(reading) == []
    assert reading.fields is not None
    assert reading.fields.title == title
    assert reading.fields.components == (title, "b, c")
    # In a site's own template: in quotes, in a list, beside other text, in a block, in the body.
    own = (
        '---\ntitle: "“{{ new.title }}”, an \\"incident\\""\ntags: [{{ new.title }}, b]\n'
        "summary: '{{ new.title }}: it''s over'  # {{ new.date }}\nreference: {{new.title}} (new)\n"
        "timeline:\n  - 18:03 started: |\n      {{ new.title }}\n"
        "  - event: {{ new.title }} # yes\n---\n{{ new.title }}\n"
    )
    reading = read_incident_text(f"{id}.md", new_text(new, options, own).encode(), options)
    assert reading.fields is not None, errors(reading)
    # In a body such a title asks for a value of the incident, and is told when there is none.
    assert [error for error in errors(reading) if " PM607 " not in error] == []
    assert reading.fields.title == f'“{title}”, an "incident"'
    assert reading.fields.tags == (title, "b")
    assert reading.fields.summary == f"{title}: it's over"
    assert reading.fields.reference == f"{title} (new)"
    assert [row.event for row in reading.fields.timeline] == [title, title]
    assert reading.source.body == f"{title}\n"


def test_plain_text_stays_plain() -> None:
    assert scalar("API errors after a billing change") == "API errors after a billing change"
    assert scalar("2024-02-20") == "2024-02-20"
    assert scalar("404") == '"404"'
    assert scalar("a: b") == '"a: b"'


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("API errors after a billing change", "api-errors-after-a-billing-change"),
        ("Störung der API", "störung-der-api"),
        ("日本語", "日本語"),
        ("🔥", "incident"),
        ("../../etc/passwd", "etc-passwd"),
        ("a_b __ c", "a-b-c"),
        ("x" * 300, "x" * 60),
        ("word " * 100, "-".join(["word"] * 12)),
    ],
)
def test_slugs(title: str, slug: str) -> None:
    assert short_slug(title) == slug


# --- the site's own template ----------------------------------------------------------------------

OWN = """---
title: {{ new.title }}
severity: {{ new.severity }}   # one of {{ new.severities }}
visibility: {{ new.visibility }}
components: {{ new.components }}
timeline:
  - {{ new.started }} started: Describe what customers saw.
  - detected: (who or what noticed)
  - {{ new.resolved }} resolved: Say how it ended.
---
<!-- Ask the team of incidents for help. -->

## Impact

Say how many customers were affected, and how.

* Which plans were they on?

| Plan | Customers |
| --- | --- |

## Lessons

We publish every postmortem within five days. <!-- keep -->

Thanks

```
Run this query for the numbers
```
{{ incident.title }} and {{ macros }} stay.
"""


@pytest.fixture
def own_site(site: Path) -> Path:
    (site / "incidents").mkdir()
    (site / "incidents/.template.md").write_text(OWN, encoding="utf-8")
    return site


def test_the_sites_own_template(own_site: Path) -> None:
    done = run("new", "A: b", "--started", "18:03", "--component", "api", cwd=own_site)
    assert done.returncode == 0, done.stderr
    text = (own_site / done.stdout.strip()).read_text(encoding="utf-8")
    assert text == (
        OWN.replace("{{ new.title }}", '"A: b"')
        .replace(" {{ new.severity }}", "")
        .replace("{{ new.severities }}", "sev1, sev2, sev3, sev4")
        .replace("{{ new.visibility }}", "draft")
        .replace("{{ new.components }}", "[api]")
        .replace("{{ new.started }}", "18:03")
        .replace("{{ new.resolved }} ", "")
        .replace(" <!-- keep -->", "")
    )
    checked = run("check", cwd=own_site)
    assert checked.returncode == 0, checked.stdout


LEFT = [
    "Describe what customers saw.",
    "(who or what noticed)",
    "Say how it ended.",
    "Say how many customers were affected, and how.",
    "* Which plans were they on?",
]


def test_lines_of_the_template_that_were_left_are_reported(own_site: Path) -> None:
    done = run("new", "T", "--started", "18:03", cwd=own_site)
    path = own_site / done.stdout.strip()
    checked = run("check", cwd=own_site).stdout
    assert re.findall(r"warning PM603 “(.*)” was never filled in", checked) == LEFT
    text = path.read_text(encoding="utf-8")
    text = text.replace("visibility: draft", "visibility: public\npublished: 2024-03-01")
    path.write_text(text, encoding="utf-8")
    checked = run("check", cwd=own_site).stdout
    assert checked.count("error PM603") == checked.count("PM603") == len(LEFT)
    for line, instead in zip(LEFT, ["A.", "B.", "C.", "All of them.", "* Pro."], strict=True):
        text = text.replace(line, instead)
    path.write_text(text, encoding="utf-8")
    assert "PM603" not in run("check", cwd=own_site).stdout
    # One line is enough for a build to stop, which reads the template too.
    path.write_text(text.replace("All of them.", LEFT[3]), encoding="utf-8")
    built = build(own_site)
    assert built.code == 1
    assert built.output.count("error PM603") == 1
    path.write_text(text, encoding="utf-8")
    built = build(own_site)
    assert built.code == 0, built.output
    # The template itself is no page.
    assert b"Describe what customers saw" not in built.everything()


def test_the_template_counts_for_standard_input_too(own_site: Path) -> None:
    name = "incidents/2024/2024-02-20-a.md"
    text = short(summary="Describe what customers saw.")
    command = [sys.executable, "-m", "mkdocs_postmortem", "check", "--stdin-filename", name]
    done = subprocess.run(
        command, cwd=own_site, input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"{name}:7:10: error PM603 “Describe what customers saw.”" in done.stdout


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("---\ntitle: {{ new.tilte }}\n---\n", "2:8: “{{ new.tilte }}” stands for nothing"),
        ("---\ntitle: {{ new.tilte }}\n---\n", "did you mean {{ new.title }}?"),
        ("---\ntitle: x\n---\n{{ new.nothing_such }}\n", "4:1: “{{ new.nothing_such }}”"),
        ("---\ntitle: x {{ new.timeline }}\n---\n", "put it on a line of its own"),
        ("# No front matter\n", "the template has no front matter"),
    ],
)
def test_a_wrong_template_is_said_with_its_place(
    site: Path, template: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (site / "incidents").mkdir()
    (site / "incidents/.template.md").write_text(template, encoding="utf-8")
    monkeypatch.chdir(site)
    done = CliRunner().invoke(main, ["new", "T"])
    assert done.exit_code == 1
    assert "incidents/.template.md:" in done.stderr
    assert says in done.stderr
    assert [path.name for path in (site / "incidents").iterdir()] == [".template.md"]


def test_a_template_that_is_no_utf_8(site: Path) -> None:
    (site / "incidents").mkdir()
    (site / "incidents/.template.md").write_bytes(b"---\ntitle: \xff\n---\n")
    done = run("new", "T", cwd=site)
    assert done.returncode == 1
    assert "this is not UTF-8" in done.stderr
    # What is there already is checked and built all the same.
    (site / "incidents/2024-02-20-a.md").write_text(short(), encoding="utf-8")
    assert run("check", cwd=site).returncode == 0
    assert build(site).code == 0


def test_our_own_template_leaves_nothing_that_is_not_noticed() -> None:
    options = options_of()
    text = new_text(NewIncident("T", started="2024-02-20 18:03"), options)
    left = read_as_public("2024-02-20-t.md", text.encode(), options).diagnostics
    noticed = {found.place.line for found in left if found.code == "PM603"}
    lines = text.split("\n")
    asked = {number for number, line in enumerate(lines, 1) if line.endswith(")")}
    assert noticed == asked
    assert len(asked) == 10
    with pytest.raises(TemplateError):
        template_texts("no front matter", options)


def test_the_template_of_the_readme() -> None:
    readme = (Path(__file__).parent.parent / "docs/authoring.md").read_text(encoding="utf-8")
    found = re.search(
        r"^```yaml\n(---\ntitle: \{\{ new\.title.*?)^```$", readme, re.MULTILINE | re.DOTALL
    )
    assert found is not None
    options = options_of()
    text = new_text(NewIncident("A: b", severity="sev2", started="18:03"), options, found[1])
    assert errors(read_incident_text("2024-02-20-a.md", text.encode(), options)) == []
    assert "{{" not in text
    assert text.endswith("We publish every postmortem within five days.\n")
    asked = {"Describe what customers saw.", "Say how it ended."}
    assert template_texts(found[1], options) == asked


def test_a_site_without_components_is_given_examples(tmp_path: Path) -> None:
    folder = write_site(tmp_path, {}, {"plugins": [{"postmortem": {"timezone": "Asia/Tokyo"}}]})
    terminal = Terminal(folder)
    terminal.answer("What happened:", "T")
    terminal.answer("later):", "")
    terminal.answer("Components (for example api, dashboard; empty: later):", "")
    assert "in Asia/Tokyo; empty: later):" in terminal.answer("later):", "")
    terminal.answer("Is it over? [Y/n]:", "n")
    code, said = terminal.end()
    assert code == 0, said
    assert "`postmortem check` has the details." in said
