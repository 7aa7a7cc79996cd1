"""An expression is one audience, or errors that name its nodes."""

from datetime import date

import orjson
import pytest
from hypothesis import given
from tests.support.audiences import naming_expressions

from pushgate.api.http import parse
from pushgate.api.mapping.audience import to_audience
from pushgate.api.schemas.audience import AudienceBody
from pushgate.audiences.json_form import to_json
from pushgate.audiences.limits import MAX_DEPTH, MAX_IDS, MAX_NODES
from pushgate.domain.audience import (
    AllOf,
    AnyOf,
    Audience,
    ByTerminal,
    Everyone,
    HadOutcome,
    HasAttribute,
    HasTag,
    InLanguage,
    InTimezone,
    Not,
    OfAppVersion,
    OfVendor,
    OnePerUser,
    OutcomeTerm,
    Registered,
    Sample,
    Saved,
    Seen,
    without_repeats,
)
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.messages.codec import piece, split

MESSAGE = "0" * 30
VIP: dict[str, object] = {"tag": "vip"}
Json = dict[str, object]


def read(written: Json) -> tuple[Audience, list[FieldError]]:
    errors: list[FieldError] = []
    return to_audience(parse(orjson.dumps(written), AudienceBody), "en", 1000, errors), errors


def errors_of(written: Json) -> list[FieldError]:
    try:
        return read(written)[1]
    except InvalidRequest as error:
        return [FieldError(f"audience.{one.field}", one.message) for one in error.errors]


def nested(depth: int) -> Json:
    return VIP if depth == 1 else {"not": nested(depth - 1)}


@pytest.mark.parametrize(
    ("written", "audience"),
    [
        (VIP, HasTag("vip")),
        ({"language": "zh_hant"}, InLanguage("zh-Hant")),
        ({"vendor": "apns"}, OfVendor("apns")),
        ({"timezone": "Asia/Shanghai"}, InTimezone("Asia/Shanghai")),
        ({"registered": {"before": "2027-01-02"}}, Registered(before=date(2027, 1, 2))),
        (
            {"seen": {"after": "2027-01-01", "before": "2027-01-02"}},
            Seen(date(2027, 1, 2), date(2027, 1, 1)),
        ),
        ({"app_version": "4.2"}, OfAppVersion("4.2")),
        ({"attribute": "plan", "equals": "gold"}, HasAttribute("plan", ("gold",))),
        ({"attribute": "plan", "equals": False}, HasAttribute("plan", (False,))),
        ({"attribute": "age", "one_of": [1, 2.5, 1]}, HasAttribute("age", (1, 2.5))),
        ({"clicked": MESSAGE}, HadOutcome(OutcomeTerm.CLICKED, MESSAGE)),
        ({"failed": MESSAGE}, HadOutcome(OutcomeTerm.FAILED, MESSAGE)),
        ({"saved": "fans"}, Saved("fans")),
        ({"not": VIP}, Not(HasTag("vip"))),
        ({"sample": {"share": 1, "of": VIP}}, Sample(1.0, None, HasTag("vip"))),
        ({"sample": {"share": 0.1, "seed": "s", "of": VIP}}, Sample(0.1, "s", HasTag("vip"))),
        ({"one_per_user": {"all": True}}, OnePerUser(Everyone())),
        (
            {"all_of": [VIP, {"any_of": [{"terminals": ["a", "a"]}, {"language": "en"}]}]},
            AllOf((HasTag("vip"), AnyOf((ByTerminal(("a",)), InLanguage("en"))))),
        ),
        ({"tag": "vip", "vendor": None}, HasTag("vip")),
    ],
    ids=str,
)
def test_each_node_is_mapped(written: Json, audience: Audience) -> None:
    found, errors = read(written)
    assert errors == []
    assert repr(found) == repr(audience), "1 and True are equal, and not the same"


