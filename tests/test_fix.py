"""What holds for every fix, whatever the file: properties, and the command as a user runs it."""

from __future__ import annotations

import os
import random
import re
import resource
import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from building import short, write_site
from hypothesis import given, settings
from hypothesis import strategies as st
from mkdocs_postmortem import computed
from mkdocs_postmortem.fixing.mending import Mended, mend
from mkdocs_postmortem.fixing.replacement import ChangedError, replace_content
from mkdocs_postmortem.fixing.revision import RawText
from mkdocs_postmortem.incident_file import read_incident_text
from mkdocs_postmortem.options import LEVELS, Options
from mkdocs_postmortem.readable_times import readable_day, readable_forms
from mkdocs_postmortem.reading.fields import keys_of
from mkdocs_postmortem.reading.front_matter import (
    ActionItemFields,
    FrontMatter,
    ImpactFields,
    RowFields,
)
from mkdocs_postmortem.rules.all import RULES
from mkdocs_postmortem.slips import meant_name
from mkdocs_postmortem.written_time import TimeError, parse
from test_fix_cases import cases, content

LONG = os.environ.get("POSTMORTEM_TEST_LONG") == "1"
few = settings(max_examples=3000 if LONG else 60, deadline=None)

PATH = "2024-02-20-case.md"
OPTIONS = Options(as_of="2999-01-01")
DAY = datetime(2024, 2, 20, tzinfo=UTC)


def fixed(text: str, *, order: bool = False) -> Mended:
    return mend(PATH, RawText.of(text.encode()), OPTIONS, order=order)


def file(rows: list[str], front: str = "") -> str:
    listed = "".join(f"  - {row}\n" for row in rows)
    return f"---\ntitle: T\n{front}timeline:\n{listed}---\nBody\n"


# --- Times in other forms


FORMS = {
    "%H.%M": "%H:%M",
    "%Hh%M": "%H:%M",
    "%H%M UTC": "%H:%M UTC",
    "%H:%M Uhr": "%H:%M",
    "%H%M hrs": "%H:%M",
    "%I.%M %p": "%I:%M %p",
    "%I.%M%p": "%I:%M%p",
    "%Y/%m/%d %H:%M": "%Y-%m-%d %H:%M",
    "%Y.%m.%d %H.%M": "%Y-%m-%d %H:%M",
    "%d %B %Y %H:%M": "%Y-%m-%d %H:%M",
    "%b %d, %Y at %I:%M %p": "%Y-%m-%d %I:%M %p",
    "%Y%m%dT%H%M%SZ": "%Y-%m-%d %H:%M:%SZ",
    "%Y-%m-%dT%H:%M:%S.123Z": "%Y-%m-%dT%H:%M:%SZ",
    "%H:%M %Y-%m-%d": "%Y-%m-%d %H:%M",
    "ca. %H:%M": "~%H:%M",
    "(%H:%M)": "%H:%M",
    "%H:%M UTC+0": "%H:%M +00:00",
}
INSTANTS = st.datetimes(datetime(1975, 1, 1), datetime(2024, 12, 31)).map(
    lambda value: value.replace(microsecond=0)
)


@few
@given(INSTANTS, st.sampled_from(sorted(FORMS)))
def test_a_time_in_another_form_keeps_what_it_says(instant: datetime, form: str) -> None:
    written = instant.strftime(form)
    with pytest.raises(TimeError):
        parse(written)
    forms = readable_forms(written)
    assert [parse(found) for found in forms] == [parse(instant.strftime(FORMS[form]))]


@few
@given(st.text(max_size=40) | st.from_regex(r"[~+.\-0-9:T ZAPMhX?/±m,]{1,24}", fullmatch=True))
def test_whatever_is_rewritten_can_be_read_and_keeps_its_digits(text: str) -> None:
    for form in readable_forms(text):
        parse(form)
        # A nought may be added and a fraction dropped; no other digit appears.
        assert set(re.findall(r"[1-9]", form)) <= set(re.findall(r"\d", text)) | {"1"} or (
            "24:00" in text
        )


