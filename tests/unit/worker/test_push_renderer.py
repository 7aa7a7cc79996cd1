"""A push is rendered once for all jobs of a message, vendor and language, and not used for long."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from tests.support.apps import SilentAdapter, configured_vendor
from tests.support.clock import SetClock

from pushgate.adapters.contract import PreparedPush, Push
from pushgate.dispatch.job import BlockJob
from pushgate.domain.audience import AudienceSummary
from pushgate.domain.errors import PayloadRejected, VendorError
from pushgate.domain.message import Content, Message
from pushgate.domain.outcome import FailureCode
from pushgate.domain.terminal import Group
from pushgate.worker.push_renderer import PushRenderer

NOW = datetime(2030, 1, 1, tzinfo=UTC)
CONTENT = {"en": Content("Sale", "Today"), "ja": Content("セール", "本日")}
MESSAGE = Message(
    id="m",
    app="shop",
    content=CONTENT,
    default_language="en",
    push_at=NOW,
    created_at=NOW,
    audience=AudienceSummary(),
)


class RecordingAdapter(SilentAdapter):
    """Renders a push to itself, and remembers it."""

    def __init__(self) -> None:
        self.pushes: list[Push] = []

    def prepare(self, push: Push, now: datetime) -> PreparedPush:
        self.pushes.append(push)
        return object()  # type: ignore[return-value]  # nothing is sent


def job(language: str = "en", vendor: str = "apns", resend: int = 0) -> BlockJob:
    return BlockJob(
        app="shop", message_id="m", group=Group(vendor, language), shard=0, blocks=(0,), resend=resend
    )


def renderer(clock: SetClock) -> PushRenderer:
    return PushRenderer(clock, lambda app, message_id: f"{app}/{message_id}")


def test_jobs_of_one_language_share_a_rendering_until_it_is_old() -> None:
    adapter, clock = RecordingAdapter(), SetClock()
    apns = configured_vendor("apns", adapter)
    pushes = renderer(clock)
    first = pushes.prepare(job(), MESSAGE, apns)
    clock.advance(30)
    assert pushes.prepare(job(), MESSAGE, apns) is first
    clock.advance(1)
    assert pushes.prepare(job(), MESSAGE, apns) is not first
    assert len(adapter.pushes) == 2


def test_a_push_is_rendered_anew_once_the_adapter_is_replaced() -> None:
    """A rendering sends with the credential of its adapter."""
    pushes, before, after = renderer(SetClock()), RecordingAdapter(), RecordingAdapter()
    for adapter in (before, before, after, after):
        pushes.prepare(job(), MESSAGE, configured_vendor("apns", adapter))
    assert (len(before.pushes), len(after.pushes)) == (1, 1)


def test_each_group_gets_its_best_language_with_a_callback_token() -> None:
    adapter = RecordingAdapter()
    apns = configured_vendor("apns", adapter)
    pushes = renderer(SetClock())
    for language in ("ja", "en-GB", "fr", "en"):
        pushes.prepare(job(language), MESSAGE, apns)
    assert [push.content for push in adapter.pushes] == [CONTENT["ja"], CONTENT["en"]]
    assert {push.callback for push in adapter.pushes} == {"shop/m"}


def test_failures_that_are_sent_again_are_rendered_anew() -> None:
    """They have another time to live."""
    adapter = RecordingAdapter()
    apns = configured_vendor("apns", adapter)
    pushes = renderer(SetClock())
    for resend in (0, 1, 1):
        pushes.prepare(job(resend=resend), MESSAGE, apns)
    assert len(adapter.pushes) == 2


def test_a_vendor_without_settings_here_is_retried_by_a_worker_that_has_them() -> None:
    with pytest.raises(VendorError) as raised:
        renderer(SetClock()).prepare(job(vendor="fcm"), MESSAGE, None)
    assert raised.value.code == FailureCode.VENDOR_NOT_CONFIGURED
    assert timedelta(seconds=raised.value.retry_after or 0) == timedelta(minutes=1)


def test_a_message_that_has_lost_its_content_is_rejected() -> None:
    apns = configured_vendor("apns", RecordingAdapter())
    with pytest.raises(PayloadRejected) as raised:
        renderer(SetClock()).prepare(job(), replace(MESSAGE, content={}), apns)
    assert raised.value.code == FailureCode.CONTENT_DROPPED
