"""PM85x: what a change may not do to an incident that has been published."""

from __future__ import annotations

from mkdocs_postmortem.rules.registry import Words, problem


@problem("PM851", "uncorrected-change")
def uncorrected_change(changes: str) -> Words:
    """Computed numbers of a published incident change, and no correction says so.

    Readers have quoted the old numbers. Times of milestones, response times, windows of impact
    and the severity count. A new entry under `corrections` tells readers what was wrong; it shows
    on the page and in the feed. While an incident is open its numbers may move freely.

    ## Example

    ```yaml main/docs/incidents/2024-02-20-api-errors.md
    visibility: public
    published: 2024-02-22
    timeline:
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    ```

    ```yaml branch/docs/incidents/2024-02-20-api-errors.md
    visibility: public
    published: 2024-02-22
    timeline:
      - 18:03 started: Requests fail.
      - 18:23 resolved: Requests succeed again. ◀
    ```

    ## Fixed

    ```yaml main/docs/incidents/2024-02-20-api-errors.md
    visibility: public
    published: 2024-02-22
    timeline:
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    ```

    ```yaml branch/docs/incidents/2024-02-20-api-errors.md
    visibility: public
    published: 2024-02-22
    timeline:
      - 18:03 started: Requests fail.
      - 18:23 resolved: Requests succeed again.
    corrections:
      - {date: 2024-03-01, text: "Requests succeeded from 18:23, not 18:18."}
    ```
    """
    return Words(
        f"what was published changes: {changes}",
        "add an entry to `corrections` that says what was wrong",
    )


@problem("PM852", "published-incident-gone")
def published_incident_gone(how: str) -> Words:
    """A published incident disappears from the site.

    People and feeds link to it. Keep the file with `visibility: public` and add `withdrawn` with
    a day and a reason: the address stays and says so, the content goes.

    ## Example

    ```yaml main/docs/incidents/2024-02-20-api-errors.md
    visibility: public
    published: 2024-02-22
    timeline:
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    ```

    ```yaml branch/docs/incidents/2024-02-20-api-errors.md
    visibility: draft
    timeline:
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again. ◀
    ```

    ## Fixed

    ```yaml main/docs/incidents/2024-02-20-api-errors.md
    visibility: public
    published: 2024-02-22
    timeline:
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    ```

    ```yaml branch/docs/incidents/2024-02-20-api-errors.md
    visibility: public
    published: 2024-02-22
    timeline:
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    withdrawn: {date: 2024-03-01, reason: It named a customer.}
    ```
    """
    return Words(
        f"this incident was published, and {how}",
        "keep it public, with `withdrawn: {date: …, reason: …}`",
    )


@problem("PM853", "id-without-alias")
def id_without_alias(address: str) -> Words:
    """A published incident gets another id, and its old address leads nowhere.

    The id is the file's name without `.md`, and part of the address. Name the file as it was, or
    keep the old address under `aliases`.

    ## Example

    ```yaml main/docs/incidents/2024-02-20-api-errors.md
    visibility: public
    published: 2024-02-22
    timeline:
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    ```

    ```yaml branch/docs/incidents/2024-02-20-api.md
    visibility: public
    published: 2024-02-22
    timeline:
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again. ◀
    ```

    ## Fixed

    ```yaml main/docs/incidents/2024-02-20-api-errors.md
    visibility: public
    published: 2024-02-22
    timeline:
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    ```

    ```yaml branch/docs/incidents/2024-02-20-api.md
    visibility: public
    published: 2024-02-22
    timeline:
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    aliases: [incidents/2024-02-20-api-errors/]
    ```
    """
    return Words(
        f"this incident was published at {address}, an address that is gone now",
        f"keep the name of the file, or add `aliases: [{address}]`",
    )
