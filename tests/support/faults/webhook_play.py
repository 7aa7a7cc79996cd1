"""One play: a broadcast and small messages while senders, workers, the store and the receiver of a
webhook fail as a seed decides. At its end what the receiver added up must equal the results.

`python -m tests.support.faults.webhook_play --seeds 20 [--first 0] [--terminals 50000]` runs any
number of them; failing seeds are printed.
"""

import argparse
import random
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import httpx
import orjson
from tests.support.faults.deployment import APP, Deployment, Sections, run_deployment
from tests.support.faults.terminals import register, terminal_id
from tests.support.sealing import key_text
from tests.support.webhooks.receiver import Behaviour, Received, Reply, WebhookReceiver, receiving
from tests.support.webhooks.summing import Books

from pushgate.eventlog.keys import stream_key

SENDERS = 2
SMALL_MESSAGES = 5000
_BATCH = 500
_READERS = 4
_PLAY_SECONDS = 5.0
_END_TIMEOUT = 240.0
_PROCESSES = (
    "webhook-sender-1",
    "webhook-sender-2",
    "webhook-sender-1",
    "webhook-sender-2",
    "worker-1",
    "worker-2",
)
_COUNTED = (
    "pending", "accepted", "invalid", "rejected", "expired", "cancelled",
    "delivered", "clicked", "unproven", "muted", "gone", "recalled",
)  # fmt: skip
SETTINGS: Sections = {
    "secrets": {"key": key_text(b"a")},
    "webhooks": {"allow_loopback": True, "timeout": 2.0},
}


@dataclass(kw_only=True)
class PlayResult:
    """What a play came to; `faults` is empty where it succeeded."""

    seed: int
    seconds: float
    events: int
    repeated: int
    gaps: int
    schedule: list[str]
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        summary = (
            f"seed {self.seed}: {self.seconds:.1f} s, {self.events} events, {self.repeated} came again, "
            f"{self.gaps} gaps"
        )
        return "\n  ".join([summary, *self.schedule, *(f"WRONG: {fault}" for fault in self.faults)])


