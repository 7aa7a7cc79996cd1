"""A digest stands for a push token."""

from hypothesis import given
from hypothesis import strategies as st

from pushgate.terminals.tokens import digest


@given(st.text(), st.text())
def test_a_digest_has_12_bytes_and_tells_tokens_apart(one: str, other: str) -> None:
    assert len(digest(one)) == 12
    assert (digest(one) == digest(other)) == (one == other)
