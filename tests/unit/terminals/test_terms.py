"""Terms have names that tell their kind."""

from datetime import date

from pushgate.terminals.terms import (
    attribute_terms,
    bucket_of_term,
    day_of_term,
    registered_term,
    seen_term,
)


def test_a_long_value_is_replaced_by_its_digest_in_the_term() -> None:
    own, of_user = attribute_terms("name", "x" * 62)
    assert (own, of_user) == (f"a:name=s:{'x' * 62}", f"p:name=s:{'x' * 62}")
    own, of_user = attribute_terms("name", "x" * 63)
    assert len(own) == len("a:name=") + 40
    assert own[2:] == of_user[2:]
    assert own != attribute_terms("name", "x" * 64)[0]


def test_a_day_is_found_again_from_its_term() -> None:
    day = date(2026, 11, 28)
    assert (seen_term(day), registered_term(day)) == ("d:20785", "r:20785")
    assert day_of_term(seen_term(day)) == day_of_term(registered_term(day)) == day


def test_sets_that_are_always_bits_have_no_bucket() -> None:
    assert [bucket_of_term(name) for name in ("alive", "moved", "shared")] == ["", "", ""]
    assert bucket_of_term("t:alive") != ""
