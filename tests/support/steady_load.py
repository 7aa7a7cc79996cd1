"""A steady load of small messages, whose every message is sent until it is taken."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Mapping

import httpx

CONTENT = {"en": {"title": "Steady", "body": "load"}}
_PATIENCE = 30.0
"""Seconds for which one message is tried."""


class SteadyLoad:
    """Threads that post messages to tokens of their own, at a rate in all.

    `taken` has the token of each message that was taken. A request that fails is repeated under its
    idempotency key; `failures` counts what failed on the way, by status and code.
    """

    def __init__(self, api: str, key: str, per_second: int, threads: int = 4) -> None:
        self._api = api
        self._key = key
        self._pause = threads / per_second
        self._numbers = itertools.count(1)
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._post_steadily, daemon=True) for _ in range(threads)]
        self.taken: dict[str, str] = {}
        self.lost: list[str] = []
        self.failures: Counter[str] = Counter()

    def __enter__(self) -> "SteadyLoad":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Post no more; returns when the last message is taken."""
        self._stop.set()
        for thread in self._threads:
            thread.join(2 * _PATIENCE)

    def _post_steadily(self) -> None:
        headers = {"Authorization": f"Bearer {self._key}"}
        next_at = time.monotonic()
        with httpx.Client(base_url=self._api, headers=headers, timeout=10, trust_env=False) as client:
            while not self._stop.is_set():
                number = next(self._numbers)
                vendor = ("apns", "fcm")[number % 2]
                self._post(client, vendor, f"{number:064x}")
                next_at = max(next_at + self._pause, time.monotonic() - 1)
                self._stop.wait(max(0.0, next_at - time.monotonic()))

    def _post(self, client: httpx.Client, vendor: str, token: str) -> None:
        audience = {"tokens": [{"vendor": vendor, "token": token}]}
        body: Mapping[str, object] = {"content": CONTENT, "audience": audience}
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            try:
                answer = client.post("/v1/messages", json=body, headers={"Idempotency-Key": token})
            except httpx.TransportError as error:
                self.failures[type(error).__name__] += 1
            else:
                if answer.status_code == 202:
                    self.taken[token] = vendor
                    return
                self.failures[f"{answer.status_code} {answer.json().get('code')}"] += 1
            time.sleep(0.05)
        self.lost.append(token)
