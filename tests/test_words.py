"""The site's list of words to avoid: its option, its place in `mkdocs.yml`, and its speed."""

from __future__ import annotations

from pathlib import Path

import pytest
from costs import least_seconds
from hypothesis import example, given
from hypothesis import strategies as st
from mkdocs_postmortem.avoided_words import BUILT_IN, AvoidedWords, is_phrase, without_quotes
from mkdocs_postmortem.diagnostics import ConfigError
from mkdocs_postmortem.site_config import load_site


def load(folder: Path, words: str) -> dict[str, str]:
    text = f"plugins:\n  - postmortem:\n      words:{words}\n"
    (folder / "mkdocs.yml").write_text(text, encoding="utf-8")
    return load_site(None, folder).options.words


def test_the_option(tmp_path: Path) -> None:
    assert load(tmp_path, " true") == BUILT_IN
    assert load(tmp_path, " off") == {}
    over = load(tmp_path, "\n        utilise: use\n        Lazy:\n        sloppy: say how\n")
    assert over == {k: v for k, v in BUILT_IN.items() if k != "lazy"} | {
        "utilise": "use",
        "sloppy": "say how",
    }
    assert load(tmp_path, '\n        "*":\n        utilise: use\n') == {"utilise": "use"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (" 3", "3:7 words: this is neither true nor a list of words (write true"),
        (" [lazy]", "3:7 words: this is neither true nor a list of words"),
        ("\n        laazy:\n", "4:9 words.laazy: “laazy” is not in the built-in list (did you"),
        ("\n        lazy: [a]\n", "4:9 words.lazy: text is expected here (say what to write"),
        ("\n        'a, b': c\n", "4:9 words.a, b: “a, b” is no phrase (write up to 8 words"),
        ("\n        a b c d e f g h i: c\n", "4:9 words.a b c d e f g h i: “a b c d e f g h i” is"),
        ("\n        no: yes it is\n", "3:7 words.False: “False” is no phrase"),
    ],
)
def test_a_wrong_list_has_its_place(tmp_path: Path, words: str, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, words)
    (found,) = raised.value.diagnostics
    place = f"{found.place.line}:{found.place.column}"
    assert f"{place} {found.message} ({found.help})".startswith(said)


def test_every_built_in_phrase_is_found_as_it_is_written() -> None:
    listed = AvoidedWords(BUILT_IN)
    for phrase, instead in BUILT_IN.items():
        assert is_phrase(phrase)
        text = phrase.replace("{person}", "a tired developer").replace("{person's}", "our DBA's")
        (found,) = listed.find(f"Well, {text.upper()}, they say.")
        assert (found.instead, found.end - found.start) == (instead, len(text)), phrase


@given(st.text(alphabet='ab “”„"«»‘’>\n\t', max_size=60))
@example("„\n>\n“")
@example("„a\n> b\nc“ d")
def test_quotes_are_blanked_in_place(text: str) -> None:
    blanked = without_quotes(text)
    assert len(blanked) == len(text)
    assert all(new in (old, "\0") for old, new in zip(text, blanked, strict=True))


@pytest.mark.parametrize(
    "piece", ["human ", "“", '"', "one of our ", "caused by a ", "*", "\n", "> ", "a*", "‘a "]
)
def test_the_time_grows_with_the_text_alone(piece: str) -> None:
    listed = AvoidedWords(BUILT_IN)

    def seconds(size: int) -> float:
        text = "a" + piece * (size // len(piece)) + "!"
        return least_seconds(lambda: list(listed.find(text)))

    seconds(1_000)
    # 16 times the text takes 256 times as long where the time grows with its square.
    assert seconds(800_000) < 64 * max(seconds(50_000), 0.005)
