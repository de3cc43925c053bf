"""PM8xx: what only shows when all files of a site are looked at together."""

from __future__ import annotations

from mkdocs_postmortem.diagnostics import Severity
from mkdocs_postmortem.rules.registry import Words, problem


@problem("PM801", "same-id")
def same_id(other: str) -> Words:
    """Two files have the same name, and so the same id and address.

    The id is the file's name without `.md`, whatever folder it is in. Names that differ in upper
    and lower case alone are one address on some file systems. Rename the one that has not been
    published yet.
    """
    return Words(f"{other} has the same name, and so the same address", "rename one of the two")


@problem("PM802", "unknown-related", Severity.WARNING)
def unknown_related(id: str, suggestion: str | None) -> Words:
    """`related` names an incident that is not there.

    It takes ids, the names of files without `.md`.
    """
    help = f"did you mean {suggestion}?" if suggestion else "write the id of another incident"
    return Words(f"there is no incident {id}", help)


@problem("PM803", "withheld-file", Severity.WARNING)
def withheld_file(name: str) -> Words:
    """A file beside the incidents looks like a copy of one.

    Editors leave backups such as `2024-02-20-outage.md~`, and every file below the docs folder
    is published. It is withheld. Images and other files belong into a folder with the incident's
    name, and are published with it.
    """
    return Words(
        f"{name} looks like a copy of an incident and is withheld",
        "delete it, or move it into the folder that has the incident's name",
    )


@problem("PM804", "promised-before", Severity.WARNING)
def promised_before(title: str, other: str) -> Words:
    """The same promise was made in an earlier incident, and has not been kept.

    An action item that comes again is the best sign that the first one should have been finished.
    Finish or cancel the earlier one, or link to it instead of promising again.
    """
    return Words(
        f"“{title}” was promised before, in {other}, and is not done there",
        "finish or cancel the earlier one, and say so there",
    )


@problem("PM805", "same-component-address")
def same_component_address(name: str, other: str) -> Words:
    """Two components have names that give the same address.

    A component's page, feeds and badge are at its name in lower case with hyphens, so `API v2`
    and `api-v2` would overwrite each other.
    """
    return Words(
        f"the components “{name}” and “{other}” have the same address",
        "use one name for both, or give one another name",
    )


@problem("PM806", "linked-file", Severity.WARNING)
def linked_file(name: str) -> Words:
    """A file beside the incidents is a link that leads elsewhere.

    Followed, it would publish what it leads to: another incident's draft, or a file of the machine
    that builds. It is withheld. Copy the file into the folder with the incident's name.
    """
    return Words(f"{name} is a link that leads elsewhere and is withheld", "copy the file instead")


@problem("PM807", "incident-outside-folder")
def incident_outside_folder(folder: str) -> Words:
    """A page outside the incidents folder has an incident's timeline.

    Pages there are published as they are, and a draft would go out whole. The file is withheld.
    Move it into the folder, or let the option `incidents_dir` name the folder it is in.
    """
    return Words(
        f"this page has a timeline and lies outside the incidents folder {folder}",
        "move it there, or correct the option `incidents_dir`",
    )
