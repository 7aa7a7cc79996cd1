"""Texts are cut between graphemes."""

import regex
from hypothesis import given
from hypothesis import strategies as st

from pushgate.adapters.truncation import ELLIPSIS, cut


@given(st.text(max_size=60), st.integers(0, 70))
def test_a_cut_text_fits_and_is_a_beginning_of_whole_graphemes(text: str, maximum: int) -> None:
    found = cut(text, maximum, len)
    if found:
        assert len(found) <= maximum
        kept = found.removesuffix(ELLIPSIS)
        graphemes = regex.findall(r"\X", text)
        assert any("".join(graphemes[:n]).rstrip() == kept for n in range(len(graphemes) + 1))
