"""A site whose sources hold a canary in every place that is not public, to plant them in."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from building import build, short, write_site
from mkdocs_postmortem.options import Audience
from mkdocs_postmortem.safety.canonical import Decoded
from mkdocs_postmortem.safety.nonpublic import NonPublic
from mkdocs_postmortem.safety.verify import Leak, verify
from mkdocs_postmortem.site_config import SiteConfig, load_site
from test_safety import chunk, png

# This stands in a draft, and in the site's configuration, which is public.
PUBLIC_TOO = "retold from the record of everybody"
# And this in an ordinary page beside the incidents.
PUBLIC_IN_A_PAGE = "how we write about incidents here"

ID = "2024-02-20-public"
PAGE = f"incidents/{ID}/index.html"

# Where each canary stands in the sources, and the words of it that may not leave.
CANARIES = {
    "internal row": "the zebra ate all seven green invoices",
    "internal item": "feed the walrus before the quarterly audit",
    "internal cause": "nobody had told the ostrich about certificates",
    "internal mapping": "the hamster signed a contract with Gorgonzola",
    "internal key": "who-paid-the-ferryman-42",
    "internal key in words": "Badger owes money",
    "key below an own key": "the marmot hides its savings there",
    "own key": "our giraffe keeps the spare billing keys",
    "silence": "the lobster agreed to this in writing",
    "front-matter comment": "ask the penguin whether this may stay",
    "body comment": "remember to delete the badger from here",
    "internal block": "sixteen llamas were refunded by hand yesterday",
    "block in a fence": "curl the armadillo from inside the bastion",
    "token": "db-7.eu.prod.acme.io",
    "ticket": "OPS-4711",
    "draft": "a draft about purple elephants and invoices",
    "draft token": "acct_88213377",
    "draft id": "2024-03-01-purple-elephants",
    "internal incident": "only the staff know about this flamingo",
    "withdrawn": "what the crocodile said before the lawyers",
    "withdrawn body": "more of what the crocodile had said",
    "short value": "Gorgonzola complains loudly",
    "quoted": "the mole signed what it should not",
    "in a cell": "seven lynxes were charged twice that night",
    "in a list": "restart the narwhal before anybody else notices",
    "five words": "five plain words right here",
    "four words": "mandrake bought our freezer",
    "three words": "Ocelot pays late",
    "a short token": "qz7x",
    "a short name": "yk-z",
    "a component": "ice-box",
    "a tag": "moon_base",
    "a reference": "wolf-den",
    "an owner": "tea-club",
    "an id": "sly-fox",
    "over lines": "the weasel knows where\nthe other half went",
    "over the last lines": "nobody but the newt\nmay read the end",
    "a role": "night_owl",
    "a host without digits": "wombat.staging",
    "an address": "fd12:9:a::77",
    "umlauts": "der Käse über dem Röhrenwerk schmilzt völlig",
}
C = CANARIES

PUBLIC = f"""---
title: Public errors
visibility: public
published: 2024-02-22
severity: sev2
components: [api]
summary: The API failed for everybody.
related: [{C["draft id"]}]
timeline:
  - 18:03 started: The deploy lands on the first server.
  - {{at: 18:04, event: "{C["internal row"]} on {C["token"]}", internal: true}}
  - at: 18:05
    event: "{C["short value"]}"
    component: {C["a short name"]}
    by: {C["a role"]}
    internal: true
  - 18:06: See ![graph](graph.png) and the status page.
  - {{event: "Look at ![rows](secret.png) at {C["umlauts"]}", internal: true}}
  - 18:18 resolved: Requests succeed again.
causes:
  - {{id: {C["an id"]}, text: "{C["internal cause"]}", internal: true}}
action_items:
  - {{title: Test it, owner: team, due: 2024-03-01, done: 2024-02-28}}
  - {{title: "{C["internal item"]}", owner: {C["an owner"]}, done: 2024-02-28, internal: true}}
internal:
  notes: "{C["internal mapping"]}"
  ticket: {C["ticket"]}
  {C["internal key"]}: x
  {C["internal key in words"]}: x