@pytest.mark.parametrize("text", ["18:05-18:10", "18.05 – 18.10", "1805-1810", "10.00 -11.00"])
def test_a_dash_is_never_rewritten(text: str) -> None:
    assert readable_forms(text) == ()


@pytest.mark.parametrize("text", ["02/03/2024", "2.3.2024", "2024-02-30", "31/02/2024", "Feb 20"])
def test_a_day_that_may_be_two_or_none_is_never_rewritten(text: str) -> None:
    assert readable_day(text) is None


def test_a_name_is_only_meant_where_no_other_is_near() -> None:
    known = ["mitigated", "mitigating", "resolved", "sev1", "sev2"]
    assert meant_name("Mitigated", known) == "mitigated"
    assert meant_name("reslved", known) == "resolved"
    assert meant_name("mitigate", known) is None
    assert meant_name("sev3", known) is None
    assert [meant_name(slip, ["due", "done"]) for slip in ("dune", "dne", "doe", "doue")] == [
        None
    ] * 4
    assert meant_name("SEV-2", known) == "sev2"
    assert meant_name("resolved", known) is None


LISTS = [
    keys_of(FrontMatter),
    keys_of(RowFields),
    keys_of(ImpactFields),
    keys_of(ActionItemFields),
    sorted(Options().milestone_names),
    sorted(Options().measure_names),
    list(LEVELS),
]


@few
@given(st.sampled_from(LISTS), st.data())
def test_a_slip_of_one_letter_never_becomes_another_name(
    known: list[str], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(known))
    at = data.draw(st.integers(0, len(name) - 1))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz_"))
    slip = data.draw(
        st.sampled_from(
            [
                name[:at] + name[at + 1 :],
                name[:at] + letter + name[at:],
                name[:at] + letter + name[at + 1 :],
                name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :],
            ]
        )
    )
    if slip not in known:
        assert meant_name(slip, known) in (name, None)


# --- The file around a fix


BLANKS = st.sampled_from(["", "   # a comment", "  # ünï: 'x' \"y\" 🚒"])
BETWEEN = st.lists(st.sampled_from(["", "  # between", "# far out", "    # deep"]), max_size=2)
NEWLINES = st.sampled_from(["\n", "\r\n", "\r"])


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, str]:
    """A file with comments and layout of its own and mistakes, and the file as it must become."""
    wrong, right = ["---", "title: T"], ["---", "title: T"]

    def line(before: str, after: str) -> None:
        tail = draw(BLANKS)
        wrong.append(before + tail)
        right.append(after + tail)

    keep = draw(BETWEEN)
    wrong += keep
    right += keep
    if draw(st.booleans()):
        line("severity:   SEV2", "severity:   sev2")
    if draw(st.booleans()):
        line("sumary: 'x'", "summary: 'x'")
    line("timeline:", "timeline:")
    minute = 0
    for _ in range(draw(st.integers(1, 6))):
        keep = draw(BETWEEN)
        wrong += keep
        right += keep
        minute += draw(st.integers(1, 150))
        hour, rest = divmod(minute, 60)
        shown = draw(st.sampled_from(["{0:02}.{1:02}", "{0:02}h{1:02}", "{0:02}:{1:02}"]))
        clock, written = f"{hour:02}:{rest:02}", shown.format(hour, rest)
        match draw(st.integers(0, 3)):
            case 0:
                line(f"  -  {written} : plain", f"  -  {clock} : plain")
            case 1:
                line(f"  - {written} Detected: a: b", f'  - {clock} detected: "a: b"')
            case 2:
                line(
                    f"  - {{event: 'x',  at: \"{written}\" }}",
                    f"  - {{event: 'x',  at: \"{clock}\" }}",
                )
            case _:
                line(f"  - at: {written}", f"  - at: {clock}")
                line("    evnt: a\tb", "    event: a\tb")
    for end in (["---", "Body: #1  ", "", "\tend"], ["---"]):
        if draw(st.booleans()) or end == ["---"]:
            wrong += end
            right += end
            break
    mark, newline = draw(st.sampled_from(["", "\ufeff"])), draw(NEWLINES)
    last = draw(st.sampled_from(["", newline]))
    return mark + newline.join(wrong) + last, mark + newline.join(right) + last


