"""Plain prose takes a short way through Markdown, and comes out the same."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st
from mkdocs_postmortem.render import markdown

TEXTS = st.text(st.sampled_from("ab Ä1.,;:'’“()/%–-_*<&\n`~[]!#+=|\\@é\u00a0\t"), max_size=30)


@given(TEXTS | st.text(max_size=20))
def test_prose_is_what_markdown_makes_of_it(text: str) -> None:
    def forms() -> tuple[str, str, str]:
        return (
            markdown.block(text, lambda _, target: target),
            markdown.inline(text, lambda _, target: target),
            markdown.plain(text),
        )

    short = forms()
    with patch.object(markdown, "_is_prose", return_value=False):
        assert short == forms()