x-more: {{deep: [{{{C["key below an own key"]}: x}}]}}
x-ours: "{C["own key"]}"
silence:
  - {{code: PM504, reason: "{C["silence"]}"}}
# {C["front-matter comment"]}
---
## Impact

Text that everybody may read.

<!-- {C["body comment"]} -->
<!-- internal -->
{C["internal block"]}
<!-- /internal -->

```
A fenced example that is public.
```
"""
DRAFT = f"""---
title: {C["draft"]}
severity: sev4
components: [{C["a component"]}]
tags: [{C["a tag"]}]
reference: {C["a reference"]}
timeline:
  - 18:03 started: The account {C["draft token"]} breaks.
  - 18:04: {C["five words"]}
  - 18:05: {C["four words"]}
  - 18:06: {C["three words"]}
  - 18:07: "{C["a short token"]}, {C["a host without digits"]}, {C["an address"]}"
  - 18:08: {PUBLIC_TOO}
  - 18:09: {PUBLIC_IN_A_PAGE}
---
## A heading of the draft

> A quoted {C["quoted"]}

| a | {C["in a cell"]} |

1. {C["in a list"]}

{C["over lines"]}

{C["over the last lines"]}
"""
STAFF = short(visibility="internal", summary=C["internal incident"])
WITHDRAWN = (
    short(title="Withdrawn", summary=C["withdrawn"])
    .replace(
        "timeline:",
        "withdrawn: {date: 2024-03-01, reason: It was wrong.}\n"
        "aliases: [2023-12-31-called-so-before]\ntimeline:",
    )
    .replace("Text.", C["withdrawn body"])
)

GRAPH, SECRET, STAFF_IMAGE, OLD = (
    png(chunk(b"gAMA", bytes([0, 0, 0, number]))) for number in (1, 2, 3, 4)
)


@dataclasses.dataclass(frozen=True)
class Proved:
    """A built site, and what it was built from."""

    site: Path
    config: SiteConfig

    def leaks(self, audience: Audience = Audience.PUBLIC) -> list[Leak]:
        return verify(self.site, self.config, audience).leaks


def built_with_secrets(folder: Path) -> Proved:
    """A site built in `folder` of sources that hold every canary, which is clean."""
    write_site(
        folder,
        {
            "docs/index.md": "# Home\n\nAn ordinary page about nothing in particular.\n",
            f"docs/incidents/{ID}.md": PUBLIC,
            "docs/incidents/2024-03-01-purple-elephants.md": DRAFT,
            "docs/incidents/2024-03-02-staff.md": STAFF,
            "docs/incidents/about.md": f"---\ntitle: x\n---\n{PUBLIC_IN_A_PAGE}\n",
            "docs/incidents/2024-03-03-withdrawn.md": WITHDRAWN,
        },
        {
            "site_url": "https://status.example.org/",
            "site_description": f"Incidents {PUBLIC_TOO}",
            "plugins": [
                "search",
                {
                    "postmortem": {
                        "feed_id_base": "status.example.org,2024",
                        "as_of": "2026-01-01",
                        "rules": {"PM123": "off", "PM302": "off"},
                        "safety": {"names": ["Big Customer"]},
                    }
                },
            ],
        },
    )
    images = {
        f"{ID}/graph.png": GRAPH,
        f"{ID}/secret.png": SECRET,
        "2024-03-02-staff/people.png": STAFF_IMAGE,
        "2024-03-03-withdrawn/old.png": OLD,
    }
    for name, data in images.items():
        path = folder / "docs/incidents" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    result = build(folder)
    assert result.code == 0, result.output
    return Proved(result.site, load_site(folder / "mkdocs.yml", folder))


def is_searched(secrets: NonPublic, text: str) -> bool:
    """Whether `verify` looks for `text`."""
    return bool(secrets.search.find(Decoded(text).folded().text))


def in_html(page: str, text: str) -> str:
    """`page` with `text` at the end of what it says."""
    return page.replace("</article>", f"{text}</article>", 1)
