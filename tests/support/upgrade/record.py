"""Records a store that the checked-out version of Pushgate writes: API, schedulers and workers run.

A later version is tested against it. Run it in a checkout of the version that is to be recorded:
`python -m tests.support.upgrade.record FOLDER`; a version without this file takes it from a newer
checkout. FOLDER gets `store.gz` and `answers.json`, what the API answered about the store.
"""

import json
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.faults.deployment import Deployment, run_deployment
from tests.support.faults.terminals import token
from tests.support.upgrade import recorded_store

VENDORS = ("apns", "fcm", "huawei", "xiaomi", "honor", "oppo", "vivo", "meizu")
TERMINALS = 1300
CROWD, DEAD, MOVED, REMOVED = 70, 6, 60, 40
LANGUAGES = ("en", "zh-Hans", "pt-BR")
LATE_LANGUAGES = ("en-AU", "en-IN")
"""They come after as many languages as the app may have, so that their groups have others."""
_BODY = {"content": {"en": {"title": "Sale", "body": "Today"}}, "default_language": "en"}
_SCHEDULED = timedelta(days=20)


class Recording:
    """What is done with a deployment, and the answers of its API."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.messages: dict[str, str] = {}
        """Ids by what became of the messages."""

    def call(self, method: str, path: str, body: object = None, **headers: str) -> Any:  # JSON
        """A call of the API that succeeds."""
        answer = self.deployment.api.request(method, path, json=body, headers=headers, timeout=60)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json() if answer.content else None

    def push(self, name: str, audience: dict[str, object], **more: object) -> str:
        """Store a message under a name."""
        created = self.call("POST", "/v1/messages", _BODY | {"audience": audience} | more)
        self.messages[name] = created["id"]
        return self.messages[name]

    def wait_until_sent(self) -> None:
        """Wait until every message is sent."""
        for message in self.messages.values():
            deadline = time.monotonic() + 60
            while (found := self.call("GET", f"/v1/messages/{message}/results"))["pending"] or (
                found["status"] != "sent"
            ):
                assert time.monotonic() < deadline, found
                time.sleep(0.1)


def terminal(number: int) -> dict[str, object]:
    """A terminal's registration. Its tags are terms of each form."""
    vendor, is_late = VENDORS[number % len(VENDORS)], number >= TERMINALS - 30
    secret = token(vendor, number)
    languages = LATE_LANGUAGES if is_late else LANGUAGES
    return {
        "id": f"t-{number}",
        "vendor": vendor,
        "token": f"dead{secret[4:]}" if number < DEAD else secret,
        "language": languages[number // len(VENDORS) % len(languages)],
        "user": "crowd" if number < CROWD else f"u-{number // 3}",
        "tags": ["all", *(["third"] if number % 3 == 0 else []), *(["few"] if number % 130 == 0 else [])],
        "timezone": "Asia/Shanghai" if number % 2 else None,
    }


def register(run: Recording) -> None:
    """Register terminals; some move to other groups, are removed, and are registered again."""
    for start in range(0, TERMINALS, 100):
        for number in range(start, min(start + 100, TERMINALS)):
            body = terminal(number)
            run.call("PUT", f"/v1/terminals/{body.pop('id')}", body)
    for number in range(200, 200 + MOVED):
        run.call("PATCH", f"/v1/terminals/t-{number}", {"language": "en" if number % 2 else "zh-Hans"})
    for number in range(200, 220):
        run.call(
            "PATCH", f"/v1/terminals/t-{number}", {"vendor": "oppo", "token": token("oppo", 9000 + number)}
        )
    for number in range(400, 400 + REMOVED):
        run.call("DELETE", f"/v1/terminals/t-{number}")
    for number in range(400, 410):
        body = terminal(number)
        run.call("PUT", f"/v1/terminals/{body.pop('id')}", body)


def send(run: Recording, deployment: Deployment) -> None:
    """Store messages of all stages, large and small ones. No worker lives at the end."""
    rules = (
        {"vendor": "vivo", "error": "10050", "times": 2},
        {"vendor": "meizu", "error": "110002", "times": 1},
    )
    deployment.sandbox.misbehave(*rules)
    deployment.sandbox.api.put(
        "/reports",
        json={"url": str(deployment.api.base_url), "delivered_share": 0.5, "clicked_share": 0.2, "delay": 0},
    ).raise_for_status()
    run.push("large sent", {"all": True})
    run.push("small sent", {"terminals": [f"t-{n}" for n in (1, 100, 205, 300, 401, 420)]})
    run.push("users sent", {"users": ["crowd", "u-40", "u-41"]})
    run.push("tokens sent", {"tokens": [{"vendor": "fcm", "token": token("fcm", 70_000), "language": "en"}]})
    run.wait_until_sent()
    time.sleep(2)  # client apps report
    push_time = (datetime.now(UTC) + _SCHEDULED).isoformat()
    run.push("large scheduled", {"all": True}, push_time=push_time)
    run.push("small scheduled", {"terminals": ["t-500", "t-501"]}, push_time=push_time)
    revised = run.push("small revised", {"users": ["u-200"]}, push_time=push_time)
    later = {"content": {"en": {"title": "Later", "body": "Tomorrow"}}}
    run.call("PATCH", f"/v1/messages/{revised}", later)
    cancelled: dict[str, dict[str, object]] = {
        "large cancelled": {"all": True},
        "small cancelled": {"terminals": ["t-510"]},
    }
    for name, audience in cancelled.items():
        run.call("POST", f"/v1/messages/{run.push(name, audience, push_time=push_time)}/cancel")
    deployment.sandbox.misbehave({"vendor": "xiaomi", "error": "10001"})
    run.push("large retried", {"terminals": [f"t-{n}" for n in range(600, 800)]}, options={"ttl": 2_000_000})
    run.push("small retried", {"terminals": ["t-603", "t-611"]}, options={"ttl": 2_000_000})
    time.sleep(2)
    for worker in ("worker-1", "worker-2"):
        deployment.kill(worker)
    run.push("large sending", {"all": True}, options={"ttl": 2_000_000})
    run.push("small sending", {"terminals": ["t-700", "t-701"]}, options={"ttl": 2_000_000})
    time.sleep(3)


def answers(run: Recording) -> dict[str, object]:
    """What the API says about terminals and messages."""
    found = {}
    for number in range(TERMINALS):
        answer = run.deployment.api.get(f"/v1/terminals/t-{number}")
        if answer.status_code == 200:
            found[f"t-{number}"] = answer.json()
    messages = {
        name: {
            "message": run.call("GET", f"/v1/messages/{message}"),
            "results": run.call("GET", f"/v1/messages/{message}/results"),
        }
        for name, message in run.messages.items()
    }
    return {"terminals": found, "messages": messages}


def main(folder: Path) -> None:
    """Record into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="pg") as place,
        run_deployment(Path(place) / "s", settings={"api": {"max_languages": len(LANGUAGES)}}) as deployment,
    ):
        run = Recording(deployment)
        register(run)
        send(run, deployment)
        found = answers(run)
        for name in list(deployment.processes):
            deployment.kill(name)
        with deployment.redis() as store:
            recorded_store.write(folder / "store.gz", recorded_store.record(store))
    (folder / "answers.json").write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
