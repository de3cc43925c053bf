"""PM1xx: what keeps a file, or a part of it, from being read."""

from __future__ import annotations

from mkdocs_postmortem.diagnostics import Severity
from mkdocs_postmortem.rules.registry import Words, problem


@problem("PM101", "not-utf-8")
def not_utf8(byte: int) -> Words:
    r"""The file is not UTF-8 text.

    Every reader of the file would guess another encoding, and names and dashes come out wrong.
    The place is that of the first byte that cannot be read. Save the file as UTF-8; a byte order
    mark at its beginning does no harm.

    ## Example

    ```yaml
    timeline:
      - 18:03 started: Requests fail in K\xf6ln. ◀
      - 18:18 resolved: Requests succeed again.
    ```

    ## Fixed

    ```yaml
    timeline:
      - 18:03 started: Requests fail in Köln.
      - 18:18 resolved: Requests succeed again.
    ```
    """
    return Words(f"byte 0x{byte:02x} is not UTF-8", "save the file as UTF-8")


@problem("PM102", "control-character")
def control_character(codepoint: int) -> Words:
    r"""A control character stands in the text.

    NUL, escape sequences and invisible line separators arrive with pasted terminal output. They
    are invisible in an editor and break feeds, terminals and the front matter. Delete them.

    ## Example

    ```yaml
    summary: The log said \x1b[31mtimeout\x1b[0m, and requests failed. ◀
    ```

    ## Fixed

    ```yaml
    summary: The log said timeout, and requests failed.
    ```
    """
    return Words(
        f"the control character U+{codepoint:04X} stands here",
        "delete it; it comes with text pasted from a terminal or a web page",
    )


@problem("PM103", "too-large")
def too_large(what: str, limit: str) -> Words:
    """The file is larger than an incident can be.

    Incident files come from pull requests, so their size, the depth of their front matter and
    the number of its values are bounded before anything else happens. A real timeline of a
    two-week incident stays far below these bounds; long logs belong into a linked document.

    ## Example

    ```yaml
    x-log: [[[[[[[[[[[[[[[[[[requests, 500, api]]]]]]]]]]]]]]]]]] ◀
    ```

    ## Fixed

    ```yaml
    links:
      - {name: The log, url: https://example.org/log.txt}
    ```
    """
    return Words(f"{what} is over the limit of {limit}", "move long logs into a linked document")


@problem("PM104", "no-front-matter")
def no_front_matter() -> Words:
    """The file does not begin with front matter.

    A file called `YYYY-MM-DD-slug.md` in the incidents folder is an incident, and an incident
    begins with a line `---`, its fields, and another line `---`. Write the front matter, or give
    a file that is no incident another name.

    ## Example

    ```text
    # API errors ◀

    At 18:03 requests began to fail.
    ```

    ## Fixed

    ```text
    ---
    title: API errors
    timeline:
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    ---
    ```
    """
    return Words(
        "an incident begins with front matter, and this file does not",
        "make `---` the first line, or rename the file if it is no incident",
    )


@problem("PM105", "unclosed-front-matter")
def unclosed_front_matter() -> Words:
    """The front matter has no end.

    Without the second `---` the whole file would be front matter, or the whole front matter part
    of the page. Write a line `---`, not indented, after the last field.

    ## Example

    ```text
    --- ◀
    title: API errors
    timeline:
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.

    ## Impact

    Requests failed for a quarter of an hour.
    ```

    ## Fixed

    ```text
    ---
    title: API errors
    timeline:
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    ---

    ## Impact

    Requests failed for a quarter of an hour.
    ```
    """
    return Words("the front matter that begins here has no end", "close it with a line `---`")


@problem("PM106", "indented-fence")
def indented_fence() -> Words:
    """A fence of the front matter is indented, or stands below an empty line.

    MkDocs would publish the whole front matter as part of the page, even with `--strict`. The
    opening `---` is the first line of the file, and both fences begin in the first column.

    ## Example

    ```text
    ---
    title: API errors
    timeline:
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
      --- ◀
    ```

    ## Fixed

    ```text
    ---
    title: API errors
    timeline:
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    ---
    ```
    """
    return Words(
        "a fence of the front matter is not where it must be",
        "begin the file with `---`, and do not indent either `---`",
    )


@problem("PM107", "tab")
def tab() -> Words:
    r"""A tab is used where YAML wants spaces.

    YAML indents with spaces only. Replace the tab.

    ## Example

    ```yaml
    timeline:
    \t- 18:03 started: Requests fail. ◀
    \t- 18:18 resolved: Requests succeed again.
    ```

    ## Fixed

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    ```
    """
    return Words("YAML does not indent with tabs", "use spaces")


@problem("PM108", "yaml-syntax")
def yaml_syntax(reason: str, help: str | None = None) -> Words:
    """The front matter is not valid YAML.

    Usually a quote or a bracket is not closed, or a line is indented differently from its
    neighbours. The place is where YAML noticed, which can be a line below the cause.

    Optimism's postmortem of [26 April
    2023](https://github.com/ethereum-optimism/optimism/blob/develop/technical-documents/postmortems/2023-04-26-transaction-delays.md)
    has a title that begins with `[Public]`. To YAML that is a list, and what follows it is a
    mistake.

    ## Example

    ```yaml
    title: [Public] API errors ◀
    ```

    ## Fixed

    ```yaml
    title: "[Public] API errors"
    ```
    """
    return Words(f"the front matter is not valid YAML: {reason}", help)


