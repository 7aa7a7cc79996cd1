"""Each audience has one form in JSON, which says as much as the audience."""

from datetime import date

import pytest
from hypothesis import given
from tests.support.audiences import naming_expressions

from pushgate.audiences.json_form import decode, encode, from_json, shorten, to_json
from pushgate.domain.audience import (
    AllOf,
    Audience,
    ByTerminal,
    ByToken,
    ByUser,
    Frozen,
    HadOutcome,
    HasAttribute,
    HasTag,
    Not,
    OnePerUser,
    OutcomeTerm,
    Registered,
    Sample,
    Saved,
    Seen,
)

MESSAGE = "0" * 30
FORMS: list[tuple[Audience, dict[str, object]]] = [
    (Frozen("0a1b"), {"frozen": "0a1b"}),
    (HasTag("vip"), {"tag": "vip"}),
    (Saved("fans"), {"saved": "fans"}),
    (HadOutcome(OutcomeTerm.CLICKED, MESSAGE), {"clicked": MESSAGE}),
    (Registered(before=date(2027, 1, 2)), {"registered": {"before": "2027-01-02"}}),
    (
        Seen(date(2027, 1, 2), date(2026, 1, 2)),
        {"seen": {"before": "2027-01-02", "after": "2026-01-02"}},
    ),
    (HasAttribute("level", (3,)), {"attribute": "level", "equals": 3}),
    (HasAttribute("level", (3, "3", True)), {"attribute": "level", "one_of": [3, "3", True]}),
    (Not(OnePerUser(HasTag("vip"))), {"not": {"one_per_user": {"tag": "vip"}}}),
    (Sample(0.1, None, HasTag("vip")), {"sample": {"share": 0.1, "of": {"tag": "vip"}}}),
    (Sample(1, "s", HasTag("vip")), {"sample": {"share": 1, "seed": "s", "of": {"tag": "vip"}}}),
]


@pytest.mark.parametrize(("audience", "form"), FORMS, ids=str)
def test_the_form_is_that_of_the_api(audience: Audience, form: dict[str, object]) -> None:
    assert to_json(audience) == form
    assert from_json(form) == audience


@given(naming_expressions)
def test_an_audience_comes_back_as_it_went(audience: Audience) -> None:
    back = decode(encode(audience))
    assert back == audience
    assert repr(back) == repr(audience), "1 and True are equal, and not the same"


def test_the_short_form_has_the_number_of_ids() -> None:
    audience = AllOf((ByTerminal(("a", "b")), Not(ByUser(("u",)))))
    assert shorten(audience) == '{"all_of":[{"terminals":2},{"not":{"users":1}}]}'


def test_push_tokens_are_no_expression() -> None:
    with pytest.raises(TypeError):
        encode(AllOf((ByToken(()), HasTag("vip"))))


@pytest.mark.parametrize(
    "written", [{}, {"colour": "red"}, {"tag": "a", "vendor": "b"}, {"all_of": 3}, {"registered": 3}], ids=str
)
def test_other_json_is_an_error(written: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"audience|unpack|OutcomeTerm"):
        from_json(written)
