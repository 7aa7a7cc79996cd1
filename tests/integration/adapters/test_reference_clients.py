"""Other people's clients and parsers check the simulated vendors and the adapters.

So an adapter and its simulated vendor cannot share one error.
"""

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aioapns
import aioapns.connection
import firebase_admin
import h2.events
import http_ece
import pytest
import pywebpush
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from firebase_admin import messaging
from google.oauth2.service_account import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.adapters.sending import push, sent, token
from tests.support.apps import open_adapters
from tests.support.http2.h2_server import ServerConnection, serve_h2
from tests.support.sandbox import Sandbox

from pushgate.adapters.webpush.encryption import MAX_PLAINTEXT, encrypt
from pushgate.adapters.webpush.subscriptions import normalize_token, parse_token
from pushgate.domain.clock import SystemClock
from pushgate.http2.credentials import NoCredentialStore
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.sandbox.vendors.apns import Apns
from pushgate.sandbox.vendors.fcm import Fcm
from pushgate.sandbox.vendors.webpush import WebPush
from pushgate.sandbox.vendors.webpush_browsers import Browsers
from pushgate.settings.loading import parse

CALLBACK = "shop.m.mac"


def netloc(sandbox: Sandbox) -> tuple[str, int]:
    host, _, port = sandbox.credentials.base_url.removeprefix("https://").partition(":")
    return host, int(port)


