"""Apps, credentials and keys change under load, and every process is killed in turn: nothing is
lost, nothing is refused for want of knowledge, and every change is live without a restart.
"""

import hashlib
import json
import os
import signal
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from tests.support.app_documents import by_contents
from tests.support.engines import wait_until
from tests.support.steady_load import CONTENT, SteadyLoad
from tests.support.system import System, children, running
from tests.support.webhooks.receiver import WebhookReceiver, receiving

from pushgate.sandbox.key_files import private_key_pem

PATIENCE = 120
"""How long a test waits for what comes within seconds on a machine that has nothing else to do."""
PER_SECOND = 100
ALONE = 100
"""So many pushes in turn of two workers have the new credential once both have it."""
QUICK = {
    "PUSHGATE_WORKER__LEASE": "PT3S",
    "PUSHGATE_SCHEDULER__RESUBMIT_AFTER": "PT3S",
    "PUSHGATE_SCHEDULER__SWEEP_INTERVAL": "PT1S",
}
"""Lost work is found soon."""
NEW_APNS_KEY, NEW_FCM_KEY = "NEWKEY0001", "ab" * 20


@pytest.fixture
def operated(tmp_path: Path) -> Iterator[System]:
    with running(tmp_path, QUICK, "--workers", "2") as system:
        key = (system.folder / "data" / "operator.key").read_text("utf-8").strip()
        system.anyone.headers["Authorization"] = f"Bearer {key}"
        yield system


def test_changes_at_run_time_under_load_with_every_process_killed(operated: System) -> None:
    sections = vendors_of_the_sandbox(operated)
    key = make_app(operated, "shop", sections)
    operated.sandbox.delete("/received").raise_for_status()
    with (
        receiving() as receiver,
        SteadyLoad([str(operated.anyone.base_url).rstrip("/")], key, PER_SECOND) as load,
    ):
        wait_until(lambda: len(load.taken) > PER_SECOND, PATIENCE, "the load")
        add_an_app(operated, sections)
        earlier = add_a_webhook(operated, receiver, load)
        rotate(operated, "apns", new_apns_section(operated, sections["apns"]))
        rotate(operated, "fcm", new_fcm_section(operated, sections["fcm"]))
        revoke_a_key(operated)
        for name in ("scheduler", "worker", "webhook-sender", "api", "gearman"):
            kill(operated, load, name)
        told = Told(receiver)
        wanted = {digest(token) for token in load.taken.keys() - earlier}
        wait_until(lambda: wanted <= told.digests(), PATIENCE, "an event of every message")
        kill(operated, load, "valkey")
        load.stop()
        assert load.lost == []
        refusals = {failure for failure in load.failures if failure[0].isdigit()}
        assert refusals <= {"503 engine_unavailable", "503 outcome_unknown"}, load.failures
        wait_until(lambda: delivered(operated) >= len(load.taken), PATIENCE, "every message at its vendor")


def add_a_webhook(system: System, receiver: WebhookReceiver, load: SteadyLoad) -> set[str]:
    """A webhook that is made now is told of what comes now; returns the tokens from before."""
    made = call(system, "POST", "/v1/keys", {"app": "shop", "scopes": ["admin"]})
    headers = {"Authorization": f"Bearer {made['key']}"}
    body = {"url": receiver.url, "types": ["terminal.accepted"], "expand": True}
    added = system.anyone.post("/v1/webhooks", json=body, headers=headers)
    assert added.status_code == 201, added.text
    earlier = set(load.taken)
    wait_until(lambda: bool(receiver.requests), PATIENCE, "the first event")
    return earlier


class Told:
    """The digests of the push tokens that a receiver was told of; each request is read once."""

    def __init__(self, receiver: WebhookReceiver) -> None:
        self._receiver = receiver
        self._read = 0
        self._digests: set[str] = set()

    def digests(self) -> set[str]:
        """All so far."""
        new = self._receiver.requests[self._read :]
        self._read += len(new)
        events = [event for request in new for event in json.loads(request.body)["data"]["events"]]
        self._digests |= {one["token_digest"] for one in events if one["type"] == "terminal.accepted"}
        return self._digests


def digest(token: str) -> str:
    """What events have in the place of a push token."""
    return hashlib.sha256(token.encode()).hexdigest()


def vendors_of_the_sandbox(system: System) -> dict[str, dict[str, object]]:
    """The sections of APNs and FCM by their contents, as the demo has them in its file."""
    demo = tomllib.loads((system.folder / "data" / "run.toml").read_text("utf-8"))["apps"]["demo"]
    return {name: by_contents(demo[name]) for name in ("apns", "fcm")}


def call(system: System, method: str, path: str, body: object = None) -> dict[str, Any]:
    """Call the API as an operator."""
    answer = system.anyone.request(method, path, json=body)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json() if answer.content else {}
    return found


