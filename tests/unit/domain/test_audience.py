"""The nodes of an audience."""

from pushgate.domain.audience import (
    AllOf,
    AnyOf,
    Everyone,
    HasTag,
    Not,
    OnePerUser,
    OutcomeTerm,
    Sample,
    nodes_of,
    parts_of,
    with_parts,
)

VIP, NEW = HasTag("vip"), HasTag("new")


def test_parts_are_the_nodes_directly_below() -> None:
    assert parts_of(AllOf((VIP, NEW))) == parts_of(AnyOf((VIP, NEW))) == (VIP, NEW)
    for node in (Not(VIP), Sample(0.5, None, VIP), OnePerUser(VIP)):
        assert parts_of(node) == (VIP,)
    assert parts_of(VIP) == parts_of(Everyone()) == ()


def test_a_node_keeps_all_but_its_parts() -> None:
    assert with_parts(AllOf((VIP, NEW)), (NEW, VIP)) == AllOf((NEW, VIP))
    assert with_parts(AnyOf((VIP,)), (NEW,)) == AnyOf((NEW,))
    assert with_parts(Not(VIP), (NEW,)) == Not(NEW)
    assert with_parts(Sample(0.5, "autumn", VIP), (NEW,)) == Sample(0.5, "autumn", NEW)
    assert with_parts(OnePerUser(VIP), (NEW,)) == OnePerUser(NEW)
    assert with_parts(VIP, ()) is VIP


def test_nodes_come_before_their_parts() -> None:
    inner = AnyOf((VIP, NEW))
    outer = AllOf((Not(inner), Everyone()))

    assert list(nodes_of(outer)) == [outer, Not(inner), inner, VIP, NEW, Everyone()]


def test_outcomes_have_the_names_of_the_api() -> None:
    assert set(OutcomeTerm) == {"targeted", "accepted", "delivered", "clicked", "failed"}