@few
@given(damaged())
def test_only_what_is_wrong_changes(pair: tuple[str, str]) -> None:
    before, after = pair
    result = fixed(before)
    assert result.raw.data.decode() == after
    assert not result.reading.has_errors
    again = fixed(after)
    assert again.raw.data.decode() == after
    assert not again.applied


@few
@given(st.sampled_from(cases()), st.data())
def test_fixing_twice_is_fixing_once_and_brings_no_problem(
    case: object, data: st.DataObject
) -> None:
    """Any line of any case taken away or doubled, fixed with and without order."""
    values = case.values[0]  # type: ignore[attr-defined]
    lines = content(values, fixed=False).decode(errors="replace").splitlines(keepends=True)
    for _ in range(data.draw(st.integers(0, 3))):
        if lines:
            at = data.draw(st.integers(0, len(lines) - 1))
            lines[at : at + 1] = lines[at : at + 1] * data.draw(st.sampled_from([0, 2]))
    raw = RawText.of("".join(lines).encode())
    order = data.draw(st.booleans())
    before = read_incident_text(PATH, raw.data, OPTIONS)
    once = mend(PATH, raw, OPTIONS, order=order)
    again = mend(PATH, once.raw, OPTIONS, order=order)
    assert again.raw == once.raw
    assert not again.applied
    assert not again.moved
    if before.fields is not None:
        assert once.reading.visibility == before.visibility
        errors = [d for d in before.diagnostics if d.severity == "error"]
        assert len(once.reading.rows) == len(before.rows)
        assert len([d for d in once.reading.diagnostics if d.severity == "error"]) <= len(
            errors
        ) or (
            # A field under its right name is looked at for the first time.
            any(done.code in ("PM116", "PM120") for done in once.applied)
        )
        if not order:
            for old, new in zip(before.rows, once.reading.rows, strict=True):
                if old.moment.nominal is not None and old.moment.is_timed and old.moment.origin:
                    assert new.moment.nominal == old.moment.nominal or old.moment.width is None


# --- Order


TEXTS = st.sampled_from(
    ["{}: a", "{}: a   # comment", "at: {}\n    event: |\n      a\n\n      # b"]
)


@few
@given(
    st.lists(st.tuples(st.integers(1, 4000), TEXTS), min_size=2, max_size=9),
    st.randoms(use_true_random=False),
)
def test_shuffled_rows_with_days_come_back_in_order(
    steps: list[tuple[int, str]], shuffle: random.Random
) -> None:
    instant, rows = DAY, []
    for minutes, text in steps:
        instant += timedelta(minutes=minutes)
        rows.append(text.format(f"{instant:%Y-%m-%d %H:%M}"))
    milestones = ["started", "detected", *([""] * (len(rows) - 3)), "resolved"][-len(rows) :]
    rows = [
        re.sub(r"(\d\d:\d\d): a", rf"\1 {name}: a", row) if name else row
        for row, name in zip(rows, milestones, strict=True)
    ]
    ordered = file(rows)
    mixed = list(rows)
    shuffle.shuffle(mixed)
    result = fixed(file(mixed), order=True)
    assert result.raw.text == ordered
    whole = read_incident_text(PATH, ordered.encode(), OPTIONS).incident
    assert result.reading.incident is not None
    assert whole is not None
    assert computed.as_json(result.reading.incident) == computed.as_json(whole)
    assert len(result.moved) < len(rows)