def make_app(system: System, app: str, sections: dict[str, dict[str, object]]) -> str:
    """Make an app with these vendors; returns a key of it."""
    call(system, "PUT", f"/v1/apps/{app}", {})
    for vendor, section in sections.items():
        call(system, "PUT", f"/v1/apps/{app}/vendors/{vendor}", section)
    return str(call(system, "POST", "/v1/keys", {"app": app, "scopes": ["push", "read"]})["key"])


def add_an_app(system: System, sections: dict[str, dict[str, object]]) -> None:
    """An app that is made now sends now, and is gone when it is deleted."""
    key = make_app(system, "fresh", sections)
    headers = {"Authorization": f"Bearer {key}"}
    body = {"content": CONTENT, "audience": {"tokens": [{"vendor": "apns", "token": "fe" * 32}]}}
    sent = system.anyone.post("/v1/messages", json=body, headers=headers)
    assert sent.status_code == 202, sent.text
    query = {"vendor": "apns", "token": "fe" * 32}
    wait_until(
        lambda: bool(system.sandbox.get("/received", params=query).json()["received"]), PATIENCE, "the push"
    )
    call(system, "DELETE", "/v1/apps/fresh?confirm=fresh")
    assert system.anyone.post("/v1/messages", json=body, headers=headers).status_code == 401


def rotate(system: System, vendor: str, section: dict[str, object]) -> None:
    """The vendor sees the new credential, and soon the old one no more."""
    seen = Pushes(system, vendor)
    wait_until(lambda: bool(seen.read()), PATIENCE, f"pushes to {vendor}")
    before = {row["credential"] for row in seen.rows}
    call(system, "PUT", f"/v1/apps/shop/vendors/{vendor}?keep_previous=1h", section)
    wait_until(
        lambda: seen.are_without(before), PATIENCE, f"pushes to {vendor} with the new credential alone"
    )
    assert all(row["status"] == 200 for row in seen.rows[-ALONE:])


class Pushes:
    """The pushes that a vendor got, each read once."""

    def __init__(self, system: System, vendor: str) -> None:
        self._system = system
        self._vendor = vendor
        self._after = 0
        self.rows: list[dict[str, Any]] = []

    def read(self) -> list[dict[str, Any]]:
        """All pushes so far."""
        query: dict[str, str | int] = {"after": self._after, "limit": 5000, "vendor": self._vendor}
        found = self._system.sandbox.get("/received", params=query).json()["received"]
        if found:
            self._after = found[-1]["number"]
            self.rows += [row for row in found if row["tokens"]]
            return self.read()
        return self.rows

    def are_without(self, credentials: set[str]) -> bool:
        """Whether the last ones have none of these credentials."""
        last = self.read()[-ALONE:]
        return not any(row["credential"] in credentials for row in last)


def new_apns_section(system: System, section: dict[str, object]) -> dict[str, object]:
    """The section with another key of the team."""
    key = private_key_pem(ec.generate_private_key(ec.SECP256R1())).decode()
    (system.folder / "data" / "sandbox" / f"apns-{NEW_APNS_KEY}.p8").write_text(key, "utf-8")
    return {**section, "key_id": NEW_APNS_KEY, "key": key}


def new_fcm_section(system: System, section: dict[str, object]) -> dict[str, object]:
    """The section with another key of the service account."""
    key = private_key_pem(rsa.generate_private_key(65537, 2048)).decode()
    account = json.loads(str(section["service_account"]))
    text = json.dumps({**account, "private_key": key, "private_key_id": NEW_FCM_KEY})
    (system.folder / "data" / "sandbox" / f"fcm-{NEW_FCM_KEY}.json").write_text(text, "utf-8")
    return {**section, "service_account": text}


def revoke_a_key(system: System) -> None:
    """A key is refused as soon as it is revoked."""
    made = call(system, "POST", "/v1/keys", {"app": "shop", "scopes": ["read"]})
    headers = {"Authorization": f"Bearer {made['key']}"}
    assert system.anyone.get("/v1/messages", headers=headers).status_code == 200
    call(system, "DELETE", f"/v1/keys/{made['id']}")
    assert system.anyone.get("/v1/messages", headers=headers).status_code == 401


def kill(system: System, load: SteadyLoad, name: str) -> None:
    """Kill a process as a crash does, and wait until its successor runs and the load goes on."""
    pid = children(system.process.pid)[name]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: children(system.process.pid).get(name, pid) != pid, PATIENCE, f"another {name}")
    before = len(load.taken)
    wait_until(lambda: len(load.taken) > before + PER_SECOND, PATIENCE, f"life after {name}")


def delivered(system: System) -> int:
    """How many tokens got their message, those of the other app left out."""
    vendors = system.sandbox.get("/summary").json()["vendors"]
    tokens: int = sum(vendors[name]["distinct_tokens"] for name in ("apns", "fcm"))
    return tokens - 1