@pytest.mark.parametrize(
    "written", [{"all_of": [{"terminals": ["a"]}]}, {"any_of": [{"all_of": [{"terminals": ["a"]}]}]}], ids=str
)
def test_all_or_any_of_one_list_is_that_list(written: Json) -> None:
    assert read(written) == (ByTerminal(("a",)), [])


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ({"tag": "vip", "vendor": "apns"}, ""),
        ({"all": True, "tag": "vip"}, ""),
        ({"tokens": [{"vendor": "apns", "token": "a1" * 32}], "tag": "vip"}, ""),
        ({"tag": None}, ""),
        ({"tag": ""}, ".tag"),
        ({"tag": 3}, ".tag"),
        ({"tag": "x" * 65}, ".tag"),
        ({"colour": "red"}, ".colour"),
        ({"tag": "vip", "colour": "red"}, ".colour"),
        ({"language": "english"}, ".language"),
        ({"vendor": "nokia"}, ".vendor"),
        ({"timezone": "Mars/Base"}, ".timezone"),
        ({"registered": {}}, ".registered"),
        ({"registered": "2027-01-01"}, ".registered"),
        ({"registered": {"before": "1.1.2027"}}, ".registered.before"),
        ({"seen": {"after": "2027-02-30"}}, ".seen.after"),
        ({"seen": {"after": "2027-01-01T00:00:00Z"}}, ".seen.after"),
        ({"seen": {"since": "2027-01-01"}}, ".seen.since"),
        ({"seen": {"after": "2027-01-02", "before": "2027-01-02"}}, ".seen"),
        ({"attribute": "plan"}, ".attribute"),
        ({"attribute": "plan", "equals": 1, "one_of": [1]}, ".attribute"),
        ({"attribute": "pl an", "equals": 1}, ".attribute"),
        ({"attribute": "plan", "equals": [1]}, ".equals"),
        ({"attribute": "plan", "equals": "x" * 257}, ".equals"),
        ({"attribute": "plan", "equals": 2**53 + 1}, ".equals"),
        ({"attribute": "plan", "one_of": []}, ".one_of"),
        ({"attribute": "plan", "one_of": [1, {}]}, ".one_of[1]"),
        ({"attribute": "plan", "one_of": [*range(101)]}, ".one_of"),
        ({"tag": "vip", "equals": 1}, ".equals"),
        ({"clicked": "0"}, ".clicked"),
        ({"saved": "a b"}, ".saved"),
        ({"sample": {"share": 0, "of": VIP}}, ".sample.share"),
        ({"sample": {"share": 1.01, "of": VIP}}, ".sample.share"),
        ({"sample": {"share": True, "of": VIP}}, ".sample.share"),
        ({"sample": {"share": 0.1}}, ".sample.of"),
        ({"sample": {"share": 0.1, "of": {"tag": 3}}}, ".sample.of.tag"),
        ({"not": [VIP]}, ".not"),
        ({"not": {}}, ".not"),
        ({"one_per_user": {"tag": 3}}, ".one_per_user.tag"),
        ({"all_of": VIP}, ".all_of"),
        ({"all_of": []}, ".all_of"),
        ({"all_of": [VIP, {"tag": 3}]}, ".all_of[1].tag"),
        ({"all_of": [VIP, "vip"]}, ".all_of[1]"),
        ({"any_of": [VIP, {"not": {"any_of": [{"vendor": "nokia"}]}}]}, ".any_of[1].not.any_of[0].vendor"),
        ({"any_of": [VIP, {"terminals": ["a", "b c"]}]}, ".any_of[1].terminals[1]"),
        ({"any_of": [VIP, {"terminals": []}]}, ".any_of[1].terminals"),
        ({"any_of": [VIP, {"all": False}]}, ".any_of[1].all"),
        ({"any_of": [VIP, {"tag": "a", "language": "en"}]}, ".any_of[1]"),
        ({"any_of": [VIP, {"seen": {}}]}, ".any_of[1].seen"),
        ({"any_of": [VIP, {"tokens": [{"vendor": "apns", "token": "a1" * 32}]}]}, ".any_of[1].tokens"),
        ({"not": nested(MAX_DEPTH)}, ".not" * MAX_DEPTH),
        ({"any_of": [VIP] * MAX_NODES}, ""),
        ({"any_of": [{"terminals": ["a"] * 5000}, {"users": ["u"] * (MAX_IDS - 4999)}]}, ""),
        ({"any_of": [{"saved": f"a{n}"} for n in range(11)]}, ""),
        ({"any_of": [{"attribute": "a", "one_of": [f"{n:0256}" for n in range(70)]}]}, ""),
    ],
    ids=lambda value: str(value)[:80],
)
def test_an_error_names_the_node(written: Json, field: str) -> None:
    assert {error.field for error in errors_of(written)} == {f"audience{field}"}


def test_each_fault_is_told_at_once() -> None:
    written: Json = {"all_of": [{"tag": 3}, {"colour": 1}, {"not": {"vendor": "nokia", "sample": {}}}]}
    assert {error.field for error in errors_of(written)} == {
        "audience.all_of[0].tag",
        "audience.all_of[1].colour",
        "audience.all_of[2].not",
        "audience.all_of[2].not.vendor",
        "audience.all_of[2].not.sample.share",
        "audience.all_of[2].not.sample.of",
    }


def test_tokens_within_an_expression_are_refused_with_the_reason() -> None:
    (error,) = errors_of({"any_of": [VIP, {"tokens": [{"vendor": "apns", "token": "a1" * 32}]}]})
    assert "only alone, as the audience of a message" in error.message


def test_what_is_at_the_limits_is_taken() -> None:
    assert read(nested(MAX_DEPTH))[1] == []
    assert read({"any_of": [VIP] * (MAX_NODES - 1)})[1] == []
    assert read({"any_of": [{"users": ["u"]}, {"terminals": ["a"] * (MAX_IDS - 1)}]})[1] == []


def test_hostile_depth_is_an_error_and_no_crash() -> None:
    deep: Json = VIP
    for _ in range(90):
        deep = {"any_of": [deep]}
    assert len(errors_of(deep)) == 1
    unknown = {f"u{n}": 1 for n in range(10_000)}
    assert len(errors_of({"not": unknown})) <= 100


@given(naming_expressions)
def test_an_expression_survives_the_api_and_the_store(audience: Audience) -> None:
    written = to_json(audience)
    found, errors = read(written)
    assert errors == []
    kind, pieces = split(found)
    stored = list(pieces)
    back = piece(kind, stored[0]) if stored else Everyone()
    assert repr(back) == repr(found)
    if found == without_repeats(audience):
        assert to_json(back) == written
