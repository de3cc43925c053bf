"""Values in a body: what they become, and that nothing else is touched."""

from __future__ import annotations

import html
from pathlib import Path

import pytest
from building import build, short, write_site
from hypothesis import given
from hypothesis import strategies as st
from mkdocs_postmortem.body_values import Mention, mentions, values_of, with_values
from mkdocs_postmortem.incident import Incident
from mkdocs_postmortem.incident_file import read_incident_text
from mkdocs_postmortem.options import Options

ROWS = """---
title: A <b>*bold*</b> & title
timezone: UTC
components: [api, web]
severity: sev2
timeline:
  - 18:03 started: a
  - 18:04:30 detected: b
  - 18:18 resolved: c
  - 2024-02-21 09:00 started: d
  - ~09:40 resolved: e
impact:
  - {component: api, level: major_outage, from: started, to: resolved 1}
  - {component: Web Shop, level: partial_outage, from: started 2, to: resolved 2}
---
"""


def incident(text: str = ROWS) -> Incident:
    reading = read_incident_text("2024-02-20-a.md", text.encode(), Options())
    assert reading.incident is not None, reading.diagnostics
    return reading.incident


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("started", "18:03 UTC on 20 February 2024"),
        ("started.2", "09:00 UTC on 21 February 2024"),
        ("detected", "18:04:30 UTC on 20 February 2024"),
        ("resolved", "~09:40 UTC on 21 February 2024"),
        ("time_to_resolve.1", "15 min (14 to 16)"),
        ("time_to_resolve.2", "40 min (35 to 46)"),
        ("impact.api", "15 min (14 to 16)"),
        ("impact.Web Shop", "40 min (34 to 46)"),
        ("severity", "SEV2"),
        ("date", "20 February 2024"),
        ("components", "api, web"),
    ],
)
def test_what_a_value_says(name: str, value: str) -> None:
    said = values_of(incident(), Options())[name]
    assert said.split(" (")[0] == value.split(" (", maxsplit=1)[0]


def test_several_episodes_are_all_said() -> None:
    values = values_of(incident(), Options())
    assert values["time_to_resolve"] == (
        f"{values['time_to_resolve.1']} and {values['time_to_resolve.2']}"
    )


def test_a_value_is_text_and_never_markup(tmp_path: Path) -> None:
    text = short().replace("API errors", '"A <b>*bold*</b> [x](javascript:1) {{ 7*7 }} & title"')
    text = text.replace("Text.", "It was {{ incident.title }}, {{ other }}, `{{ incident.id }}`.")
    folder = write_site(tmp_path, {"docs/incidents/2024-02-20-a.md": text})
    page = build(folder, "--strict").text("incidents/2024-02-20-a/index.html")
    sentence = page.split("<p>It was ")[1].split("</p>")[0]
    assert html.unescape(sentence) == (
        "A <b>*bold*</b> [x](javascript:1) {{ 7*7 }} & title, {{ other }}, "
        "<code>{{ incident.id }}</code>."
    )
    assert sentence.count("<") == 2


@given(
    st.lists(st.sampled_from(["a", "{{", "}}", " incident.", "title", "`", "```\n", "\n", "    "]))
)
def test_everything_between_values_is_untouched(parts: list[str]) -> None:
    body = "".join(parts)
    found = list(mentions(body))
    result = with_values(body, {"title": "\0"})
    kept = [body[start:end] for start, end in _gaps(found, len(body))]
    replaced = [mention for mention in found if mention.name == "title"]
    if len(replaced) == len(found):
        assert result == "&#0;".join(kept)
    else:
        assert result.count("&#0;") == len(replaced)


def _gaps(found: list[Mention], length: int) -> list[tuple[int, int]]:
    position, gaps = 0, []
    for mention in found:
        gaps.append((position, mention.start))
        position = mention.end
    return [*gaps, (position, length)]
