"""The receipts of the simulated vendors are verified and parsed by the adapters.

The simulated vendors are written from docs/reference/vendors/index.md#receipts
"""

import base64
import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.adapters.sending import push, sent, token
from tests.support.apps import open_adapters
from tests.support.engines import wait_until
from tests.support.sandbox import Sandbox

from pushgate.adapters.contract import Adapter
from pushgate.adapters.receipts import InvalidSignature, ReceiptEvent, ReportedEvent
from pushgate.domain.clock import SystemClock
from pushgate.http2.credentials import NoCredentialStore
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.settings.loading import parse

KEY = base64.b64encode(b"a key that the console made").decode()
IN_THE_PUSH = ("meizu", "oppo", "vivo", "xiaomi")
SIGNED = ("harmony", "huawei")
# docs/reference/vendors/index.md#receipts: what each vendor's receipts tell, by what became of the
# push
SHOWN = {
    "huawei": {
        "delivered": ReportedEvent.DELIVERED,
        "muted": ReportedEvent.MUTED,
        "uninstalled": ReportedEvent.INVALID,
    },
    "harmony": {
        "delivered": ReportedEvent.DELIVERED,
        "muted": ReportedEvent.MUTED,
        "uninstalled": ReportedEvent.INVALID,
    },
    "honor": {"delivered": ReportedEvent.DELIVERED},
    "xiaomi": {
        "delivered": ReportedEvent.DELIVERED,
        "clicked": ReportedEvent.CLICKED,
        "muted": ReportedEvent.MUTED,
        "uninstalled": ReportedEvent.INVALID,
    },
    "oppo": {"delivered": ReportedEvent.DELIVERED, "uninstalled": ReportedEvent.INVALID},
    "vivo": {"delivered": ReportedEvent.DELIVERED},
    "meizu": {"delivered": ReportedEvent.DELIVERED, "clicked": ReportedEvent.CLICKED},
}
SHARES = {
    "delivered": {"delivered_share": 1, "clicked_share": 0},
    "clicked": {"delivered_share": 1, "clicked_share": 1},
    "muted": {"muted_share": 1},
    "uninstalled": {"uninstalled_share": 1},
}


@dataclass
class Catcher:
    """The app's server: it takes whatever is reported, and answers as it is told."""

    url: str
    caught: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answer: bytes = b""