@pytest.fixture
async def aioapns_client(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[aioapns.APNs]:
    host, port = netloc(sandbox)
    protocol = aioapns.connection.APNsDevelopmentClientProtocol
    monkeypatch.setattr(protocol, "APNS_SERVER", host)
    monkeypatch.setattr(protocol, "APNS_PORT", port)
    context = ssl.create_default_context(cafile=str(sandbox.credentials.ca_file))
    context.set_alpn_protocols(["h2"])
    known = Apns(sandbox.context)
    client = aioapns.APNs(
        key=known.key_file.read_text(),
        key_id=known.key_id,
        team_id=known.team_id,
        topic=known.topic,
        use_sandbox=True,
        max_connections=1,
        ssl_context=context,
    )
    yield client
    for connection in list(client.pool.connections):
        connection.close()
    await asyncio.sleep(0)  # it leaves the closing of its sockets to the loop


async def test_aioapns_can_use_the_simulated_apns(aioapns_client: aioapns.APNs, sandbox: Sandbox) -> None:
    async def pushed(to: str, message: dict[str, object], **more: Any) -> tuple[bool, str | None]:
        result = await aioapns_client.send_notification(aioapns.NotificationRequest(to, message, **more))
        return result.is_successful, result.description

    alert: dict[str, object] = {"aps": {"alert": {"title": "t", "body": "b"}}, "pushgate": CALLBACK}
    assert await pushed(token(1), alert, collapse_key="sale", priority=10, time_to_live=60) == (True, None)
    silent: dict[str, object] = {"aps": {"content-available": 1}}
    assert await pushed(token(1), silent, push_type=aioapns.PushType.BACKGROUND, priority=5) == (True, None)
    assert await pushed(token(2, dead=True), alert) == (False, "Unregistered")
    assert await pushed("xyz", alert) == (False, "BadDeviceToken")
    assert await pushed(token(1), {"aps": {"alert": "x" * 5000}}) == (False, "PayloadTooLarge")
    assert sandbox.summary("apns")["accepted"] == 2


@pytest.fixture
def firebase(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[firebase_admin.App]:
    known = sandbox.credentials
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(known.ca_file))
    monkeypatch.setattr(
        messaging._MessagingService, "FCM_URL", known.base_url + "/v1/projects/{0}/messages:send"
    )
    # It would ask Google where the account may be used from.
    monkeypatch.setattr(Credentials, "_is_regional_access_boundary_lookup_required", lambda _: False)
    account = firebase_admin.credentials.Certificate(str(Fcm(sandbox.context).account_file))
    app = firebase_admin.initialize_app(account, name="witness")
    yield app
    firebase_admin.delete_app(app)


# FCM's documents say that tokens go on working (docs/reference/vendors/fcm.md#tokens); the library
# would rather have installation ids.
@pytest.mark.filterwarnings("ignore:Message.token is deprecated")
def test_firebase_admin_can_use_the_simulated_fcm(firebase: firebase_admin.App, sandbox: Sandbox) -> None:
    android = messaging.AndroidConfig(
        ttl=3600,
        priority="high",
        collapse_key="sale",
        notification=messaging.AndroidNotification(channel_id="c"),
    )
    shown = messaging.Notification("t", "b", "https://example.com/a.png")

    apple = messaging.APNSConfig(
        headers={"apns-priority": "5"},
        payload=messaging.APNSPayload(messaging.Aps(badge=3)),
        fcm_options=messaging.APNSFCMOptions(image="https://example.com/ios.png"),
    )
    web = messaging.WebpushConfig(
        headers={"TTL": "60"},
        notification=messaging.WebpushNotification(title="t"),
        fcm_options=messaging.WebpushFCMOptions(link="https://example.com/"),
    )

    def message(**to: str) -> messaging.Message:
        return messaging.Message(
            notification=shown, data={"pushgate": CALLBACK}, android=android, apns=apple, webpush=web, **to
        )

    name = messaging.send(message(token=token(1)), app=firebase)
    assert name.startswith(f"projects/{Fcm(sandbox.context).project_id}/messages/")
    messaging.send(message(token=token(1)), dry_run=True, app=firebase)
    assert sandbox.summary("fcm")["accepted"] == 1, "a dry run is no push"
    with pytest.raises(messaging.UnregisteredError):
        messaging.send(message(token=token(2, dead=True)), app=firebase)
    for code, error in (
        ("QUOTA_EXCEEDED", messaging.QuotaExceededError),
        ("SENDER_ID_MISMATCH", messaging.SenderIdMismatchError),
        ("THIRD_PARTY_AUTH_ERROR", messaging.ThirdPartyAuthError),
    ):
        sandbox.misbehave({"vendor": "fcm", "error": code, "path": "send"})
        with pytest.raises(error):
            messaging.send(message(token=token(1)), app=firebase)


def test_pywebpush_can_use_the_simulated_push_service(sandbox: Sandbox) -> None:
    def pushed(name: str, **claims: str) -> int:
        subscription = sandbox.api.get(f"/subscriptions/{name}").json()
        with requests.Session() as session:
            session.verify = str(sandbox.credentials.ca_file)
            session.trust_env = False
            answer = pywebpush.webpush(
                subscription,
                json.dumps({"title": "t", "data": {"pushgate": CALLBACK}}),
                vapid_private_key=str(WebPush(sandbox.context).vapid_key_file),
                vapid_claims={"sub": "mailto:demo@example.com", **claims},
                ttl=60,
                requests_session=session,
            )
        return int(answer.status_code)

    assert pushed("witness") == 201
    for refused, name, claims in (
        (410, "dead-witness", {}),
        (401, "witness", {"aud": "https://elsewhere.example"}),
    ):
        with pytest.raises(pywebpush.WebPushException) as caught:
            pushed(name, **claims)
        assert caught.value.response.status_code == refused
    (received,) = sandbox.received(
        vendor="webpush", token=Browsers(sandbox.credentials).named("witness").token
    )[:1]
    assert json.loads(str(received["body"]))["title"] == "t", "the browser could open it"
    assert sandbox.summary("webpush")["accepted"] == 1


_BROWSER = ec.generate_private_key(ec.SECP256R1())
_AUTH = b"0123456789abcdef"


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@given(st.binary(max_size=MAX_PLAINTEXT))
@settings(max_examples=50, deadline=None)
def test_http_ece_can_decrypt_what_is_encrypted(content: bytes) -> None:
    point = _BROWSER.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    kept = normalize_token(
        json.dumps(
            {"endpoint": "https://push.example/x", "keys": {"p256dh": _text(point), "auth": _text(_AUTH)}}
        )
    )
    body = encrypt(content, parse_token(kept.encode()))
    assert len(body) <= 4096
    opened = http_ece.decrypt(body, private_key=_BROWSER, auth_secret=_AUTH, version="aes128gcm")
    assert opened == content


async def test_h2_can_read_requests_to_apns(sandbox: Sandbox, tmp_path: Path) -> None:
    """Every header as APNs' documents have it (docs/reference/vendors/apns.md#requests), in the
    order that HTTP/2 wants.
    """
    requests_read: list[list[tuple[str, str]]] = []
    bodies: list[bytes] = []

    async def script(connection: ServerConnection, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.RequestReceived):
            requests_read.append([(str(name), str(value)) for name, value in event.headers])
        elif isinstance(event, h2.events.DataReceived):
            bodies.append(event.data)
        if isinstance(event, h2.events.StreamEnded):
            connection.respond(event.stream_id)

    async with serve_h2(script, MAX_CONCURRENT_STREAMS=10) as server:
        section = {**sandbox.sections()["apns"], "endpoint": server.address}
        adapter = open_adapters(
            parse({"apps": {"shop": {"apns": section}}}),
            SystemClock(),
            NoCredentialStore(),
            CallbackTokens(b""),
        )["shop", "apns"]
        verdicts, error = await sent(adapter, [token(1), token(2)])
        await adapter.close()
    assert error is None
    assert len(verdicts) == len(requests_read) == 2
    for number, headers in enumerate(requests_read, 1):
        names = [name for name, _ in headers]
        assert names[:4] == [":method", ":scheme", ":authority", ":path"]
        assert len(set(names)) == len(names)
        fields = dict(headers)
        assert (fields[":method"], fields[":path"]) == ("POST", f"/3/device/{token(number)}")
        assert fields["apns-topic"] == Apns(sandbox.context).topic
        assert (fields["apns-push-type"], fields["apns-priority"]) == ("alert", "10")
        left = int(fields["apns-expiration"]) - push().expires_at.timestamp()
        assert -60 < left <= 1, "in an hour"
        assert fields["authorization"].startswith("bearer ey")
    assert json.loads(bodies[0])["aps"]["alert"] == {"title": "Sale", "body": "Today only"}
    assert len({bytes(body) for body in bodies}) == 1