class WebhookPlays:
    """A deployment with one webhook, and the receiver's books."""

    def __init__(self, deployment: Deployment, receiver: WebhookReceiver, terminals: int) -> None:
        self._deployment = deployment
        self._receiver = receiver
        self._terminals = terminals
        self._api = deployment.api
        admin = deployment.client(APP, "admin")
        answer = admin.post("/v1/webhooks", json={"url": receiver.url, "types": ["*"]})
        assert answer.status_code == 201, answer.text
        self._books = Books(answer.json()["secret"])
        admin.close()

    def run(self, seed: int, small: int = SMALL_MESSAGES) -> PlayResult:
        """Run the play of a seed."""
        rng, started_at, schedule = random.Random(seed), time.monotonic(), list[str]()
        before = self._books.events, self._books.repeated, self._books.gaps
        self._receiver.behaviour = self._behaviour(rng)
        with ThreadPoolExecutor(1) as pool:
            sending = pool.submit(self._send, f"{seed}-{int(time.time())}", small)
            self._inject(rng, started_at, schedule)
            messages = sending.result()
        self._receiver.behaviour = self.take
        faults = self.compare(messages)
        faults += self._books.faults
        self._books.faults = []
        return PlayResult(
            seed=seed,
            seconds=time.monotonic() - started_at,
            events=self._books.events - before[0],
            repeated=self._books.repeated - before[1],
            gaps=self._books.gaps - before[2],
            schedule=schedule,
            faults=faults,
        )

    def take(self, request: Received) -> Reply:
        """A receiver that takes everything at once."""
        self._books.add(request)
        return Reply()

    def _behaviour(self, rng: random.Random) -> Behaviour:
        """A receiver that is slow, fails, and forgets to answer what it took."""

        def answer(request: Received) -> Reply:
            draw = rng.random()
            if draw < 0.05:
                return Reply(500)
            if draw < 0.08:
                return Reply(429, {"retry-after": "1"})
            self._books.add(request)
            if draw < 0.11:
                return Reply(503)  # it took the request all the same
            return Reply(delay=3.0 if draw < 0.13 else rng.uniform(0, 0.1))

        return answer

    def _send(self, key: str, small: int) -> list[str]:
        """Create a broadcast and small messages. Returns their ids."""
        content = {"en": {"title": "t", "body": "b"}}
        messages = self._create([{"content": content, "audience": {"all": True}}], f"{key}-all")
        for first in range(0, small, _BATCH):
            bodies = [
                {"content": content, "audience": {"terminals": [terminal_id(number % self._terminals)]}}
                for number in range(first, min(small, first + _BATCH))
            ]
            messages += self._create(bodies, f"{key}-{first}")
        return messages

    def _create(self, bodies: Sequence[object], key: str) -> list[str]:
        """Create messages by one batch, which is repeated until all of it is acknowledged."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                answer = self._api.post(
                    "/v1/messages:batch",
                    json={"messages": bodies},
                    headers={"Idempotency-Key": key},
                    timeout=10,
                )
            except httpx.HTTPError:
                continue
            if answer.status_code == 200:
                results = answer.json()["results"]
                if all(result["status"] == 202 for result in results):
                    return [result["message"]["id"] for result in results]
            time.sleep(0.1)
        raise AssertionError("the API takes no messages")

    def _inject(self, rng: random.Random, started_at: float, schedule: list[str]) -> None:
        """Kill processes, restart the store, stop the receiver, and trim the streams meanwhile;
        repair all at the end.
        """
        kinds = ["process"] * 5 + ["receiver", "store", "trim"]
        rng.shuffle(kinds)
        while kinds and (now := time.monotonic() - started_at) < _PLAY_SECONDS:
            kind, length = kinds.pop(), rng.uniform(0, 0.8)
            target = rng.choice(_PROCESSES) if kind == "process" else kind
            schedule.append(f"{now:.1f} {target} for {length:.1f}")
            self._break(kind, target)
            time.sleep(length)
            self._mend(kind)
            if kind != "process" or rng.random() < 0.7:
                self._start_all()
            time.sleep(rng.uniform(0, 0.4))
        self._start_all()

    def _break(self, kind: str, target: str) -> None:
        match kind:
            case "process":
                self._deployment.kill(target)
            case "store":
                self._deployment.valkey.stop(signal.SIGKILL)
            case _:
                self._receiver.stop()

    def _mend(self, kind: str) -> None:
        match kind:
            case "store":
                self._deployment.valkey.start()
            case "receiver":
                self._receiver.start()
            case "trim":
                # Events that the receiver has not got are gone, as after a long outage.
                with self._deployment.redis() as redis:
                    for shard in range(APP.shards):
                        redis.xtrim(stream_key(APP, shard), maxlen=3, approximate=False)
                self._receiver.start()

    def _start_all(self) -> None:
        for name in sorted(set(_PROCESSES)):
            self._deployment.start(name)

    def compare(self, messages: Sequence[str]) -> list[str]:
        """Wait until all messages are sent to their end and told; returns what differs."""
        deadline = time.monotonic() + _END_TIMEOUT
        while self._is_under_way(messages) and time.monotonic() < deadline:
            time.sleep(0.2)
        wrong: dict[str, str] = dict.fromkeys(messages, "is not at its end")
        while wrong and time.monotonic() < deadline:
            told = self._books.all()
            with ThreadPoolExecutor(_READERS) as pool:
                parts = [list(wrong)[number::_READERS] for number in range(_READERS)]
                results = [pair for found in pool.map(self._results, parts) for pair in found]
            for message, counts in results:
                if counts is None:
                    continue
                if counts == told.get(message, {}):
                    del wrong[message]
                else:
                    wrong[message] = f"results {counts}, told {told.get(message)}"
            time.sleep(0.3)
        return [f"{message}: {text}" for message, text in list(wrong.items())[:20]]

    def _is_under_way(self, messages: Sequence[str]) -> bool:
        """Whether the receiver still waits for events, by its own books."""
        told = self._books.all()
        return any("pending" in told.get(message, {"pending": 1}) for message in messages)

    def _results(self, messages: Sequence[str]) -> list[tuple[str, dict[str, int] | None]]:
        """The results of messages at their ends, without zeros; None before."""
        # httpx takes ten times as long for so many small requests.
        connection = HTTPConnection("127.0.0.1", self._deployment.port, timeout=10)
        headers = {"authorization": self._api.headers["authorization"]}
        found: list[tuple[str, dict[str, int] | None]] = []
        with suppress(OSError, HTTPException), closing(connection):
            for message in messages:
                connection.request("GET", f"/v1/messages/{message}/results", headers=headers)
                answer = connection.getresponse()
                body = answer.read()
                found.append((message, _counts(body) if answer.status == 200 else None))
        return found


def _counts(body: bytes) -> dict[str, int] | None:
    found = orjson.loads(body)
    if found["status"] != "sent" or found["pending"]:
        return None
    return {name: found[name] for name in _COUNTED if found[name]}


def main() -> int:
    """Run the plays of these seeds. The exit code is 1 where one of them failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--terminals", type=int, default=50_000)
    options = parser.parse_args()
    failed = []
    with (
        tempfile.TemporaryDirectory(prefix="pg") as folder,
        run_deployment(Path(folder) / "s", settings=SETTINGS, senders=SENDERS) as deployment,
        receiving() as receiver,
    ):
        register(deployment, options.terminals)
        plays = WebhookPlays(deployment, receiver, options.terminals)
        for seed in range(options.first, options.first + options.seeds):
            result = plays.run(seed)
            sys.stdout.write(f"{result}\n")
            sys.stdout.flush()
            if result.faults:
                failed.append(seed)
    sys.stdout.write(f"failed seeds: {failed}\n" if failed else "no seed failed\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
