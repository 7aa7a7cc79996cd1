"""Lines with and, or, but not are an audience, and an audience is shown by lines."""

import pytest
from hypothesis import given
from tests.support.audiences import naming_expressions

from pushgate.audiences.json_form import to_json
from pushgate.console.composing.audience_form import AudienceForm, line_at, read_audience, write_audience
from pushgate.console.composing.audience_lines import (
    Join,
    Kind,
    Line,
    Node,
    ends_of_groups,
    to_audience,
    to_lines,
)
from pushgate.domain.audience import Audience

ID = "01a2cbf8a60004cb4c81fad71e29ca"
VIP = Line(value="vip")
MEMBER = Line(join=Join.OR, value="member")
SEEN = Line(kind=Kind.SEEN_AFTER, value="2026-10-29")
GOLD = Line(kind=Kind.ATTRIBUTE, name="plan", value="gold, silver")
NOT_CLICKED = Line(join=Join.NOT, kind=Kind.CLICKED, value=ID)


@pytest.mark.parametrize(
    ("lines", "audience"),
    [
        ([], {"all": True}),
        ([VIP], {"tag": "vip"}),
        ([Line(value="vip, member")], {"any_of": [{"tag": "vip"}, {"tag": "member"}]}),
        ([VIP, Line(join=Join.OR, kind=Kind.VENDOR, value="apns")],
         {"any_of": [{"tag": "vip"}, {"vendor": "apns"}]}),
        ([GOLD], {"attribute": "plan", "one_of": ["gold", "silver"]}),
        ([Line(kind=Kind.ATTRIBUTE, name="visits", value="17")], {"attribute": "visits", "equals": 17}),
        ([Line(kind=Kind.USERS, value="ann, bao")], {"users": ["ann", "bao"]}),
        ([SEEN], {"seen": {"after": "2026-10-29"}}),
        ([NOT_CLICKED], {"not": {"clicked": ID}}),
        ([Line(value="vip, member"), SEEN, NOT_CLICKED],
         {"all_of": [{"any_of": [{"tag": "vip"}, {"tag": "member"}]}, {"seen": {"after": "2026-10-29"}},
                     {"not": {"clicked": ID}}]}),
        ([Line(join=Join.NOT, value="a"), Line(join=Join.OR, kind=Kind.SAVED, value="b")],
         {"not": {"any_of": [{"tag": "a"}, {"saved": "b"}]}}),
    ],
)  # fmt: skip
def test_lines_and_audience_say_the_same(lines: list[Line], audience: Node) -> None:
    assert to_audience(lines) == audience
    assert to_lines(audience) == lines


@pytest.mark.parametrize(
    ("line", "audience"),
    [
        (Line(), {"tag": ""}),
        (Line(kind=Kind.ATTRIBUTE, name="plan"), {"attribute": "plan"}),
        (Line(kind=Kind.USERS), {"users": []}),
        (Line(kind=Kind.SEEN_AFTER), {"seen": {"after": ""}}),
        (Line(kind=Kind.CLICKED), {"clicked": ""}),
    ],
)
def test_a_line_that_is_not_filled_in_holds_nobody_and_is_never_left_out(line: Line, audience: Node) -> None:
    assert to_audience([line]) == audience
    assert to_audience([SEEN, line]) == {"all_of": [{"seen": {"after": "2026-10-29"}}, audience]}


@given(naming_expressions)
def test_every_audience_comes_back_from_its_form(audience: Audience) -> None:
    written = to_json(audience)
    assert write_audience(read_audience(written)) == written


def test_a_share_and_one_phone_a_person_stand_around_lines() -> None:
    form = AudienceForm(lines=(VIP,), once_per_user=True, share="12.5", seed="autumn")
    written = {"sample": {"share": 0.125, "seed": "autumn", "of": {"one_per_user": {"tag": "vip"}}}}
    assert write_audience(form) == written
    assert read_audience(written) == form


@pytest.mark.parametrize("written", ["[1, 2", "", "{}", '"all"', "null"])
def test_json_that_is_no_audience_is_kept_for_the_api_to_refuse(written: str) -> None:
    assert write_audience(AudienceForm(json=written)) != {"all": True}


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("all_of[0].any_of[0].tag", 0),
        ("all_of[0].any_of[1].tag", 0),
        ("all_of[0].any_of[2].vendor", 1),
        ("all_of[1].seen.after", 2),
        ("all_of[2].not.clicked", 3),
        ("sample.of.one_per_user.all_of[1].seen", 2),
        ("all_of[12].tag", None),
    ],
)
def test_an_error_of_the_api_finds_its_line(path: str, line: int | None) -> None:
    vendor = Line(join=Join.OR, kind=Kind.VENDOR, value="apns")
    form = AudienceForm(
        lines=(
            Line(value="vip, member"),
            vendor,
            SEEN,
            NOT_CLICKED,
        )
    )
    assert line_at(form, path) == line


def test_the_path_of_a_single_line_is_the_audience_itself() -> None:
    assert line_at(AudienceForm(lines=(VIP,)), "tag") == 0
    assert line_at(AudienceForm(lines=(NOT_CLICKED,)), "not.clicked") == 0


def test_the_figures_of_an_audience_stand_at_the_ends_of_groups() -> None:
    assert ends_of_groups([VIP, MEMBER, SEEN, NOT_CLICKED]) == [1, 2, 3]
