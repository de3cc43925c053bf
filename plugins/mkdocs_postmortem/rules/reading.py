"""PM1xx: what keeps a file, or a part of it, from being read."""

from __future__ import annotations

from mkdocs_postmortem.diagnostics import Severity
from mkdocs_postmortem.rules.registry import Words, problem


@problem("PM101", "not-utf-8")
def not_utf8(byte: int) -> Words:
    """The file is not UTF-8 text.

    Every reader of the file would guess another encoding, and names and dashes come out wrong.
    The place is that of the first byte that cannot be read. Save the file as UTF-8; a byte order
    mark at its beginning does no harm.
    """
    return Words(f"byte 0x{byte:02x} is not UTF-8", "save the file as UTF-8")


@problem("PM102", "control-character")
def control_character(codepoint: int) -> Words:
    """A control character stands in the text.

    NUL, escape sequences and invisible line separators arrive with pasted terminal output. They
    are invisible in an editor and break feeds, terminals and the front matter. Delete them.
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
    """
    return Words(f"{what} is over the limit of {limit}", "move long logs into a linked document")


@problem("PM104", "no-front-matter")
def no_front_matter() -> Words:
    """The file does not begin with front matter.

    A file called `YYYY-MM-DD-slug.md` in the incidents folder is an incident, and an incident
    begins with a line `---`, its fields, and another line `---`. Write the front matter, or give
    a file that is no incident another name.
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
    """
    return Words("the front matter that begins here has no end", "close it with a line `---`")


@problem("PM106", "indented-fence")
def indented_fence() -> Words:
    """A fence of the front matter is indented, or stands below an empty line.

    MkDocs would publish the whole front matter as part of the page, even with `--strict`. The
    opening `---` is the first line of the file, and both fences begin in the first column.
    """
    return Words(
        "a fence of the front matter is not where it must be",
        "begin the file with `---`, and do not indent either `---`",
    )


@problem("PM107", "tab")
def tab() -> Words:
    """A tab is used where YAML wants spaces.

    YAML indents with spaces only. Replace the tab.
    """
    return Words("YAML does not indent with tabs", "use spaces")


@problem("PM108", "yaml-syntax")
def yaml_syntax(reason: str, help: str | None = None) -> Words:
    """The front matter is not valid YAML.

    Usually a quote or a bracket is not closed, or a line is indented differently from its
    neighbours. The place is where YAML noticed, which can be a line below the cause.
    """
    return Words(f"the front matter is not valid YAML: {reason}", help)


@problem("PM109", "unquoted-colon")
def unquoted_colon() -> Words:
    """Text with a colon and a space in it is not quoted.

    To YAML `: ` ends a key, so `- 18:03: We write: sorry` has two. Quote the text after the first
    one: `- 18:03: "We write: sorry"`.
    """
    return Words("a `: ` inside the text ends it for YAML", "put the text into double quotes")


@problem("PM110", "comment-cuts-text")
def comment_cuts_text(cut: str) -> Words:
    """A `#` after a space cuts the text off.

    To YAML ` #` begins a comment: `title: Outage, see #42` is “Outage, see”. Quote the text, or
    put a comment on a line of its own.
    """
    return Words(
        f"“{cut}” is a comment to YAML and would be lost",
        "put the text into double quotes; a comment goes on a line of its own",
    )


@problem("PM111", "duplicate-key")
def duplicate_key(key: str, line: int) -> Words:
    """A key stands twice in one mapping.

    YAML readers silently take the last of the two. Keep one.
    """
    return Words(f"“{key}” stands twice; the first is on line {line}", "keep one of the two")


@problem("PM112", "anchor-or-alias")
def anchor_or_alias(mark: str) -> Words:
    """A YAML anchor (`&name`) or alias (`*name`) is used.

    With them a small file can expand into a huge one, and text that begins with `*` or `&` is
    usually meant as text. Repeat the value, or quote the text.
    """
    return Words(
        f"“{mark}” is an anchor or an alias to YAML", "repeat the value, or quote the text"
    )