@problem("PM109", "unquoted-colon")
def unquoted_colon() -> Words:
    """Text with a colon and a space in it is not quoted.

    To YAML `: ` ends a key, so `- 18:03: We write: sorry` has two. Quote the text after the first
    one: `- 18:03: "We write: sorry"`.

    Orain's report of [7 February 2015](https://meta.orain.org/wiki/Tech:Incidents/2015-02-07) puts
    who acted between two colons in each row, so any program that cuts at a colon has to guess which
    one it is.

    ## Example

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - 18:10: On-call engineer: the commit is reverted. ◀
      - 18:18 resolved: Requests succeed again.
    ```

    ## Fixed

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - 18:10: "On-call engineer: the commit is reverted."
      - 18:18 resolved: Requests succeed again.
    ```
    """
    return Words("a `: ` inside the text ends it for YAML", "put the text into double quotes")


@problem("PM110", "comment-cuts-text")
def comment_cuts_text(cut: str) -> Words:
    """A `#` after a space cuts the text off.

    To YAML ` #` begins a comment: `title: Outage, see #42` is “Outage, see”. Quote the text, or
    put a comment on a line of its own.

    The rows of PyPI's report on [the phishing of July
    2025](https://blog.pypi.org/posts/2025-07-31-incident-report-phishing-attack/) refer to one
    another by such numbers. Unquoted, each would end there.

    ## Example

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - 18:10: Somebody reports the same as in report #2 ◀
      - 18:18 resolved: Requests succeed again.
    ```

    ## Fixed

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - 18:10: "Somebody reports the same as in report #2"
      - 18:18 resolved: Requests succeed again.
    ```
    """
    return Words(
        f"“{cut}” is a comment to YAML and would be lost",
        "put the text into double quotes; a comment goes on a line of its own",
    )


@problem("PM111", "duplicate-key")
def duplicate_key(key: str, line: int) -> Words:
    """A key stands twice in one mapping.

    YAML readers silently take the last of the two. Keep one.

    ## Example

    ```yaml
    severity: sev2
    components: [api]
    severity: sev1 ◀
    ```

    ## Fixed

    ```yaml
    severity: sev1
    components: [api]
    ```
    """
    return Words(f"“{key}” stands twice; the first is on line {line}", "keep one of the two")


@problem("PM112", "anchor-or-alias")
def anchor_or_alias(mark: str) -> Words:
    """A YAML anchor (`&name`) or alias (`*name`) is used.

    With them a small file can expand into a huge one, and text that begins with `*` or `&` is
    usually meant as text. Repeat the value, or quote the text.

    ## Example

    ```yaml
    components: &all [api, dashboard] ◀
    impact:
      - {component: *all , from: started, to: resolved} ◀
    ```

    ## Fixed

    ```yaml
    components: [api, dashboard]
    impact:
      - {component: [api, dashboard], from: started, to: resolved}
    ```
    """
    return Words(
        f"“{mark}” is an anchor or an alias to YAML", "repeat the value, or quote the text"
    )


@problem("PM113", "merge-key")
def merge_key() -> Words:
    """The YAML merge key `<<` is used.

    What an incident says must stand where it is said. Write the fields out.

    ## Example

    ```yaml
    <<: {severity: sev2} ◀
    ```

    ## Fixed

    ```yaml
    severity: sev2
    ```
    """
    return Words("the merge key `<<` is not read", "write the fields out")


@problem("PM114", "tag")
def tag(name: str) -> Words:
    """A YAML tag such as `!!python/object` or `!important` is used.

    Tags make readers build objects, which an incident never needs. Text that begins with `!` is
    quoted.

    ## Example

    ```yaml
    severity: !important sev1 ◀
    ```

    ## Fixed

    ```yaml
    severity: sev1
    ```
    """
    return Words(f"the YAML tag “{name}” is not read", "remove it, or quote the text")


@problem("PM115", "not-a-mapping")
def not_a_mapping(found: str) -> Words:
    """The front matter is not a list of fields.

    Front matter is written as `field: value` lines.

    ## Example

    ```text
    ---
    - title: API errors ◀
    - timeline: []
    ---
    ```

    ## Fixed

    ```text
    ---
    title: API errors
    timeline:
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    ---
    ```
    """
    return Words(f"the front matter is {found}, not `field: value` lines")


@problem("PM116", "unknown-key")
def unknown_key(key: str, suggestion: str | None, known: str) -> Words:
    """A field is not one that incidents have.

    A misspelt field would be lost in silence: `actionitems` publishes a postmortem without
    promises. Keys of your own begin with `x-`.

    ## Example

    ```yaml
    acton_items: ◀
      - {title: Test it, owner: payments, due: 2024-06-30}
    ```

    ## Fixed

    ```yaml
    action_items:
      - {title: Test it, owner: payments, due: 2024-06-30}
    ```
    """
    return Words(
        f"“{key}” is not a field here",
        f"did you mean “{suggestion}”?" if suggestion else f"known here: {known}",
    )


