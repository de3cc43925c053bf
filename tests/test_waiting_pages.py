"""What other plugins see of pages that wait, packed, for the rest of a build."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from building import build, short, write_site
from hypothesis import given
from hypothesis import strategies as st
from mkdocs_postmortem.mkdocs_packing import packed, unpacked

SAID = "ptarmigans everywhere"
# What a site's own plugin can write down: the contents when all pages have theirs, and what a page
# is made from when it is written.
HOOKS = """
import json

seen = {"env": {}, "markdown": {}}
pages = {}

def on_page_content(html, *, page, **_):
    pages[page.file.src_uri] = page
    return html + "<p>added</p>"

def on_env(env, **_):
    for name, page in pages.items():
        seen["env"][name] = page.content
    return env

def on_page_context(context, *, page, config, **_):
    seen["markdown"][page.file.src_uri] = page.markdown
    with open(config.config_file_path + ".seen.json", "w") as file:
        json.dump(seen, file)
    return context
"""


@pytest.mark.parametrize("trusted", [False, True])
def test_pages_that_wait_are_seen_as_they_are(trusted: bool, tmp_path: Path) -> None:
    names = [f"incidents/2024-02-2{number}-n.md" for number in range(3)]
    files = {f"docs/{name}": short(name) + f"\n{SAID} ü {name}\n" for name in names}
    plugins = ["search", {"postmortem": {"trusted_bodies": trusted, "as_of": "2024-03-01"}}]
    write_site(tmp_path, {**files, "hooks.py": HOOKS}, {"plugins": plugins, "hooks": ["hooks.py"]})
    built = build(tmp_path)
    assert built.code == 0, built.output
    seen = json.loads((tmp_path / "mkdocs.yml.seen.json").read_text())
    for name in names:
        content = seen["env"][name]
        assert f"{SAID} ü {name}" in content
        assert "<p>added</p>" in content
        page = (built.site / name.removesuffix(".md") / "index.html").read_text(encoding="utf-8")
        assert content in page
        # A template or a macro in the body of a stranger is never anybody's to run.
        assert (SAID in seen["markdown"][name]) is trusted


@given(st.text(st.characters()))
def test_a_packed_text_is_the_same(text: str) -> None:
    assert unpacked(packed(text)) == text
