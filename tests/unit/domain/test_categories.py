"""Categories have plain names, and opt-outs by category merge."""

import pytest

from pushgate.domain.categories import MAX_OPT_OUTS, category_fault, merge_opt_out
from pushgate.domain.errors import FieldError


@pytest.mark.parametrize("name", ["news", "price-drop", "a", "a" * 32, "v2_beta"])
def test_a_plain_name_is_a_category(name: str) -> None:
    assert category_fault(name) is None


@pytest.mark.parametrize("name", ["", "News", "9lives", "a b", "a" * 33, "news\n", "!news", "新闻"])
def test_anything_else_is_none(name: str) -> None:
    assert category_fault(name)


def test_opt_outs_come_and_go_and_are_sorted() -> None:
    errors: list[FieldError] = []
    assert merge_opt_out(["news", "marketing"], ["digest"], ["news", "order"], errors) == (
        "digest",
        "marketing",
    )
    assert errors == []


def test_too_many_opt_outs_together_are_an_error() -> None:
    errors: list[FieldError] = []
    merge_opt_out([f"c{n}" for n in range(MAX_OPT_OUTS)], ["one-more"], [], errors)
    assert [error.field for error in errors] == ["opt_out"]