@problem("PM117", "missing-field")
def missing_field(field: str, why: str = "", *, is_empty: bool = False) -> Words:
    """A required field is missing.

    `title` and `timeline` are always required, `published` once an incident is public; rows need
    an `event`, action items a `title`.

    ## Example

    ```yaml
    action_items:
      - {owner: payments, due: 2024-06-30} ◀
    ```

    ## Fixed

    ```yaml
    action_items:
      - {title: Test it, owner: payments, due: 2024-06-30}
    ```
    """
    help = f"add `{field}:`"
    if is_empty:
        what = "what happened" if field == "event" else "it"
        help = f"write {what} behind the colon"
    return Words(f"“{field}” is missing{why}", help)


@problem("PM118", "wrong-shape")
def wrong_shape(expected: str, found: str, help: str | None = None) -> Words:
    """A value has another shape than the field takes, such as a list where text is expected.

    A value that begins with `[` or `{` is a list or a mapping to YAML; text that begins so is
    quoted.

    ## Example

    ```yaml
    summary: [Requests failed.] ◀
    ```

    ## Fixed

    ```yaml
    summary: "[Requests failed.]"
    ```
    """
    return Words(f"{expected} is expected here, this is {found}", help)


@problem("PM119", "invalid-value")
def invalid_value(message: str, help: str | None = None) -> Words:
    """A value is none of those that the field takes.

    Severities, components and milestones are closed lists, so that one thing has one name over
    the whole site; days are written `YYYY-MM-DD`, lengths of time `5m` or `1h 30m`.

    ## Example

    ```yaml
    severity: sev9 ◀
    ```

    ## Fixed

    ```yaml
    severity: sev2
    ```
    """
    return Words(message, help)


@problem("PM120", "invalid-row")
def invalid_row(message: str, help: str | None = None) -> Words:
    """A row of the timeline is neither the short nor the long form.

    The short form is `- 18:04 detected: What happened`, the long one a mapping with `at`,
    `event` and more. One row is one or the other.

    ## Example

    ```yaml
    timeline:
      - 18:03 started: Requests fail. ◀
        component: api
      - 18:18 resolved: Requests succeed again.
    ```

    ## Fixed

    ```yaml
    timeline:
      - at: 18:03
        milestone: started
        component: api
        event: Requests fail.
      - 18:18 resolved: Requests succeed again.
    ```
    """
    return Words(message, help)


@problem("PM121", "misnamed-incident")
def misnamed_incident(field: str) -> Words:
    """A file has an incident's fields but not an incident's name.

    Files called `YYYY-MM-DD-slug.md` are incidents. Any other page would be published as it is,
    and a draft whose name has a typing error would go out whole. The file is withheld.

    Files lose their names easily: DFDS's postmortem of [31 October
    2022](https://github.com/dfds/postmortems/blob/master/PM2022-009%20-%20Bad%20AWS%20EKS%20AMI%20causing%20Kubernetes%20issues)
    went into the repository without its `.md`.

    ## Example

    ```yaml docs/incidents/2024-2-20-api-errors.md
    timeline: ◀
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    ```

    ## Fixed

    ```yaml docs/incidents/2024-02-20-api-errors.md
    timeline:
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    ```
    """
    return Words(
        f"this file has “{field}” but its name is not an incident's, so it is withheld",
        "rename it to YYYY-MM-DD-slug.md, or remove the field",
    )


@problem("PM122", "name-is-no-day")
def name_is_no_day(name: str) -> Words:
    """The file's name begins with a day that does not exist.

    The name is the incident's permanent id and the default of its `date`.

    ## Example

    ```text docs/incidents/2024-02-30-api-errors.md
    --- ◀
    title: API errors
    timeline:
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    ---
    ```

    ## Fixed

    ```text docs/incidents/2024-02-29-api-errors.md
    ---
    title: API errors
    timeline:
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    ---
    ```
    """
    return Words(f"the name begins with {name}, which is no day", "rename the file")


@problem("PM123", "unused-silence", Severity.WARNING)
def unused_silence(code: str) -> Words:
    """A `silence` entry silences nothing.

    What it was written for is gone; left in place it would hide the next real problem.

    ## Example

    ```yaml
    silence:
      - {code: PM206, reason: the clock of the log was wrong} ◀
    ```

    ## Fixed

    ```yaml
    title: API errors
    ```
    """
    return Words(f"nothing here is {code} any more", "remove the entry")


@problem("PM124", "unreadable-file")
def unreadable_file(reason: str) -> Words:
    """The file cannot be opened.

    It may have been deleted in between, or be a link that leads out of the incidents folder,
    which is never followed.

    ## Example

    ```link docs/incidents/2024-02-20-api-errors.md
    ../../notes/api-errors.md ◀
    ```

    ## Fixed

    ```yaml docs/incidents/2024-02-20-api-errors.md
    title: API errors
    ```
    """
    return Words(f"the file cannot be read: {reason}")