ROWS = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 3), st.integers(0, 1439)).map(
            lambda part: f"2024-02-{20 + part[0]} {part[1] // 60:02}:{part[1] % 60:02}: "
        ),
        st.integers(0, 1439).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}: "),
        st.integers(0, 1439).map(lambda minute: f"~{minute // 60:02}:{minute % 60:02}: "),
        st.integers(0, 1439).map(lambda minute: f"{minute // 60:02}:{minute % 60:02} Asia/Tokyo: "),
        st.integers(0, 1379).map(
            lambda minute: f"{minute // 60:02}:{minute % 60:02}..{minute // 60 + 1:02}:00: "
        ),
        st.sampled_from(["event: ", "08:00..: ", "..22:00: ", "+5m: ", "2024-02-21: ", "10:?? : "]),
        st.sampled_from(["09:00 started: ", "10:00 resolved: ", "started: "]),
    ),
    min_size=2,
    max_size=8,
)


@few
@given(ROWS)
def test_ordering_keeps_every_row_and_its_time(rows: list[str]) -> None:
    text = file([f"{row}text {number}" for number, row in enumerate(rows)])
    before = read_incident_text(PATH, text.encode(), OPTIONS)
    result = fixed(text, order=True)
    assert sorted(row.text for row in result.reading.rows) == sorted(
        row.text for row in before.rows
    )
    now = {row.text: row for row in result.reading.rows}
    for row in before.rows:
        new = now[row.text]
        assert new.milestones == row.milestones
        if row.moment.precision not in ("untimed", "not_before", "not_after"):
            assert (new.moment.earliest, new.moment.latest) == (
                row.moment.earliest,
                row.moment.latest,
            )
            assert new.moment.nominal == row.moment.nominal
    out_of_order = [d for d in result.reading.diagnostics if d.code == "PM206"]
    assert bool(out_of_order) == (result.not_ordered is not None)
    if result.not_ordered:
        assert [row.text for row in result.reading.rows] == [row.text for row in before.rows]


def test_a_long_timeline_with_one_row_that_cannot_be_mended() -> None:
    clocks = [f"{number // 60:02}.{number % 60:02}" for number in range(200)]
    rows = [f"{clock}: Row: b" if clock < "00.30" else f"{clock}: Row" for clock in clocks]
    rows.insert(100, "2024-02-19 10.00: no")
    result = fixed(file(rows))
    assert len(result.applied) == 200 + 30
    assert [d.place.line for d in result.reading.diagnostics if d.severity == "error"] == [104]


def test_a_long_timeline_in_reverse() -> None:
    rows = [f"2024-02-20 {number // 60:02}:{number % 60:02}: Row" for number in range(300)]
    result = fixed(file(rows[::-1]), order=True)
    assert result.raw.text == file(rows)


def test_every_rule_that_can_be_fixed_is_in_a_case_and_in_the_readme() -> None:
    seen: set[str] = set()
    for case in cases():
        values = case.values[0]
        options = Options(as_of="2026-01-01", **values.get("options", {}))
        raw = content(values, fixed=False)
        if "fails" not in values:
            result = mend(PATH, RawText.of(raw), options)
            seen |= {done.code for done in result.applied}
    assert seen <= set(RULES)
    readme = (Path(__file__).parent.parent / "docs/authoring.md").read_text(encoding="utf-8")
    section = readme[readme.index("## Fixes") :]
    listed = re.findall(r"^\| (PM\d{3}) ", section, re.MULTILINE)
    assert sorted(seen) == listed


# --- The command


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "mkdocs_postmortem", "fix", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, check=False)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write_site(
        tmp_path, {"docs/incidents/2024-02-20-a.md": short().replace("18:04", "18.04")}
    )


NAME = "docs/incidents/2024-02-20-a.md"


