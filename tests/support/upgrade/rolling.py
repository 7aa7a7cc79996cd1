"""Processes are exchanged one after the other for those of another build, while everything runs."""

import json
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from redis import exceptions
from tests.support.engines import wait_until
from tests.support.faults.deployment import Deployment
from tests.support.faults.event_checks import EventChecks
from tests.support.faults.injection import VENDORS
from tests.support.faults.result_checks import STATES, check_states, read_results
from tests.support.faults.scenario import create_message, wait_until_ended
from tests.support.faults.small_checks import (
    ReceivedPushes,
    check_listing,
    check_nothing_left,
    check_small_messages,
)
from tests.support.faults.small_load import SmallLoad
from tests.support.faults.webhook_play import WebhookPlays

ORDER = ("scheduler-1", "scheduler-2", "worker-1", "worker-2", "webhook-sender-1", "api")
"""In which order the documents tell to exchange processes."""
ONE_OF_EACH = ("scheduler-1", "worker-1", "webhook-sender-1", "api")
"""The same, where others of a kind stay."""
_WITH_BROADCAST = ("scheduler-1", "worker-1", "worker-2", "api")
"""Before whose exchange a broadcast is created."""
_START_SECONDS, _END_SECONDS = 60, 60
_PAUSE = 0.5
"""Seconds between two requests for small messages: to exchange processes takes minutes."""


@dataclass(kw_only=True)
class Restarts:
    """What a play came to; `faults` is empty where it succeeded."""

    seconds: float = 0.0
    broadcasts: list[str] = field(default_factory=list)
    small: int = 0
    duplicates: int = 0
    versions: set[str] = field(default_factory=set)
    """The versions that ran beside each other."""
    faults: list[str] = field(default_factory=list)


class RollingRestart:
    """A deployment under load, whose processes are exchanged."""

    def __init__(self, deployment: Deployment, webhook: WebhookPlays, terminals: int, seed: int) -> None:
        self._deployment = deployment
        self._webhook = webhook
        self._terminals = terminals
        self._events = EventChecks(deployment)
        rng, name = random.Random(seed), f"rolling{int(time.time())}"
        self._load = SmallLoad(deployment, rng, name, one_build=False, pause=_PAUSE)
        self._received = ReceivedPushes(deployment)
        self._found = Restarts()

    def run(self, *turns: tuple[Path | None, Sequence[str]]) -> Restarts:
        """Exchange processes for those of another build, in turns, and check the end. A turn is the
        folder of the build's packages, None for this checkout, and the names of processes.
        """
        started_at, found = time.monotonic(), self._found
        self._load.start()
        try:
            for build, names in turns:
                self._deployment.source = build
                for name in names:
                    if name in _WITH_BROADCAST:
                        self._send()
                    self._exchange(name)
        finally:
            self._load.finish()
        for message in found.broadcasts:
            results = wait_until_ended(self._deployment, message, time.monotonic(), found.faults)
            states = {name: int(str(results[name])) for name in STATES}
            check_states(self._deployment, message, self._terminals, states, found.faults)
        self._check_end()
        found.seconds = time.monotonic() - started_at
        return found

    def _send(self) -> None:
        """Create a broadcast. The one API process may just be starting."""
        key, created = f"rolling-{time.monotonic()}", list[str]()

        def create() -> bool:
            message = create_message(self._deployment, key, "at_least_once")
            created.extend([message] if message else [])
            return bool(created)

        wait_until(create, _START_SECONDS, "the API to take a broadcast")
        self._found.broadcasts.append(created[0])

    def _exchange(self, name: str) -> None:
        """Stop a process in order and start that of the other build, looking at results."""
        code = self._deployment.drain(name)
        if code:
            self._found.faults.append(f"{name} ended with {code}")
        self._deployment.start(name)
        wait_until(lambda: self._look(len(ORDER)), _START_SECONDS, f"{name} to run")

    def _look(self, processes: int) -> bool:
        """Look at results, pushes and events; returns whether so many processes are alive."""
        time.sleep(0.1)
        for message in self._found.broadcasts[-2:]:
            read_results(self._deployment, message, self._found.faults)
        self._received.read()
        self._events.read()
        beats = [json.loads(value.partition(b" ")[2]) for value in self._heartbeats()]
        if len({beat["version"] for beat in beats}) > 1:
            self._found.versions |= {beat["version"] for beat in beats}
        return len(beats) == processes

    def _heartbeats(self) -> list[bytes]:
        for master in self._deployment.store.masters():
            with suppress(exceptions.ResponseError):  # another master of a cluster has the slot
                return cast("list[bytes]", master.hvals("{q}:processes"))
        return []

    def _check_end(self) -> None:
        found, deployment = self._found, self._deployment
        messages = list(self._load.messages.values())
        deadline = time.monotonic() + _END_SECONDS
        check_small_messages(deployment, messages, self._received, deadline, found.faults)
        check_listing(deployment, messages, found.faults)
        check_nothing_left(deployment, found.faults)
        found.faults += self._load.faults + self._webhook.compare(found.broadcasts)
        self._events.check(
            found.broadcasts, [message.message_id for message in messages], found.faults, lost_plans=False
        )
        self._events.close()
        found.small = len(messages)
        found.duplicates = sum(deployment.sandbox.summary(vendor)["duplicates"] for vendor in VENDORS)
