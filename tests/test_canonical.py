"""Text in any code as it is read, with the places that it has in its file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mkdocs_postmortem.safety.canonical import Decoded, decoded, tracked, without_tags


@pytest.mark.parametrize(
    ("text", "ending", "expected"),
    [
        (r"\ud83d\ude00 \uD83D\uDE01", "", "\U0001f600 \U0001f601"),
        (r"\u{1F600}\u{41}\u00e4\x41", "", "\U0001f600A\u00e4A"),
        (r"a\u{110000}b\ud800c\u{dfff}d", "", "a b c d"),
        (r"a\nb\rc\td\"e\'f\/g", "", "a b c d\"e'f/g"),
        (r"\u{D7FF}\uE000\u{10FFFF}", "", "\ud7ff\ue000\U0010ffff"),
        ("&#65;&#x42;&ouml;&amp;#67;&lt", "", "AB\u00f6C<"),
        ("%41%C3%A4%FF", "", "A\u00e4\ufffd"),
        ("%25252541 %2525252541", "", "A %41"),
        (r"&#92;u0041 %26%2366%3B \u0025\u0034\u0033", "", "A B C"),
        ("s\u00ade\u200bc\ufeffret", "", "secret"),
        ("&shy;a&#8203;b", "", "ab"),
        ("a\r\n b\n\tc\n d", ".ics", "abcd"),
        (r"a\,b\;c\\d\ne\Nf", ".ics", r"a,b;c\d e f"),
        ("a\n b", ".txt", "a\n b"),
        (r"a\,b", ".txt", r"a\,b"),
        ("plain", "", "plain"),
    ],
)
def test_what_is_written_in_code_is_read(text: str, ending: str, expected: str) -> None:
    assert decoded(Decoded(text), ending).text == expected


def test_places_are_those_of_what_was_written() -> None:
    placed = decoded(tracked(r"a&amp;b\u00e4%C3%A4&amp;c"))
    assert placed.text == "a&b\u00e4\u00e4&c"
    assert list(placed.places or ()) == [0, 1, 6, 7, 13, 19, 24]
    read = without_tags(tracked("<b>a</b><p>c<i>d"))
    assert (read.text, list(read.places or ())) == ("a cd", [3, 8, 11, 15])


@given(st.text(max_size=120), st.sampled_from(["", ".ics"]))
def test_places_follow_whatever_is_decoded(text: str, ending: str) -> None:
    plain = decoded(Decoded(text), ending)
    placed = decoded(tracked(text), ending)
    assert placed.text == plain.text
    assert placed.places is not None
    assert len(placed.places) == len(placed.text)
    assert list(placed.places) == sorted(placed.places)
    folded = without_tags(placed).folded()
    assert folded.text == without_tags(plain).folded().text
    assert folded.places is not None
    assert len(folded.places) == len(folded.text)
