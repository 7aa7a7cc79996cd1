"""Push services' responses."""

import pytest
from tests.support.adapters.samples import NOW, answer

from pushgate.adapters.webpush.responses import parse
from pushgate.domain.errors import VendorThrottled
from pushgate.domain.outcome import Outcome

WINDOWS = "https://wns2-by3p.notify.windows.com"


MOZILLA = "https://updates.push.services.mozilla.com"


@pytest.mark.parametrize("status", [200, 201, 202, 203, 204, 205, 206, 207, 226, 299])
def test_every_2xx_is_a_success(status: int) -> None:
    """RFC 9110, 15: a status that nobody knows means what its class means."""
    assert parse(answer(status), NOW, MOZILLA).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("status", [300, 400, 406])
def test_no_other_status_is_a_success(status: int) -> None:
    assert parse(answer(status), NOW, MOZILLA).outcome is Outcome.REJECTED


@pytest.mark.parametrize(
    ("headers", "origin", "pause"),
    [
        ({"x_wns_status": "appthrottled", "retry_after": "1800"}, WINDOWS, 1800),
        ({"x_wns_status": "AppThrottled"}, WINDOWS, 900),
        ({"x_wns_status": "appthrottled"}, "https://127.0.0.1:8091", 900),
        ({"retry_after": "86400"}, WINDOWS, 86_400),
        ({}, WINDOWS, 900),
    ],
)
def test_406_from_microsoft_throttles(headers: dict[str, str], origin: str, pause: float) -> None:
    with pytest.raises(VendorThrottled) as caught:
        parse(answer(406, b"", **headers), NOW, origin)
    assert (caught.value.code, caught.value.retry_after) == ("wns_throttled", pause)


def test_406_of_one_channel_throttles_that_subscription_alone() -> None:
    verdict = parse(answer(406, b"", x_wns_status="channelthrottled", retry_after="60"), NOW, WINDOWS)
    assert (verdict.outcome, verdict.code, verdict.retry_after) == (
        Outcome.RETRY,
        "wns_channel_throttled",
        60,
    )


@pytest.mark.parametrize(
    ("explanation", "is_shown"),
    [
        ("Ttl value conflicts with X-WNS-Cache-Policy.", True),
        ("see https://wns2-by3p.notify.windows.com/w/?token=AwYAAAD", False),
        ("the channel " + "b" * 40 + " is over", False),
        ("long " * 50, False),
        ("caf\u00e9", False),
        ("", False),
    ],
)
def test_the_explanation_of_microsoft_is_in_the_reason(explanation: str, is_shown: bool) -> None:
    verdict = parse(answer(400, b"", x_wns_error_description=explanation), NOW, WINDOWS)
    assert verdict.outcome is Outcome.REJECTED
    assert verdict.reason == "a header or the form is not valid" + (
        f": {explanation.rstrip('.')}" if is_shown else ""
    )
