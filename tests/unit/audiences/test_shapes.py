"""Saved audiences are bounded together with those that they name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.audiences import expressions

from pushgate.audiences.expansion import put_in_place
from pushgate.audiences.shapes import Shape, dependants, excess_of, expanded, reaches, shape_of
from pushgate.domain.audience import AllOf, Audience, ByTerminal, HasTag, Not, Saved

SHAPES = {
    "a": Shape(1, 0, 1),
    "b": Shape(3, 2, 2, ("a", "a")),
    "c": Shape(2, 0, 2, ("b",)),
    "d": Shape(1, 0, 1),
}


def test_the_shape_counts_nodes_ids_depth_and_names() -> None:
    audience = AllOf((HasTag("x"), Not(ByTerminal(("t", "u"))), Saved("a"), Saved("a")))
    assert shape_of(audience) == Shape(6, 2, 3, ("a", "a"))


def test_names_are_followed() -> None:
    assert reaches(SHAPES, "c", "a")
    assert reaches(SHAPES, "d", "d")
    assert not reaches(SHAPES, "a", "c")
    assert not reaches(SHAPES, "lost", "a")
    assert dependants(SHAPES, "a") == ["b", "c"]
    assert dependants(SHAPES, "d") == []


def test_a_name_counts_as_often_as_it_is_named() -> None:
    assert expanded(SHAPES, "b") == Shape(5, 2, 3)
    assert expanded(SHAPES, "c") == Shape(7, 2, 5)


@given(st.lists(expressions, min_size=1, max_size=4))
def test_the_bound_holds_for_what_is_expanded(rules: list[Audience]) -> None:
    known = {
        f"s{number}": AllOf((rule, *([Saved(f"s{number - 1}")] * min(number, 2))))
        for number, rule in enumerate(rules)
    }
    shapes = {name: shape_of(rule) for name, rule in known.items()}
    for name in known:
        real, bound = shape_of(put_in_place(Saved(name), known)), expanded(shapes, name)
        assert real.nodes <= bound.nodes
        assert real.ids == bound.ids
        assert real.depth <= bound.depth


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (Shape(201, 0, 1), "201 nodes"),
        (Shape(1, 10_001, 1), "10,001 ids"),
        (Shape(1, 0, 31), "31 nodes within each other"),
    ],
)
def test_an_excess_is_told_with_its_limit(shape: Shape, words: str) -> None:
    assert words in (excess_of(shape) or "")


def test_what_is_within_the_limits_has_no_excess() -> None:
    assert excess_of(Shape(200, 10_000, 30)) is None
