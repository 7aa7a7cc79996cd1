"""The silent push on which a client app removes a notification."""

import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.support.adapters.rendering import rendered
from tests.support.adapters.samples import NOW, flat, push

from pushgate.adapters.apns import payload as apns
from pushgate.adapters.fcm import payload as fcm
from pushgate.adapters.webpush import payload as webpush
from pushgate.adapters.webpush.service_batches import batches_by_origin
from pushgate.adapters.webpush.subscriptions import normalize_token
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Options
from pushgate.domain.outcome import FailureCode


def test_apns_gets_a_background_push_that_replaces_what_it_stores() -> None:
    made = flat(rendered("apns", apns.removal(push())))
    name = made["body.pushgate_remove"]
    assert made["headers.apns-collapse-id"] == name == push().message_id
    assert (made["headers.apns-push-type"], made["headers.apns-priority"]) == ("background", "5")
    assert made["body.aps.content-available"] == 1
    assert "body.pushgate" not in made


def test_an_activity_of_ios_is_no_notification() -> None:
    live: dict[str, object] = {"push_type": "background"}
    with pytest.raises(PayloadRejected, match="no notification"):
        apns.removal(push(apns=live))


def test_fcm_names_the_notification_on_android_and_on_ios() -> None:
    options: dict[str, object] = {"tag": "basket", "apns": {"headers": {"apns-collapse-id": "basket-ios"}}}
    made = flat(rendered("fcm", fcm.removal(push(fcm=options))))
    assert made["message.data.pushgate_remove"] == "basket"
    assert made["message.apns.payload.pushgate_remove"] == "basket-ios"
    assert made["message.apns.payload.aps.content-available"] == 1
    assert made["message.apns.headers.apns-push-type"] == "background"
    assert not [name for name in made if "notification" in name]
    urgent = Options(ttl=timedelta(hours=1), collapse_key="k" * 80)
    made = flat(rendered("fcm", fcm.removal(push(options=urgent))))
    assert len(str(made["message.apns.payload.pushgate_remove"])) <= 64
    assert "message.android.collapse_key" not in made, "a later message with that key must not be lost"


def test_a_browser_gets_the_tag_and_the_message() -> None:
    given = push(webpush={"tag": "basket", "topic": "own", "remove_on_click": True})
    made = flat(rendered("webpush", webpush.removal(given)))
    body = {name: value for name, value in made.items() if name.startswith("body.")}
    assert body == {"body.data.pushgate_remove": "basket", "body.data.pushgate_message": given.message_id}
    assert made["headers.topic"] == given.message_id


def test_a_browser_gets_nothing_unless_the_message_asks_for_it() -> None:
    with pytest.raises(PayloadRejected, match="remove_on_click"):
        webpush.removal(push())


@pytest.mark.parametrize("vendor", [apns, fcm])
def test_a_push_that_removes_takes_the_place_of_no_later_message_with_the_same_collapse_key(
    vendor: ModuleType,
) -> None:
    given = push(options=Options(ttl=timedelta(hours=1), collapse_key="offer"))
    made = flat(rendered(vendor.__name__.split(".")[-2], vendor.removal(given)))
    assert given.message_id in [value for name, value in made.items() if name.endswith("pushgate_message")]
    assert "offer" in [value for name, value in made.items() if name.endswith("pushgate_remove")]
    collapse = [value for name, value in made.items() if "collapse" in name]
    assert "offer" not in collapse


@pytest.mark.parametrize(
    ("host", "sent"), [("web.push.apple.com", 0), ("updates.push.services.mozilla.com", 1)]
)
def test_safari_gets_no_push_that_shows_nothing(host: str, sent: int) -> None:
    point = generate_private_key(SECP256R1()).public_key()
    raw = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint), b"a" * 16
    p256dh, auth = (urlsafe_b64encode(one).rstrip(b"=").decode() for one in raw)
    written = {"endpoint": f"https://{host}/x", "keys": {"p256dh": p256dh, "auth": auth}}
    token = normalize_token(json.dumps(written))
    removal = webpush.removal(push(webpush={"remove_on_click": True}))
    for given, expected in ((removal, sent), (push(), 1)):
        batches, unsent = batches_by_origin(
            [(webpush.render(given, NOW), token.encode())], lambda origin: True
        )
        assert len(batches) == expected
        assert [verdict.code for verdict, _ in unsent] == [FailureCode.UNSUPPORTED] * (1 - expected)
