"""Each node that names something has the path at which the caller wrote it."""

from pushgate.audiences.naming import naming_nodes, saved_names
from pushgate.domain.audience import (
    AllOf,
    AnyOf,
    ByTerminal,
    ByUser,
    Everyone,
    HadOutcome,
    HasTag,
    Not,
    OfVendor,
    OnePerUser,
    OutcomeTerm,
    Sample,
    Saved,
)

CLICKED = HadOutcome(OutcomeTerm.CLICKED, "0" * 30)
AUDIENCE = AllOf(
    (
        HasTag("vip"),
        Not(CLICKED),
        AnyOf((Saved("fans"), OnePerUser(Saved("friends")))),
        Sample(0.5, None, AllOf((ByUser(("u",)), ByTerminal(("t",)), Saved("fans")))),
        OfVendor("apns"),
        Everyone(),
    )
)


def test_paths_lead_through_all_kinds_of_parts() -> None:
    assert dict(naming_nodes(AUDIENCE, "audience")) == {
        "audience.all_of[1].not.clicked": CLICKED,
        "audience.all_of[2].any_of[0].saved": Saved("fans"),
        "audience.all_of[2].any_of[1].one_per_user.saved": Saved("friends"),
        "audience.all_of[3].sample.of.all_of[0].users": ByUser(("u",)),
        "audience.all_of[3].sample.of.all_of[1].terminals": ByTerminal(("t",)),
        "audience.all_of[3].sample.of.all_of[2].saved": Saved("fans"),
        "audience.all_of[4].vendor": OfVendor("apns"),
    }


def test_a_name_that_comes_twice_is_one() -> None:
    assert saved_names(AUDIENCE) == ("fans", "friends")