def test_the_command_fixes_and_says_what_is_left(site: Path) -> None:
    path = site / NAME
    path.chmod(0o640)
    done = run(NAME, cwd=site)
    output = done.stdout.decode()
    assert done.returncode == 0, output
    assert f"{NAME}:10: fixed PM201: 18.04 → 18:04\n" in output
    assert f"{NAME}:15:1: warning PM601 " in output
    assert output.endswith("1 problem fixed, 1 left\n")
    assert path.read_text(encoding="utf-8") == short()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    before = path.stat()
    assert run(NAME, cwd=site).returncode == 0
    assert path.stat().st_ino == before.st_ino
    assert path.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_difference_is_a_patch_and_writes_nothing(site: Path, newline: str) -> None:
    path = site / NAME
    before = path.read_text(encoding="utf-8").replace("\n", newline).rstrip().encode()
    path.write_bytes(before)
    done = run("--diff", NAME, cwd=site)
    assert done.returncode == 1
    assert path.read_bytes() == before
    assert b"would fix PM201: 18.04" in done.stderr
    applied = subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"], cwd=site, input=done.stdout, check=False
    )
    assert applied.returncode == 0
    assert path.read_bytes() == before.replace(b"18.04", b"18:04")
    done = run("--diff", NAME, cwd=site)
    assert (done.returncode, done.stdout) == (0, b"")


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are text there")
def test_the_difference_of_a_file_in_a_folder_whose_name_is_not_utf_8(site: Path) -> None:
    folder = os.fsencode(site) + b"/caf\xe9"
    Path(os.fsdecode(folder)).mkdir()
    path = Path(os.fsdecode(folder + b"/2024-02-20-a.md"))
    path.write_bytes((site / NAME).read_bytes())
    done = run("--diff", os.fsdecode(b"caf\xe9"), cwd=site)
    assert (done.returncode, b"Traceback" in done.stderr) == (1, False)
    assert done.stdout.startswith(b"--- a/caf\xe9/2024-02-20-a.md\n+++ b/caf\xe9/2024-02-20-a.md\n")


def test_errors_that_are_left_exit_with_1(site: Path) -> None:
    path = site / NAME
    path.write_text(short().replace("18:04 detected", "18:01 detected"), encoding="utf-8")
    done = run(NAME, cwd=site)
    assert done.returncode == 1
    assert b"error PM206" in done.stdout
    assert b"--order moves rows" in done.stdout
    done = run("--order", NAME, cwd=site)
    assert done.returncode == 0
    assert b":9: moved row 2 (18:01 detected) above 18:03 started" in done.stdout
    rows = path.read_text(encoding="utf-8").split("timeline:\n")[1].split("\n")[:3]
    assert [row[4:9] for row in rows] == ["18:01", "18:03", "18:18"]


def test_wrong_use_exits_with_2_and_touches_nothing(site: Path) -> None:
    other = site / "docs/page.md"
    other.write_text("---\ntitel: x\n---\n", encoding="utf-8")
    assert run(cwd=site).returncode == 2
    assert run("no-such-file.md", cwd=site).returncode == 2
    done = run(NAME, "docs/page.md", cwd=site)
    assert done.returncode == 2
    assert b"docs/page.md is no incident" in done.stderr
    assert b"18.04" in (site / NAME).read_bytes()
    assert other.read_text(encoding="utf-8") == "---\ntitel: x\n---\n"


def test_several_files_are_fixed_one_by_one(site: Path) -> None:
    bad = site / "docs/incidents/2024-02-21-b.md"
    bad.write_bytes(b"---\ntitle: \xff\n---\n")
    done = run(str(bad), NAME, cwd=site)
    assert done.returncode == 1
    assert b"2024-02-21-b.md: not fixed, it is not UTF-8 (byte 12)" in done.stderr
    assert b"fixed PM201" in done.stdout
    assert bad.read_bytes() == b"---\ntitle: \xff\n---\n"
    assert b"18:04" in (site / NAME).read_bytes()


