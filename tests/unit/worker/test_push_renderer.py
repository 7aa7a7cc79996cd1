"""A push is rendered once for all jobs of a message, vendor and language, and not used for long."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.apps import SilentAdapter, configured_app, configured_vendor
from tests.support.clock import SetClock

from pushgate.adapters.contract import PreparedPush, Push
from pushgate.apps.catalog import AppCatalog
from pushgate.dispatch.job import BlockJob
from pushgate.domain.app import App
from pushgate.domain.audience import AudienceSummary
from pushgate.domain.errors import VendorError
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


def renderer(adapters: Mapping[str, SilentAdapter], clock: SetClock) -> PushRenderer:
    vendors = {name: configured_vendor(name, adapter) for name, adapter in adapters.items()}
    apps = {"shop": configured_app(App("shop"), vendors)}
    catalog = AppCatalog(None, apps)  # type: ignore[arg-type]  # no registry is asked
    return PushRenderer(catalog, clock, lambda app, message_id: f"{app}/{message_id}")


def test_jobs_of_one_language_share_a_rendering_until_it_is_old() -> None:
    adapter, clock = RecordingAdapter(), SetClock()
    pushes = renderer({"apns": adapter}, clock)
    first = pushes.prepare(job(), MESSAGE)
    clock.advance(30)
    assert pushes.prepare(job(), MESSAGE) is first
    clock.advance(1)
    assert pushes.prepare(job(), MESSAGE) is not first
    assert len(adapter.pushes) == 2


def test_each_group_gets_its_best_language_with_a_callback_token() -> None:
    adapter = RecordingAdapter()
    pushes = renderer({"apns": adapter}, SetClock())
    for language in ("ja", "en-GB", "fr", "en"):
        pushes.prepare(job(language), MESSAGE)
    assert [push.content for push in adapter.pushes] == [CONTENT["ja"], CONTENT["en"]]
    assert {push.callback for push in adapter.pushes} == {"shop/m"}


def test_failures_that_are_sent_again_are_rendered_anew() -> None:
    """They have another time to live."""
    adapter = RecordingAdapter()
    pushes = renderer({"apns": adapter}, SetClock())
    for resend in (0, 1, 1):
        pushes.prepare(job(resend=resend), MESSAGE)
    assert len(adapter.pushes) == 2


def test_a_vendor_without_settings_here_is_retried_by_a_worker_that_has_them() -> None:
    with pytest.raises(VendorError) as raised:
        renderer({"apns": RecordingAdapter()}, SetClock()).prepare(job(vendor="fcm"), MESSAGE)
    assert raised.value.code == FailureCode.VENDOR_NOT_CONFIGURED
    assert timedelta(seconds=raised.value.retry_after or 0) == timedelta(minutes=1)
