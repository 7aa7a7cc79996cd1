"""Ids, users and push tokens that an audience lists are found and replaced, wherever they stand."""

import pytest

from pushgate.audiences.mentions import Names, holds_only, lists_any, replace_names
from pushgate.domain.audience import (
    AllOf,
    AnyOf,
    Audience,
    ByTerminal,
    ByToken,
    ByUser,
    Everyone,
    HasTag,
    Not,
    OnePerUser,
    Sample,
)
from pushgate.domain.terminal import InlineToken

NAMES = Names(terminals={"t"}, users={"ann"}, tokens={"k"})
SUBSTITUTES = {"t": "t'", "ann": "ann'", "k": "k'"}


def _token(token: str) -> InlineToken:
    return InlineToken("apns", token, "en")


@pytest.mark.parametrize(
    ("audience", "replaced"),
    [
        (ByTerminal(("s", "t")), ByTerminal(("s", "t'"))),
        (ByUser(("ann",)), ByUser(("ann'",))),
        (ByToken((_token("k"), _token("l"))), ByToken((_token("k'"), _token("l")))),
        (AllOf((HasTag("ann"), ByUser(("ann",)))), AllOf((HasTag("ann"), ByUser(("ann'",))))),
        (AnyOf((Not(ByTerminal(("t",))),)), AnyOf((Not(ByTerminal(("t'",))),))),
        (OnePerUser(ByUser(("ann",))), OnePerUser(ByUser(("ann'",)))),
        (Sample(0.5, "s", ByUser(("ann",))), Sample(0.5, "s", ByUser(("ann'",)))),
    ],
    ids=str,
)
def test_names_are_found_and_replaced(audience: Audience, replaced: Audience) -> None:
    assert lists_any(audience, NAMES)
    assert replace_names(audience, SUBSTITUTES, NAMES) == replaced
    assert not lists_any(replaced, NAMES)


@pytest.mark.parametrize(
    "audience",
    [Everyone(), ByTerminal(("ann",)), ByUser(("t",)), HasTag("t"), ByToken((_token("t"),))],
    ids=str,
)
def test_a_name_of_another_kind_is_another_one(audience: Audience) -> None:
    assert not lists_any(audience, NAMES)
    assert replace_names(audience, SUBSTITUTES, NAMES) == audience


@pytest.mark.parametrize(
    ("audience", "is_only"),
    [
        (ByUser(("ann",)), True),
        (ByUser(("ann", "bob")), False),
        (ByTerminal(("t",)), True),
        (ByTerminal(("t", "s")), False),
        (ByToken((_token("k"),)), True),
        (ByToken((_token("k"), _token("l"))), False),
        (AllOf((HasTag("vip"), ByUser(("ann",)))), True),
        (AllOf((HasTag("vip"), Not(ByUser(("ann",))))), False),
        (AnyOf((HasTag("vip"), ByUser(("ann",)))), False),
        (AnyOf((ByTerminal(("t",)), ByUser(("ann",)))), True),
        (Not(ByUser(("ann",))), False),
        (Sample(0.5, None, ByUser(("ann",))), True),
        (OnePerUser(ByUser(("ann", "bob"))), False),
        (Everyone(), False),
    ],
    ids=str,
)
def test_an_audience_is_of_the_names_alone_where_it_can_hold_nobody_else(
    audience: Audience, *, is_only: bool
) -> None:
    assert holds_only(audience, NAMES) is is_only