@problem("PM113", "merge-key")
def merge_key() -> Words:
    """The YAML merge key `<<` is used.

    What an incident says must stand where it is said. Write the fields out.
    """
    return Words("the merge key `<<` is not read", "write the fields out")


@problem("PM114", "tag")
def tag(name: str) -> Words:
    """A YAML tag such as `!!python/object` or `!important` is used.

    Tags make readers build objects, which an incident never needs. Text that begins with `!` is
    quoted.
    """
    return Words(f"the YAML tag “{name}” is not read", "remove it, or quote the text")


@problem("PM115", "not-a-mapping")
def not_a_mapping(found: str) -> Words:
    """The front matter is not a list of fields.

    Front matter is written as `field: value` lines.
    """
    return Words(f"the front matter is {found}, not `field: value` lines")


@problem("PM116", "unknown-key")
def unknown_key(key: str, suggestion: str | None, known: str) -> Words:
    """A field is not one that incidents have.

    A misspelt field would be lost in silence: `actionitems` publishes a postmortem without
    promises. Keys of your own begin with `x-`.
    """
    return Words(
        f"“{key}” is not a field here",
        f"did you mean “{suggestion}”?" if suggestion else f"known here: {known}",
    )


@problem("PM117", "missing-field")
def missing_field(field: str, why: str = "") -> Words:
    """A required field is missing.

    `title` and `timeline` are always required, `published` once an incident is public; rows need
    an `event`, action items a `title`.
    """
    return Words(f"“{field}” is missing{why}", f"add `{field}:`")


@problem("PM118", "wrong-shape")
def wrong_shape(expected: str, found: str) -> Words:
    """A value has another shape than the field takes, such as a list where text is expected.

    A value that begins with `[` or `{` is a list or a mapping to YAML; text that begins so is
    quoted.
    """
    return Words(f"{expected} is expected here, this is {found}")


@problem("PM119", "invalid-value")
def invalid_value(message: str, help: str | None = None) -> Words:
    """A value is none of those that the field takes.

    Severities, components and milestones are closed lists, so that one thing has one name over
    the whole site; days are written `YYYY-MM-DD`, lengths of time `5m` or `1h 30m`.
    """
    return Words(message, help)


@problem("PM120", "invalid-row")
def invalid_row(message: str, help: str | None = None) -> Words:
    """A row of the timeline is neither the short nor the long form.

    The short form is `- 18:04 detected: What happened`, the long one a mapping with `at`,
    `event` and more. One row is one or the other.
    """
    return Words(message, help)


@problem("PM121", "misnamed-incident")
def misnamed_incident(field: str) -> Words:
    """A file has an incident's fields but not an incident's name.

    Files called `YYYY-MM-DD-slug.md` are incidents. Any other page would be published as it is,
    and a draft whose name has a typing error would go out whole. The file is withheld.
    """
    return Words(
        f"this file has “{field}” but its name is not an incident's, so it is withheld",
        "rename it to YYYY-MM-DD-slug.md, or remove the field",
    )


@problem("PM122", "name-is-no-day")
def name_is_no_day(name: str) -> Words:
    """The file's name begins with a day that does not exist.

    The name is the incident's permanent id and the default of its `date`.
    """
    return Words(f"the name begins with {name}, which is no day", "rename the file")


@problem("PM123", "unused-silence", Severity.WARNING)
def unused_silence(code: str) -> Words:
    """A `silence` entry silences nothing.

    What it was written for is gone; left in place it would hide the next real problem.
    """
    return Words(f"nothing here is {code} any more", "remove the entry")


@problem("PM124", "unreadable-file")
def unreadable_file(reason: str) -> Words:
    """The file cannot be opened.

    It may have been deleted in between, or be a link that leads out of the incidents folder,
    which is never followed.
    """
    return Words(f"the file cannot be read: {reason}")
