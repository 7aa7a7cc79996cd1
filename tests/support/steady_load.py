"""A steady load of small messages, whose every message is sent until it is taken."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence

import httpx

CONTENT = {"en": {"title": "Steady", "body": "load"}}
_PATIENCE = 30.0
"""Seconds for which one message is tried."""


class SteadyLoad:
    """Threads that post messages to tokens of their own, at a rate in all.

    `taken` has the token of each message that was taken. A request that fails is repeated under its
    idempotency key; `failures` counts what failed on the way, by status and code.
    """

    def __init__(self, apis: Sequence[str], key: str, per_second: int, threads: int = 4) -> None:
        """`apis` are addresses of the same gateway: a thread that reaches one of them no longer
        takes the next one.
        """
        self._apis = apis
        self._key = key
        self._pause = threads / per_second
        self._numbers = itertools.count(time.time_ns())  # each load has tokens and keys of its own
        self._turns = itertools.cycle(apis)
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
        next_at, api = time.monotonic(), next(self._turns)
        with httpx.Client(
            headers=headers, timeout=10 if len(self._apis) == 1 else 2, trust_env=False
        ) as client:
            while not self._stop.is_set():
                number = next(self._numbers)
                vendor = ("apns", "fcm")[number % 2]
                api = self._post(client, api, vendor, f"{number:064x}")
                next_at = max(next_at + self._pause, time.monotonic() - 1)
                self._stop.wait(max(0.0, next_at - time.monotonic()))

    def _post(self, client: httpx.Client, api: str, vendor: str, token: str) -> str:
        """Post a message; returns the address that took it."""
        audience = {"tokens": [{"vendor": vendor, "token": token}]}
        body: Mapping[str, object] = {"content": CONTENT, "audience": audience}
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            try:
                headers = {"Idempotency-Key": token}
                answer = client.post(f"{api}/v1/messages", json=body, headers=headers)
            except httpx.TransportError as error:
                self.failures[type(error).__name__] += 1
                api = self._apis[(self._apis.index(api) + 1) % len(self._apis)]
            else:
                if answer.status_code == 202:
                    self.taken[token] = vendor
                    return api
                self.failures[f"{answer.status_code} {answer.json().get('code')}"] += 1
            time.sleep(0.05)
        self.lost.append(token)
        return api
