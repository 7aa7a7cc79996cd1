"""Xiaomi's forms."""

from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from tests.support.adapters.rendering import (
    refused,
    rendered,
)
from tests.support.adapters.samples import NOW, push

from pushgate.adapters.contract import Push
from pushgate.adapters.xiaomi import payload as xiaomi
from pushgate.adapters.xiaomi.settings import XiaomiSettings
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Content, Options

ABROAD = XiaomiSettings.model_validate({"package": "p", "app_secret": "s", "region": "global"})


@pytest.mark.parametrize(("field", "maximum"), [("title", 49), ("body", 127)])
def test_title_and_body_are_limited_in_characters(field: str, maximum: int) -> None:
    def push_with_text(text: str) -> Push:
        return push(Content(text, "b") if field == "title" else Content("t", text))

    rendered("xiaomi", push_with_text("特" * maximum))
    error = refused("xiaomi", push_with_text("特" * (maximum + 1)))
    assert (error.code, error.field) == ("too_long", f"content.{field}")
    assert refused("xiaomi", push_with_text("  ")).code == "blank"


@pytest.mark.parametrize(
    ("body", "expected"), [("b" * 200, "b" * 127), ("  ", "-"), ("b", "b")], ids=["long", "blank", "plain"]
)
def test_a_silent_push_has_a_description(body: str, expected: str) -> None:
    """See docs/reference/vendors/xiaomi.md#options."""
    given = push(Content("t", body), Options(ttl=timedelta(hours=1), silent=True))
    assert dict(parse_qsl(xiaomi.render(given, ABROAD, NOW).decode()))["description"] == expected


@pytest.mark.parametrize("region", ["china", "global", "russia", "india", "europe", "singapore"])
def test_silent_pushes_are_refused_in_mainland_china(region: str) -> None:
    """See docs/reference/vendors/xiaomi.md#options."""
    given = push(options=Options(ttl=timedelta(hours=1), silent=True))
    settings = XiaomiSettings.model_validate({"package": "p", "app_secret": "s", "region": region})
    if region == "china":
        with pytest.raises(PayloadRejected, match="mainland China") as caught:
            xiaomi.render(given, settings, NOW)
        assert (caught.value.code, caught.value.field) == ("unsupported", "options.silent")
    else:
        assert dict(parse_qsl(xiaomi.render(given, settings, NOW).decode()))["pass_through"] == "1"


def test_every_process_names_the_same_of_several_options_without_effect() -> None:
    options = {"url": "https://example.com", "ticker": "x", "sound_uri": "x", "notify_foreground": True}
    given = push(options=Options(ttl=timedelta(hours=1), silent=True, vendors={"xiaomi": options}))
    with pytest.raises(PayloadRejected) as caught:
        xiaomi.render(given, ABROAD, NOW)
    assert caught.value.field == "options.xiaomi.notify_foreground"
