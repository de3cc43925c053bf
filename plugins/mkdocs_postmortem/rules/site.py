"""PM8xx: what only shows when all files of a site are looked at together."""

from __future__ import annotations

from mkdocs_postmortem.diagnostics import Severity
from mkdocs_postmortem.rules.registry import Words, problem


@problem("PM800", "invalid-option")
def invalid_option(message: str, help: str | None = None) -> Words:
    """An option of the plugin in `mkdocs.yml` is wrong, or the file cannot be read.

    A misspelt option would leave its default in force in silence: `audiance: public` publishes
    what the default publishes. Nothing is checked or built until it is right, so no severity can
    be set for this.

    ## Example

    ```yaml mkdocs.yml
    site_name: Status
    plugins:
      - postmortem:
          timezone: PST ◀
    ```

    ## Fixed

    ```yaml mkdocs.yml
    site_name: Status
    plugins:
      - postmortem:
          timezone: America/Los_Angeles
    ```
    """
    return Words(message, help)


@problem("PM801", "same-id")
def same_id(other: str) -> Words:
    """Two files have the same name, and so the same id and address.

    The id is the file's name without `.md`, whatever folder it is in. Names that differ in upper
    and lower case alone are one address on some file systems. Rename the one that has not been
    published yet.

    ## Example

    ```yaml docs/incidents/2024-02-20-api-errors.md
    title: API errors
    ```

    ```yaml docs/incidents/2024/2024-02-20-api-errors.md
    title: API errors in the evening ◀
    ```

    ## Fixed

    ```yaml docs/incidents/2024-02-20-api-errors.md
    title: API errors
    ```

    ```yaml docs/incidents/2024/2024-02-20-api-errors-in-the-evening.md
    title: API errors in the evening
    ```
    """
    return Words(f"{other} has the same name, and so the same address", "rename one of the two")


@problem("PM802", "unknown-related", Severity.WARNING)
def unknown_related(id: str, suggestion: str | None) -> Words:
    """`related` names an incident that is not there.

    It takes ids, the names of files without `.md`.

    DFDS's worst outage, [of 14 February
    2023](https://github.com/dfds/postmortems/blob/master/PM2023-001%20-%20Total%20node%20failure.md),
    began with the repair of the day before. A link between two such incidents is worth having, and
    a broken one leads nowhere.

    ## Example

    ```yaml docs/incidents/2023-11-26-login-errors.md
    title: Login errors
    ```

    ```yaml docs/incidents/2024-02-20-api-errors.md
    related: [2023-11-26-login-erors] ◀
    ```

    ## Fixed

    ```yaml docs/incidents/2023-11-26-login-errors.md
    title: Login errors
    ```

    ```yaml docs/incidents/2024-02-20-api-errors.md
    related: [2023-11-26-login-errors]
    ```
    """
    help = f"did you mean {suggestion}?" if suggestion else "write the id of another incident"
    return Words(f"there is no incident {id}", help)


@problem("PM803", "withheld-file", Severity.WARNING)
def withheld_file(name: str) -> Words:
    """A file beside the incidents looks like a copy of one.

    Editors leave backups such as `2024-02-20-outage.md~`, and every file below the docs folder
    is published. It is withheld. Images and other files belong into a folder with the incident's
    name, and are published with it.

    ## Example

    ```text docs/incidents/2024-02-20-api-errors.md~
    --- ◀
    title: API errors, first try
    ---
    ```

    ## Fixed

    ```yaml docs/incidents/2024-02-20-api-errors.md
    title: API errors
    ```
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

    ## Example

    ```yaml docs/incidents/2023-11-26-login-errors.md
    action_items:
      - {title: Test the rollback, owner: payments, due: 2024-06-30}
    ```

    ```yaml docs/incidents/2024-02-20-api-errors.md
    action_items:
      - {title: Test the rollback, owner: payments, due: 2024-07-31} ◀
    ```

    ## Fixed

    ```yaml docs/incidents/2023-11-26-login-errors.md
    action_items:
      - {title: Test the rollback, owner: payments, status: cancelled}
    ```

    ```yaml docs/incidents/2024-02-20-api-errors.md
    action_items:
      - {title: Test the rollback, owner: payments, due: 2024-07-31}
    ```
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

    ## Example

    ```yaml docs/incidents/2023-11-26-login-errors.md
    components: [API v2]
    ```

    ```yaml docs/incidents/2024-02-20-api-errors.md
    components: [api-v2] ◀
    ```

    ## Fixed

    ```yaml docs/incidents/2023-11-26-login-errors.md
    components: [api-v2]
    ```

    ```yaml docs/incidents/2024-02-20-api-errors.md
    components: [api-v2]
    ```
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

    ## Example

    ```yaml docs/incidents/2024-02-20-api-errors.md
    title: API errors
    ```

    ```link docs/incidents/2024-02-20-api-errors/requests.csv
    ../../../secret/requests.csv ◀
    ```

    ## Fixed

    ```yaml docs/incidents/2024-02-20-api-errors.md
    title: API errors
    ```

    ```text docs/incidents/2024-02-20-api-errors/requests.csv
    minute,failed
    18:03,412
    ```
    """
    return Words(f"{name} is a link that leads elsewhere and is withheld", "copy the file instead")


@problem("PM807", "incident-outside-folder")
def incident_outside_folder(folder: str) -> Words:
    """A page outside the incidents folder has an incident's timeline.

    Pages there are published as they are, and a draft would go out whole. The file is withheld.
    Move it into the folder, or let the option `incidents_dir` name the folder it is in.

    ## Example

    ```text docs/api-errors.md
    ---
    title: API errors
    timeline: ◀
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    ---
    ```

    ## Fixed

    ```text docs/incidents/2024-02-20-api-errors.md
    ---
    title: API errors
    timeline:
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    ---
    ```
    """
    return Words(
        f"this page has a timeline and lies outside the incidents folder {folder}",
        "move it there, or correct the option `incidents_dir`",
    )
