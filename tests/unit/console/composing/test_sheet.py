"""A sheet says what the page shows of a form and of the API's answers."""

from dataclasses import replace

from pushgate.console.composing.audience_form import AudienceForm
from pushgate.console.composing.audience_lines import Join, Line
from pushgate.console.composing.desk import Desk
from pushgate.console.composing.figures import Figures
from pushgate.console.composing.message_form import ContentForm, MessageForm
from pushgate.console.composing.sheet import Choices, Sheet
from pushgate_client.errors import FieldError
from pushgate_client.types import GroupCount, MessagePlan, SystemProblem, SystemProblemCode, Vendor

GROUPS: list[GroupCount] = [
    {"vendor": "xiaomi", "language": "zh-Hans", "count": 5},
    {"vendor": "vivo", "language": "en", "count": 2},
]
LINES = (
    Line(value="vip"),
    Line(join=Join.NOT, value="a"),
    Line(join=Join.OR, value="b"),
    Line(value="member"),
)
FORM = MessageForm(
    contents={"en": ContentForm(title="x" * 45), "zh-Hans": ContentForm(title="特卖", body="仅限今天")},
    fallback="en",
    audience=AudienceForm(lines=LINES),
)
FIGURES = Figures(
    total=7,
    groups=GROUPS,
    timezones=[],
    left={0: 12, 2: 9, 3: 7},
    everybody=[*GROUPS, {"vendor": "apns", "language": "ja", "count": 13}],
    plan=None,
    errors=[
        FieldError("content.en.body", "must not be empty"),
        FieldError("content.en.url", "must be an https:// address"),
    ],
)
SHEET = Sheet(form=FORM, desk=Desk(key="k"), figures=FIGURES)


def plan(*warnings: tuple[str, str]) -> MessagePlan:
    return {
        "push_time": "", "expires_at": "", "total": 7, "groups": [], "vendors": [], "not_configured": 0,
        "refused": 0, "cut": 0, "expiring": None, "last_push_at": None, "recent_outcomes": None,
        "overlaps": None, "warnings": [{"field": field, "message": text} for field, text in warnings],
    }  # fmt: skip


def problem(code: SystemProblemCode, vendor: Vendor | None) -> SystemProblem:
    return {
        "code": code, "vendor": vendor, "app": "demo", "since": None, "until": None, "params": {},
        "message": "", "remedy": "",
    }  # fmt: skip


def test_what_an_exclusion_takes_away_is_told_at_the_end_of_its_lines() -> None:
    assert [SHEET.gone_after(line) for line in range(4)] == [None, None, 3, None]


def test_texts_are_counted_for_the_vendors_whose_phones_get_them() -> None:
    assert [one.vendor for one in SHEET.limits("en", "title")] == ["vivo"]
    assert [one.vendor for one in SHEET.limits("zh-Hans", "body")] == ["xiaomi"]


def test_empty_fields_are_missing_and_wrong_ones_are_faults_until_somebody_wants_to_send() -> None:
    assert SHEET.missing == ["body_0"]
    assert list(SHEET.faults) == ["url_0"]
    assert list(replace(SHEET, shows_blank=True).faults) == ["body_0", "url_0"]
    assert not SHEET.has_fault_in(0)
    own = replace(SHEET, form=replace(FORM, by_language=True))
    assert (own.has_fault_in(0), own.has_fault_in(1)) == (True, False)


def test_other_languages_are_named_and_those_of_the_app_suggested() -> None:
    assert not SHEET.other_languages
    assert list(SHEET.suggested_languages) == ["ja"]


def test_warnings_are_told_once_and_only_of_vendors_that_have_phones() -> None:
    warnings = [
        ("content.en.title", "has 45 characters, the vendor takes 40 (vivo)"),
        ("content.en.image", "is not shown (oppo)"),
        ("content.en.image", "is not shown (honor, xiaomi)"),
        ("content.zh-Hans.image", "is not shown (honor, xiaomi)"),
        ("options.category", "is not set"),
    ]
    sheet = replace(SHEET, figures=replace(FIGURES, plan=plan(*warnings)))
    assert [one["field"] for one in sheet.warnings] == ["content.en.image", "options.category"]


def test_problems_are_told_with_the_phones_that_wait_for_them() -> None:
    problems = [
        problem("vendor_refuses", "xiaomi"),
        problem("vendor_refuses", "huawei"),
        problem("no_worker", None),
        problem("webhook_paused", None),
    ]
    sheet = replace(SHEET, choices=Choices(problems=problems))
    assert [(one["code"], count) for one, count in sheet.obstacles] == [
        ("vendor_refuses", 5),
        ("no_worker", -1),
    ]
