"""Ids, users and push tokens that an audience lists are found and replaced, wherever they stand."""

import pytest

from pushgate.audiences.mentions import Names, lists_any, lists_others, replace_names
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


def test_an_audience_lists_others_where_any_part_does() -> None:
    assert not lists_others(AllOf((ByUser(("ann",)), ByTerminal(("t",)))), NAMES)
    assert lists_others(AllOf((ByUser(("ann",)), ByTerminal(("t", "s")))), NAMES)
    assert lists_others(ByToken((_token("l"),)), NAMES)
