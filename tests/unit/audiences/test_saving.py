"""An audience is saved where it names saved ones, not itself, and stays within the limits."""

import pytest

from pushgate.audiences.limits import MAX_SAVED
from pushgate.audiences.saving import find_errors
from pushgate.audiences.shapes import Shape, Shapes
from pushgate.domain.audience import AllOf, AnyOf, Audience, ByTerminal, HasTag, Not, Saved

SMALL = Shape(1, 0, 1)
SHAPES: Shapes = {
    "vip": SMALL,
    "fans": Shape(2, 0, 2, ("vip",)),
    "many": Shape(150, 0, 2),
    "crowd": Shape(60, 0, 2, ("vip",)),
    "ids": Shape(1, 9_000, 1),
    "list": Shape(2, 900, 2, ("vip",)),
}


def tags(count: int) -> AnyOf:
    return AnyOf(tuple(HasTag(f"t{number}") for number in range(count)))


@pytest.mark.parametrize(
    ("name", "audience", "field"),
    [
        ("new", Saved("lost"), "audience.saved"),
        ("new", Not(Saved("new")), "audience.not.saved"),
        ("vip", AllOf((HasTag("x"), Saved("fans"))), "audience.all_of[1].saved"),
        ("new", AnyOf((Saved("many"), tags(49))), "audience"),
        ("vip", tags(140), "audience"),
        ("new", AnyOf((Saved("ids"), ByTerminal(tuple(map(str, range(1001)))))), "audience"),
        ("vip", ByTerminal(tuple(map(str, range(9_101)))), "audience"),
    ],
    ids=str,
)
def test_errors_name_the_node(name: str, audience: Audience, field: str) -> None:
    assert [error.field for error in find_errors(name, audience, "audience", SHAPES)] == [field]


def test_an_audience_that_outgrows_by_another_is_told_by_name() -> None:
    (error,) = find_errors("vip", tags(140), "audience", SHAPES)
    assert error.message.startswith("the audience crowd, which names it, has 201 nodes")


@pytest.mark.parametrize(
    ("name", "audience"),
    [
        ("new", HasTag("x")),
        ("new", AnyOf((Saved("fans"), Saved("vip"), Saved("vip")))),
        ("vip", tags(139)),
        ("fans", HasTag("x")),
        ("vip", ByTerminal(tuple(map(str, range(9_100))))),
    ],
    ids=str,
)
def test_what_is_within_the_limits_is_saved(name: str, audience: Audience) -> None:
    assert find_errors(name, audience, "audience", SHAPES) == []


def test_an_app_saves_so_many_audiences() -> None:
    full = {f"a{number}": SMALL for number in range(MAX_SAVED)}
    assert len(find_errors("one-more", HasTag("x"), "audience", full)) == 1
    assert find_errors("a0", HasTag("x"), "audience", full) == []


def test_all_saved_audiences_together_list_so_many_ids() -> None:
    shapes = {f"a{number}": Shape(1, 10_000, 1) for number in range(100)}
    assert len(find_errors("one-more", ByTerminal(("t",)), "audience", shapes)) == 1
    assert find_errors("one-more", HasTag("x"), "audience", shapes) == []
