"""A message is refused when no vendor of its audience can carry it; other limits become
warnings.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs
from tests.support.adapters.quick_checks import NOTHING_SURE

from pushgate.adapters.contract import NO_SCOPES, PreparedPush, Push, Rendering, Verdict
from pushgate.adapters.receipts import ReceiptParser
from pushgate.adapters.registry import vendors
from pushgate.apps.catalog import ConfiguredApp, ConfiguredVendor
from pushgate.apps.message_check import check_audience, check_message
from pushgate.domain.app import App, PushRate
from pushgate.domain.audience import AudienceKind, AudienceSummary, ByToken, Everyone
from pushgate.domain.errors import FieldError, InvalidRequest, PayloadRejected
from pushgate.domain.message import Content, Message, Options, TooLong
from pushgate.domain.outcome import FailureCode, Outcome, RefusalScope
from pushgate.domain.terminal import InlineToken
from pushgate.messages.codec import encode

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
LARGE = 100_000


class AnyTokens:
    """A rendered push that nobody sends."""

    def rendering_for(self, token: bytes) -> Rendering:
        raise AssertionError("a check sends nothing")

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        return NO_SCOPES

    async def send(
        self, tokens: Sequence[bytes], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        for _ in tokens:
            raise AssertionError("a check sends nothing")
        yield (), Verdict(Outcome.ACCEPTED, "", "")


class TitleLimit:
    """An adapter whose vendor takes titles up to a length, and checks nothing else."""

    receipt_parser: ReceiptParser | None = None
    supports_dry_run = False
    quick_check = NOTHING_SURE

    def __init__(self, max_title: int) -> None:
        self._max_title = max_title
        self.callback_tokens: list[str] = []

    def prepare(self, push: Push, now: datetime) -> PreparedPush:
        self.callback_tokens.append(push.callback)
        excess = len(push.content.title) - self._max_title
        if excess > 0:
            raise PayloadRejected(
                FailureCode.TOO_LONG, "content.title", f"has {excess} characters too many", excess
            )
        return AnyTokens()

    async def check(self) -> bool:
        return True

    async def close(self) -> None: ...


def app_with(**limits: int) -> ConfiguredApp:
    """The shop, whose vendors take titles of these lengths."""
    return ConfiguredApp(
        app=App("shop"),
        default_language="en",
        vendors={
            name: ConfiguredVendor(vendor=vendors()[name], adapter=TitleLimit(limit), rate=PushRate())
            for name, limit in limits.items()
        },
    )


def message(title: str = "Sale", **options: object) -> Message:
    return Message(
        id="0" * 30,
        app="shop",
        content={"en": Content(title, "b")},
        default_language="en",
        push_at=NOW,
        created_at=NOW,
        audience=AudienceSummary(AudienceKind.ALL),
        options=replace(Options(ttl=timedelta(hours=1)), **options),  # type: ignore[arg-type]
    )


def check(app: ConfiguredApp, checked: Message, max_bytes: int = LARGE) -> list[FieldError]:
    return check_message(app, checked, lambda name, message_id: f"{name}.{message_id}", max_bytes, [])


def refusal(app: ConfiguredApp, checked: Message, max_bytes: int = LARGE) -> list[FieldError]:
    with pytest.raises(InvalidRequest) as caught:
        check(app, checked, max_bytes)
    return list(caught.value.errors)


def test_a_message_that_all_vendors_carry_has_no_warning() -> None:
    assert check(app_with(apns=10, fcm=10), message()) == []


def test_what_one_vendor_cannot_carry_is_a_warning() -> None:
    assert check(app_with(apns=10, fcm=2), message()) == [
        FieldError("content.en.title", "has 2 characters too many (fcm)")
    ]


def test_what_no_vendor_can_carry_is_refused_with_the_vendors_of_each_text() -> None:
    assert refusal(app_with(apns=2, fcm=2, huawei=1), message()) == [
        FieldError("content.en.title", "has 2 characters too many (apns, fcm)"),
        FieldError("content.en.title", "has 3 characters too many (huawei)"),
    ]


def test_the_sender_may_want_a_message_refused_that_one_vendor_cannot_carry() -> None:
    (error,) = refusal(app_with(apns=10, fcm=2), message(on_too_long=TooLong.REFUSE))
    assert error.field == "content.en.title"


def test_only_the_vendors_of_listed_tokens_count() -> None:
    to_fcm = structs.replace(message(), audience=AudienceSummary(AudienceKind.TOKENS, 1, ("fcm",)))
    (error,) = refusal(app_with(apns=10, fcm=2), to_fcm)
    assert error.message.endswith("(fcm)")


def test_content_is_checked_with_the_callback_token_that_it_will_have() -> None:
    app = app_with(apns=10)
    check(app, message())
    adapter = app.vendors["apns"].adapter
    assert isinstance(adapter, TitleLimit)
    assert adapter.callback_tokens == [f"shop.{'0' * 30}"]


def test_an_app_without_vendors_takes_no_message() -> None:
    assert [error.field for error in refusal(app_with(), message())] == ["audience"]


def test_a_message_has_a_largest_size() -> None:
    (error,) = refusal(app_with(apns=10_000), message("x" * 2000), max_bytes=1000)
    assert error.field == "content"
    assert "at most 1,000 are taken" in error.message


def test_placeholders_and_options_without_effect_are_warned_of() -> None:
    checked = message("{{name}}", vendors={"xiaomi": {}})
    fields = [warning.field for warning in check(app_with(apns=10), checked)]
    assert fields == ["content.en.title", "options.xiaomi"]


def test_earlier_errors_are_kept_and_spare_the_costly_checks() -> None:
    app, earlier = app_with(apns=1), FieldError("push_time", "is past")
    with pytest.raises(InvalidRequest) as caught:
        check_message(app, message(), lambda *_: "", LARGE, [earlier])
    assert caught.value.errors == (earlier,)


def test_the_first_token_of_a_vendor_that_the_app_lacks_is_named() -> None:
    tokens = ByToken((InlineToken("apns", "a", "en"), InlineToken("fcm", "b", "en")))
    assert check_audience(app_with(apns=10), tokens) == [
        FieldError("audience.tokens.1.vendor", "is not one the app is set up for; it has: apns")
    ]
    assert check_audience(app_with(apns=10), Everyone()) == []


@pytest.mark.parametrize("text", ["x", "\u0001", "\U0001f600", '"', "é"])
def test_the_size_is_exact_near_its_limit_whatever_the_characters(text: str) -> None:
    """The quick estimate takes no message that is over the limit."""
    for count in (100, 2000, 20_000):
        checked = message(text * count)
        size = len(encode(checked))
        check(app_with(apns=10**9), checked, max_bytes=size)
        assert [error.field for error in refusal(app_with(apns=10**9), checked, max_bytes=size - 1)] == [
            "content"
        ]