@pytest.fixture
def catcher() -> Iterator[Catcher]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            found.caught.append((self.path, headers, body))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(found.answer)

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Catcher(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def opened(
    sandbox: Sandbox, vendor: str, catcher: Catcher, tokens: CallbackTokens | None = None, **more: object
) -> Adapter:
    section = {**sandbox.sections()[vendor], **more}
    if vendor in SIGNED:
        section |= {"receipt_user": "shop", "receipt_key": KEY}
    settings = parse({"api": {"public_url": catcher.url}, "apps": {"shop": {vendor: section}}})
    callbacks = tokens or CallbackTokens(b"k")
    return open_adapters(settings, SystemClock(), NoCredentialStore(), callbacks)["shop", vendor]


def behave(sandbox: Sandbox, vendor: str, catcher: Catcher, fate: str, **more: object) -> None:
    """The console knows an address and a key; a push that names an address goes first."""
    console = {"url": f"{catcher.url}/console", "user": "shop", "key": KEY}
    plan = {"delay": 0, "consoles": {vendor: console}, **SHARES[fate], **more}
    assert sandbox.api.put("/reports", json=plan).status_code == 200


@pytest.mark.parametrize(
    ("vendor", "fate"), [(vendor, fate) for vendor, shown in SHOWN.items() for fate in shown]
)
async def test_every_receipt_is_verified_and_parsed(
    vendor: str, fate: str, sandbox: Sandbox, catcher: Catcher
) -> None:
    adapter = opened(sandbox, vendor, catcher)
    parser = adapter.receipt_parser
    assert parser
    catcher.answer = parser.reply
    behave(sandbox, vendor, catcher, fate)
    tokens = [token(n) for n in range(1 if vendor == "vivo" else 150)]
    before = sandbox.api.get("/reports").json()["receipts"].get(vendor, {"sent": 0, "refused": 0})
    _, error = await sent(adapter, tokens)
    assert error is None
    now = datetime.now(UTC)

    def read() -> list[ReceiptEvent]:
        found: list[ReceiptEvent] = []
        for _, headers, body in list(catcher.caught):
            nonce = parser.verify(headers, body, now)
            assert bool(nonce) == (vendor in SIGNED)
            found += parser.parse(body)
        return [notice for notice in found if notice.event is SHOWN[vendor][fate]]

    wait_until(lambda: len(read()) >= len(tokens), 10, "the receipts")
    assert {(notice.message_id, notice.token) for notice in read()} == {
        (push().message_id, item) for item in tokens
    }
    paths = {path for path, _, _ in catcher.caught}
    assert paths == {CallbackTokens(b"k").path(vendor, "shop") if vendor in IN_THE_PUSH else "/console"}

    def answered() -> bool:
        told = sandbox.api.get("/reports").json()["receipts"][vendor]
        return bool(
            told["sent"] - before["sent"] == len(catcher.caught) and told["refused"] == before["refused"]
        )

    wait_until(answered, 10, "the vendor to be content with the answers")
    await adapter.close()


@pytest.mark.parametrize("vendor", IN_THE_PUSH)
async def test_a_push_names_the_address_of_the_callback_key_of_now(
    vendor: str, sandbox: Sandbox, catcher: Catcher
) -> None:
    tokens = CallbackTokens(b"k")
    adapter = opened(sandbox, vendor, catcher, tokens)
    assert adapter.receipt_parser
    catcher.answer = adapter.receipt_parser.reply
    behave(sandbox, vendor, catcher, "delivered")
    before = tokens.path(vendor, "shop")
    await sent(adapter, [token(1)])
    wait_until(lambda: {path for path, _, _ in catcher.caught} == {before}, 10, "a receipt")
    tokens.use(b"new", b"k")
    await sent(adapter, [token(2)])
    both = {before, tokens.path(vendor, "shop")}
    wait_until(lambda: {path for path, _, _ in catcher.caught} == both, 10, "a receipt to the new address")
    await adapter.close()


@pytest.mark.parametrize("count", [1, 3])
async def test_vivo_reports_lists_to_the_address_of_its_console(
    count: int, sandbox: Sandbox, catcher: Catcher
) -> None:
    """The new style, by the id that the console gave the address. See
    docs/reference/vendors/vivo.md#receipts.
    """
    adapter = opened(sandbox, "vivo", catcher, receipt_id="R1")
    parser = adapter.receipt_parser
    assert parser
    behave(sandbox, "vivo", catcher, "delivered")
    tokens = [token(n) for n in range(count)]
    await sent(adapter, tokens)
    wait_until(lambda: bool(catcher.caught), 10, "a receipt")
    assert {path for path, _, _ in catcher.caught} == {"/console"}
    (saved, *_) = (
        sandbox.received(vendor="vivo", token=tokens[0])
        if count == 1
        else [item for item in sandbox.received(vendor="vivo") if item["code"] == "saved"]
    )
    assert json.loads(str(saved["body"]))["extra"] == {
        "callback.id": "R1",
        "callback.param": push().message_id,
    }
    assert {notice.token for _, _, body in catcher.caught for notice in parser.parse(body)} == set(tokens)
    await adapter.close()


@pytest.mark.parametrize("vendor", SIGNED)
async def test_a_receipt_with_another_key_or_an_old_signature_is_refused(
    vendor: str, sandbox: Sandbox, catcher: Catcher
) -> None:
    adapter = opened(sandbox, vendor, catcher)
    parser = adapter.receipt_parser
    assert parser
    other = {"url": catcher.url, "user": "shop", "key": base64.b64encode(b"another").decode()}
    behave(sandbox, vendor, catcher, "delivered", consoles={vendor: other})
    await sent(adapter, [token(1)])
    wait_until(lambda: bool(catcher.caught), 10, "a receipt")
    with pytest.raises(InvalidSignature):
        parser.verify(*catcher.caught[0][1:], datetime.now(UTC))
    behave(sandbox, vendor, catcher, "delivered")
    await sent(adapter, [token(1)])
    wait_until(lambda: len(catcher.caught) == 2, 10, "another")
    assert parser.verify(*catcher.caught[1][1:], datetime.now(UTC))
    with pytest.raises(InvalidSignature):
        parser.verify(*catcher.caught[1][1:], datetime.now(UTC) + timedelta(minutes=11))
    await adapter.close()


async def test_the_sandbox_reports_a_wrong_reply_to_its_receipts(sandbox: Sandbox, catcher: Catcher) -> None:
    """Huawei looks into the answer (docs/reference/vendors/huawei.md#receipts)."""
    adapter = opened(sandbox, "huawei", catcher)
    behave(sandbox, "huawei", catcher, "delivered", times=3)
    before = sandbox.api.get("/reports").json()["receipts"].get("huawei", {"refused": 0})["refused"]
    await sent(adapter, [token(1)])
    wait_until(lambda: len(catcher.caught) == 3, 10, "a receipt, three times")
    assert len({tuple(headers.items()) for _, headers, _ in catcher.caught}) == 1, "word for word"

    def refused() -> bool:
        return bool(sandbox.api.get("/reports").json()["receipts"]["huawei"]["refused"] == before + 3)

    wait_until(refused, 10, "them to be counted as refused")
    await adapter.close()


def test_the_sandbox_refuses_an_invalid_plan(sandbox: Sandbox) -> None:
    for plan, told in (
        ({"consoles": {"apns": {}}}, "consoles.apns"),
        ({"consoles": {"huawei": {"key": "no base64!"}}}, "consoles.huawei.key"),
        ({"consoles": {"huawei": {"url": "ftp://x"}}}, "consoles.huawei.url"),
        ({"times": 0}, "times"),
        ({"delivered": 1}, "delivered"),
    ):
        answer = sandbox.api.put("/reports", json=plan)
        assert (answer.status_code, told in answer.json()["error"]) == (422, True), answer.text
    assert KEY not in sandbox.api.put("/reports", json={"consoles": {"huawei": {"key": KEY}}}).text