def test_all_incidents_of_a_folder_are_fixed(site: Path) -> None:
    folder = site / "docs/incidents"
    other = folder / "2024/2024-02-21-b.md"
    other.parent.mkdir()
    other.write_bytes((site / NAME).read_bytes())
    page = folder / "notes.md"
    page.write_text("---\ntitel: x\n---\n", encoding="utf-8")
    # A file that is named twice is mended once.
    done = run("docs", NAME, cwd=site)
    assert done.stdout.count(b"fixed PM201") == 2
    assert b"18:04" in other.read_bytes()
    assert b"18:04" in (site / NAME).read_bytes()
    assert page.read_text(encoding="utf-8") == "---\ntitel: x\n---\n"


def test_a_link_stays_a_link_and_is_not_followed_out_of_its_folder(site: Path) -> None:
    folder = site / "docs/incidents"
    real = folder / "2024-02-20-a.md"
    link = folder / "2024-02-22-link.md"
    link.symlink_to(real.name)
    assert run(str(link), cwd=site).returncode == 0
    assert link.is_symlink()
    assert b"18:04" in real.read_bytes()
    outside = site / "2024-02-23-secret.md"
    outside.write_text(short().replace("18:04", "18.04"), encoding="utf-8")
    link.unlink()
    link.symlink_to(outside)
    done = run(str(link), cwd=site)
    assert done.returncode == 1
    assert b"not fixed" in done.stderr
    assert b"18.04" in outside.read_bytes()


def test_a_disk_that_is_full_leaves_the_file_and_nothing_beside_it(site: Path) -> None:
    path = site / NAME
    before = path.read_bytes()

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    command = [sys.executable, "-B", "-m", "mkdocs_postmortem", "fix", NAME]
    done = subprocess.run(command, cwd=site, capture_output=True, check=False, preexec_fn=limit)
    assert done.returncode == 1
    assert b"not written: File too large" in done.stderr
    assert b"0 problems fixed, 0 left, 1 file not touched" in done.stdout
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only(site: Path) -> None:
    folder = (site / NAME).parent
    folder.chmod(0o555)
    try:
        done = run(NAME, cwd=site)
    finally:
        folder.chmod(0o755)
    assert done.returncode == 1
    assert b"not written: Permission denied" in done.stderr
    assert b"18.04" in (site / NAME).read_bytes()


def test_what_somebody_else_wrote_meanwhile_is_kept(tmp_path: Path) -> None:
    path = tmp_path / PATH
    path.write_bytes(b"theirs")
    with pytest.raises(ChangedError, match="changed in the meantime"):
        replace_content(path, b"as it was read", b"ours")
    assert path.read_bytes() == b"theirs"
    assert [entry.name for entry in tmp_path.iterdir()] == [PATH]
    replace_content(path, b"theirs", b"ours")
    assert path.read_bytes() == b"ours"


def test_readers_see_the_old_or_the_new_file_and_nothing_in_between(tmp_path: Path) -> None:
    path = tmp_path / PATH
    versions = [letter * 300_000 for letter in (b"a", b"b")]
    path.write_bytes(versions[0])
    code = (
        "import sys, pathlib\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "seen = set()\n"
        "while b'stop' not in seen:\n"
        "    data = path.read_bytes()\n"
        "    seen.add(data if data == b'stop' else b'%d %d' % (len(data), len(set(data))))\n"
        "print(sorted(seen - {b'stop'}))\n"
    )
    reader = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE)
    for number in range(60):
        replace_content(path, versions[number % 2], versions[1 - number % 2])
    replace_content(path, versions[0], b"stop")
    output, _ = reader.communicate(timeout=60)
    assert set(re.findall(rb"\d+ \d+", output)) <= {b"300000 1"}


def test_terminal_escapes_are_shown_not_sent(site: Path) -> None:
    path = site / NAME
    text = short("\x1b[31mred: x").replace("18:04", "18.04").replace("sev2", "SEV\u202e2")
    path.write_text(text, encoding="utf-8")
    done = run(NAME, cwd=site)
    assert b"\x1b" not in done.stdout + done.stderr
    assert "\u202e" not in (done.stdout + done.stderr).decode()
