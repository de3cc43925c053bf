"""PM5xx: causes and action items of one incident."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from mkdocs_postmortem.body import headings, without_code
from mkdocs_postmortem.diagnostics import Edit, Fix, Severity
from mkdocs_postmortem.incident import ActionItem, ActionStatus
from mkdocs_postmortem.readable_times import readable_day
from mkdocs_postmortem.rules.registry import Remark, check
from mkdocs_postmortem.slips import same_name
from mkdocs_postmortem.zones import closest

if TYPE_CHECKING:
    from mkdocs_postmortem.reading.reader import Reading

_UNFINISHED = (ActionStatus.OPEN, ActionStatus.IN_PROGRESS)


def _items(reading: Reading) -> Iterator[tuple[int, ActionItem]]:
    if reading.incident is not None:
        yield from enumerate(reading.incident.action_items)


@check("PM501", "no-owner", Severity.WARNING)
def no_owner(reading: Reading) -> Iterator[Remark]:
    """An unfinished action item has no owner.

    What everybody should do nobody does. Name the team.

    ## Example

    ```yaml
    action_items:
      - {title: Test it, due: 2024-06-30} ◀
    ```

    ## Fixed

    ```yaml
    action_items:
      - {title: Test it, owner: payments, due: 2024-06-30}
    ```
    """
    for index, item in _items(reading):
        if item.owner is None and item.status in _UNFINISHED:
            yield Remark(
                reading.places.value("action_items", index, "title"),
                f"“{item.title}” has no owner",
                "add `owner:`, a team",
            )


@check("PM502", "no-due-date", Severity.WARNING)
def no_due_date(reading: Reading) -> Iterator[Remark]:
    """An unfinished action item has no due date.

    A promise without a day can be neither kept nor missed.

    ## Example

    ```yaml
    action_items:
      - {title: Test it, owner: payments} ◀
    ```

    ## Fixed

    ```yaml
    action_items:
      - {title: Test it, owner: payments, due: 2024-06-30}
    ```
    """
    for index, item in _items(reading):
        if item.due is None and item.due_words is None and item.status in _UNFINISHED:
            yield Remark(
                reading.places.value("action_items", index, "title"),
                f"“{item.title}” has no due date",
                "add `due:`, a day",
            )


@check("PM503", "due-in-words", Severity.NOTE)
def due_in_words(reading: Reading) -> Iterator[Remark]:
    """A due date is written in words.

    “Within six months” never becomes overdue. It is shown as written; a day would be followed up.

    “Within 6 months” is what Nango promised [in March
    2024](https://nangohq.notion.site/Mar-27-2024-API-dashboard-unavailable-2380b737a43e4ab5a4416102b78b0cdb),
    “mid-February 2023” elastic.io [a month before](https://status.elastic.io/incident/166598), and
    “next 2 weeks” PostHog [in October
    2025](https://github.com/PostHog/post-mortems/blob/main/2025-10-21-feature-flags-recurring-outages.md).

    ## Example

    ```yaml
    action_items:
      - {title: Move to another cloud, owner: platform, due: within 6 months} ◀
    ```

    ## Fixed

    ```yaml
    action_items:
      - {title: Move to another cloud, owner: platform, due: 2024-09-30}
    ```
    """
    for index, item in _items(reading):
        if item.due_words is None:
            continue
        if _DAY_LIKE.search(item.due_words):
            place = reading.places.value("action_items", index, "due")
            day = readable_day(item.due_words)
            yield Remark(
                place,
                f"“{item.due_words}” looks like a day, and is none",
                "write the day as YYYY-MM-DD",
                severity=Severity.ERROR,
                fixes=(Fix((Edit(place, day, item.due_words),), reveals=place),) if day else (),
            )
        elif item.status in _UNFINISHED:
            yield Remark(
                reading.places.value("action_items", index, "due"),
                f"“{item.due_words}” is no day, so it will never be overdue",
                "write the day as YYYY-MM-DD",
            )


@check("PM504", "overdue", Severity.WARNING)
def overdue(reading: Reading) -> Iterator[Remark]:
    """An action item is overdue.

    Finish it and say when with `done:`, or move the day and say why in a correction.

    ## Example

    ```yaml
    action_items:
      - {title: Test it, owner: payments, due: 2024-03-15} ◀
    ```

    ## Fixed

    ```yaml
    action_items:
      - {title: Test it, owner: payments, due: 2024-03-15, done: 2024-03-12}
    ```
    """
    today = (reading.options.today - timedelta(seconds=1)).astimezone(reading.options.zone).date()
    for index, item in _items(reading):
        if item.is_overdue(today):
            yield Remark(
                reading.places.value("action_items", index, "due"),
                f"“{item.title}” was due on {item.due}",
                "add `done:` with the day, or move the due date",
            )


@check("PM505", "unknown-cause")
def unknown_cause(reading: Reading) -> Iterator[Remark]:
    """An action item points at a cause that is not there.

    `cause:` is the `id` of one of the file's causes.

    ## Example

    ```yaml
    causes:
      - {id: config, text: Staging and production run different code.}
    action_items:
      - {title: Test it, owner: payments, due: 2024-06-30, cause: config}
      - {title: Alert on it, owner: payments, due: 2024-06-30, cause: confg} ◀
    ```

    ## Fixed

    ```yaml
    causes:
      - {id: config, text: Staging and production run different code.}
    action_items:
      - {title: Test it, owner: payments, due: 2024-06-30, cause: config}
      - {title: Alert on it, owner: payments, due: 2024-06-30, cause: config}
    ```
    """
    causes = [cause.id for cause in reading.incident.causes] if reading.incident else []
    for index, item in _items(reading):
        if item.cause is not None and item.cause not in causes:
            suggestion = closest(item.cause, causes)
            known = ", ".join(causes) or "none"
            place = reading.places.value("action_items", index, "cause")
            same = same_name(item.cause, causes)
            yield Remark(
                place,
                f"there is no cause “{item.cause}”",
                f"did you mean “{suggestion}”?" if suggestion else f"causes here: {known}",
                fixes=(Fix((Edit(place, same, item.cause),)),) if same else (),
            )


@check("PM506", "same-id-twice")
def same_id_twice(reading: Reading) -> Iterator[Remark]:
    """Two action items or two causes have the same id.

    The id is the item's name in the register and in calendars, by default made of its title.

    ## Example

    ```yaml
    action_items:
      - {title: Test it, owner: payments, due: 2024-06-30}
      - {title: Test it, owner: accounts, due: 2024-06-30} ◀
    ```

    ## Fixed

    ```yaml
    action_items:
      - {title: Test it, owner: payments, due: 2024-06-30}
      - {title: Test it, id: test-accounts, owner: accounts, due: 2024-06-30}
    ```
    """
    if reading.incident is None:
        return
    lists = (
        ("action_items", "title", [item.id for item in reading.incident.action_items]),
        ("causes", "id", [cause.id for cause in reading.incident.causes]),
    )
    for field, key, ids in lists:
        for index, name in enumerate(ids):
            if name and name in ids[:index]:
                yield Remark(
                    reading.places.value(
                        field, index, "id" if reading.places.has(field, index, "id") else key
                    ),
                    f"the id “{name}” stands twice",
                    "give one of the two another `id:`",
                )


@check("PM507", "done-and-not-done")
def done_and_not_done(reading: Reading) -> Iterator[Remark]:
    """An action item has a day on which it was done, and says that it is not done.

    `done:` implies `status: done`.

    ## Example

    ```yaml
    action_items:
      - title: Test it
        owner: payments
        due: 2024-03-15
        done: 2024-03-12
        status: in_progress ◀
    ```

    ## Fixed

    ```yaml
    action_items:
      - title: Test it
        owner: payments
        due: 2024-03-15
        done: 2024-03-12
    ```
    """
    if reading.fields is None:
        return
    for index, item in enumerate(reading.fields.action_items):
        if item.done is not None and item.status not in (None, "done"):
            yield Remark(
                reading.places.value("action_items", index, "status"),
                f"“{item.title}” was done on {item.done}, and is {item.status}",
                "remove one of the two",
            )


@check("PM508", "cause-without-action", Severity.WARNING)
def cause_without_action(reading: Reading) -> Iterator[Remark]:
    """A cause has no action item that answers it.

    Certificate authorities must name an action for every cause they find; it is a good rule for
    anybody. Point an action item at it with `cause:`, or say that nothing will be done.

    ## Example

    ```yaml
    causes:
      - {id: config, text: Staging and production run different code.} ◀
    action_items:
      - {title: Test it, owner: payments, due: 2024-06-30}
    ```

    ## Fixed

    ```yaml
    causes:
      - {id: config, text: Staging and production run different code.}
    action_items:
      - {title: Test it, owner: payments, due: 2024-06-30, cause: config}
    ```
    """
    if reading.incident is None:
        return
    answered = {item.cause for item in reading.incident.action_items}
    for index, cause in enumerate(reading.incident.causes):
        if cause.id not in answered:
            yield Remark(
                reading.places.value("causes", index, "id"),
                f"no action item answers the cause “{cause.id}”",
                f"add `cause: {cause.id}` to an action item",
            )


@check("PM509", "no-action-items", Severity.WARNING)
def no_action_items(reading: Reading) -> Iterator[Remark]:
    """A closed public incident has no action items.

    Readers want to know what will be different. If nothing will be done, say so in the body and
    silence this.

    The postmortem of [20 February
    2024](https://stytch.notion.site/2024-02-20-Stytch-downtime-postmortem-f245d9e5e4504213a0f22e78293a1e0d)
    by Stytch tells a quarter of an hour to the minute, and not what will be different.

    ## Example

    ```yaml
    title: API errors ◀
    severity: sev2
    visibility: public
    published: 2024-02-22
    ```

    ## Fixed

    ```yaml
    title: API errors
    severity: sev2
    visibility: public
    published: 2024-02-22
    action_items:
      - {title: Test it, owner: payments, due: 2024-06-30}
    ```
    """
    fields = reading.fields
    if fields is None or fields.action_items or fields.kind == "maintenance":
        return
    if fields.status == "closed" and fields.visibility == "public" and not fields.withdrawn:
        yield Remark(
            reading.places.key("title"),
            "a closed public incident without action items",
            "add `action_items:`, what will be different from now on",
        )


_DAY_LIKE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
_POINT = re.compile(r"(?:[-*+]|\d{1,3}[.)])[ \t]+\S")


@check("PM510", "more-went-badly-than-is-promised", Severity.NOTE)
def more_went_badly(reading: Reading) -> Iterator[Remark]:
    """More points stand under “What went badly” than there are action items.

    Certificate authorities must name an action for each thing that went badly. Two points may
    share one, so this is only a note: see whether one was forgotten.

    ## Example

    ```yaml
    action_items:
      - {title: Test it, owner: payments, due: 2024-06-30}
    ```

    ```markdown
    ## What went badly ◀

    - Staging did not run the code.
    - The rollback lacked a permission.
    ```

    ## Fixed

    ```yaml
    action_items:
      - {title: Test it, owner: payments, due: 2024-06-30}
      - {title: Let the on-call engineer roll back, owner: platform, due: 2024-06-30}
    ```

    ```markdown
    ## What went badly

    - Staging did not run the code.
    - The rollback lacked a permission.
    ```
    """
    if reading.incident is None or reading.incident.ongoing:
        return
    body = reading.source.body
    found = headings(body)
    for index, heading in enumerate(found):
        if heading.text.casefold() != "what went badly":
            continue
        end = found[index + 1].start if index + 1 < len(found) else len(body)
        lines = without_code(body[heading.end : end]).split("\n")
        points = sum(_POINT.match(line) is not None for line in lines)
        items = len(reading.incident.action_items)
        if points > items:
            yield Remark(
                reading.source.body_place(heading.start, heading.end),
                f"{points} points went badly, and there are {items} action items",
                "see whether each point has an action item that answers it",
            )


@check("PM511", "done-in-the-future")
def done_in_the_future(reading: Reading) -> Iterator[Remark]:
    """An action item was done on a day that is still to come.

    Builds are held against `as_of`, by default today.

    ## Example

    ```yaml
    action_items:
      - {title: Test it, owner: payments, done: 2024-12-03} ◀
    ```

    ## Fixed

    ```yaml
    action_items:
      - {title: Test it, owner: payments, done: 2024-03-12}
    ```
    """
    today = (reading.options.today - timedelta(seconds=1)).astimezone(reading.options.zone).date()
    for index, item in _items(reading):
        if item.done is not None and item.done > today:
            yield Remark(
                reading.places.value("action_items", index, "done"),
                f"{item.done} is in the future",
                "correct the day, or use `due:` until it is done",
            )
