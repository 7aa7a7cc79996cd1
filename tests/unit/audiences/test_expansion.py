"""Saved audiences take the places of the nodes that name them."""

import pytest
from hypothesis import given
from tests.support.audiences import expressions

from pushgate.audiences.expansion import NotExpandable, put_in_place
from pushgate.domain.audience import (
    AllOf,
    AnyOf,
    Audience,
    HasTag,
    Not,
    OnePerUser,
    Sample,
    Saved,
)

VIP = HasTag("vip")


@given(expressions)
def test_what_names_nothing_stays(audience: Audience) -> None:
    assert put_in_place(audience, {}) == audience


def test_names_are_replaced_in_all_kinds_of_parts() -> None:
    known = {"fans": Not(Saved("vip")), "vip": VIP}
    written = AllOf((Saved("vip"), AnyOf((Sample(0.5, "s", Saved("fans")), OnePerUser(Saved("vip"))))))
    assert put_in_place(written, known) == AllOf((VIP, AnyOf((Sample(0.5, "s", Not(VIP)), OnePerUser(VIP)))))


def test_an_audience_that_is_named_often_is_one_object() -> None:
    known: dict[str, Audience] = {"a0": VIP}
    for level in range(1, 30):
        known[f"a{level}"] = AnyOf((Saved(f"a{level - 1}"), Saved(f"a{level - 1}")))
    found = put_in_place(Saved("a29"), known)
    assert isinstance(found, AnyOf)
    assert found.parts[0] is found.parts[1]


@pytest.mark.parametrize("known", [{}, {"a": Not(Saved("b"))}, {"a": Saved("b"), "b": Saved("a")}], ids=str)
def test_lost_names_and_circles_are_errors(known: dict[str, Audience]) -> None:
    with pytest.raises(NotExpandable):
        put_in_place(Saved("a"), known)
