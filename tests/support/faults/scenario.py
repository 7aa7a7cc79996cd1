"""One scenario: broadcasts under a schedule of faults that a seed decides, and checks at its end.

`python -m tests.support.faults.scenario --seeds 200 [--first 0] [--terminals 50000]` runs any
number of them; failing seeds are printed.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from tests.support.engines import wait_until
from tests.support.faults.deployment import Deployment, run_deployment
from tests.support.faults.duplicates import allowed_duplicates
from tests.support.faults.event_checks import EventChecks
from tests.support.faults.injection import (
    SCENARIO_SECONDS,
    VENDORS,
    Fault,
    inject,
    recover,
    schedule_faults,
)
from tests.support.faults.result_checks import STATES, check_states, read_results
from tests.support.faults.small_checks import (
    ReceivedPushes,
    check_listing,
    check_nothing_left,
    check_small_messages,
)
from tests.support.faults.small_load import SmallLoad
from tests.support.faults.terminals import register

MESSAGES = 5
END_TIMEOUT = 300.0


@dataclass(kw_only=True)
class SmallResult:
    """What the small messages of a scenario came to."""

    messages: int
    repeated: int
    states: dict[str, int]
    taken: int
    duplicates: dict[str, int]

    def __str__(self) -> str:
        return (
            f"{self.messages} small messages, {self.repeated} repeated, {self.states}, "
            f"{sum(self.duplicates.values())} duplicates"
        )


@dataclass(kw_only=True)
class ScenarioResult:
    """What a scenario came to; `faults` is empty where it succeeded."""

    seed: int
    seconds: float
    states: dict[str, int]
    duplicates: dict[str, int]
    allowed: dict[str, int]
    schedule: list[str]
    small: SmallResult
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        summary = (
            f"seed {self.seed}: {self.seconds:.1f} s, {self.states}, "
            f"duplicates {self.duplicates} of {self.allowed} allowed; {self.small}"
        )
        return "\n  ".join(
            [summary, *self.schedule, *(f"WRONG: {fault}" for fault in dict.fromkeys(self.faults))]
        )


def run_scenario(deployment: Deployment, seed: int, terminals: int) -> ScenarioResult:
    """Send broadcasts to all terminals, and small messages, while the faults of the seed are
    injected.
    """
    rng = random.Random(seed)
    at_most_once = seed % 3 == 2
    reset(deployment)
    started_at = time.monotonic()
    schedule = schedule_faults(rng)
    faults, injected = list[str](), Counter[str]()
    delivery = "at_most_once" if at_most_once else "at_least_once"
    events = EventChecks(deployment)
    load = SmallLoad(deployment, rng, f"{seed}r{int(time.time())}")
    with ReceivedPushes(deployment) as received:
        load.start()
        try:
            messages = _send_under_faults(deployment, schedule, injected, delivery, faults, events)
        finally:
            load.finish()
        states = check_messages(deployment, messages, terminals, started_at, faults)
        small = check_small(deployment, load, received, started_at + END_TIMEOUT, faults)
    lost_plans = any(fault.kind == "plan" for fault in schedule)
    small_ids = [message.message_id for message in load.messages.values()]
    events.check(messages, small_ids, faults, lost_plans=lost_plans)
    events.close()
    duplicates, taken = read_vendors(deployment, small)
    result = ScenarioResult(
        seed=seed,
        seconds=time.monotonic() - started_at,
        states=dict(states),
        duplicates=duplicates,
        allowed=allowed_duplicates(injected, terminals, at_most_once=at_most_once),
        schedule=[f"{fault.at:.1f}-{fault.until:.1f} {fault.kind} {fault.target}" for fault in schedule],
        small=small,
        faults=faults,
    )
    check_vendors(result, taken, at_most_once=at_most_once)
    return result


def check_messages(
    deployment: Deployment, messages: Sequence[str], terminals: int, started_at: float, faults: list[str]
) -> Counter[str]:
    """Wait until the messages have ended, and check each; returns their terminals by state."""
    states: Counter[str] = Counter()
    for message in messages:
        results = wait_until_ended(deployment, message, started_at, faults)
        counted = {name: int(str(results.get(name, -1))) for name in STATES}
        states.update(counted)
        check_states(deployment, message, terminals, counted, faults)
    return states


def read_vendors(deployment: Deployment, small: SmallResult) -> tuple[dict[str, int], int]:
    """The duplicates of each vendor, and the pushes that all took, without small messages."""
    summaries = {vendor: deployment.sandbox.summary(vendor) for vendor in VENDORS}
    duplicates = {
        vendor: found.get("duplicates", 0) - small.duplicates[vendor] for vendor, found in summaries.items()
    }
    taken = sum(found.get("accepted", 0) - found.get("duplicates", 0) for found in summaries.values())
    return duplicates, taken - small.taken


def check_small(
    deployment: Deployment, load: SmallLoad, received: ReceivedPushes, deadline: float, faults: list[str]
) -> SmallResult:
    """Check all small messages, and that nothing is left of them in the queue."""
    messages = list(load.messages.values())
    states = check_small_messages(deployment, messages, received, deadline, faults)
    check_listing(deployment, messages, faults)
    check_nothing_left(deployment, faults)
    received.read()  # messages that were stored without an answer may have been sent last
    faults += load.faults
    return SmallResult(
        messages=len(messages),
        repeated=load.repeated,
        states=dict(states),
        taken=sum(map(received.taken, VENDORS)),
        duplicates={vendor: received.duplicates(vendor) for vendor in VENDORS},
    )


def _send_under_faults(
    deployment: Deployment,
    schedule: Sequence[Fault],
    injected: Counter[str],
    delivery: str,
    faults: list[str],
    events: EventChecks,
) -> list[str]:
    """Create the messages while faults begin and end at their time. Returns the messages' ids."""
    started_at = time.monotonic()
    messages: list[str] = []
    active: list[Fault] = []
    waiting, read_at = list(schedule), 0.0
    while waiting or active or len(messages) < MESSAGES:
        now = time.monotonic() - started_at
        if len(messages) < MESSAGES and now >= len(messages) * SCENARIO_SECONDS / MESSAGES:
            message = create_message(deployment, f"{started_at}-{len(messages)}", delivery)
            messages += [message] if message else []
        while waiting and waiting[0].at <= now:
            fault = waiting.pop(0)
            inject(deployment, fault, injected, messages)
            active.append(fault)
        for fault in [fault for fault in active if fault.until <= now]:
            active.remove(fault)
            recover(deployment, fault)
        for message in messages[-2:]:
            read_results(deployment, message, faults)
        if now - read_at >= 1:
            events.read()
            read_at = now
        time.sleep(0.02)
    deployment.sandbox.api.delete("/faults")
    return messages


def wait_until_ended(
    deployment: Deployment, message: str, started_at: float, faults: list[str]
) -> dict[str, object]:
    """The results once the message is sent and nothing is pending."""
    results: dict[str, object] = {}
    while time.monotonic() - started_at < END_TIMEOUT:
        results = read_results(deployment, message, faults) or results
        if results.get("status") == "sent" and results.get("pending") == 0:
            return results
        time.sleep(0.1)
    faults.append(f"not at its end after {END_TIMEOUT:g} s: {results}")
    return results


def create_message(deployment: Deployment, key: str, delivery: str) -> str | None:
    """Create a message; None while the API does not answer: the caller tries the same key again."""
    body = {
        "content": {"en": {"title": "t", "body": "b"}, "zh-Hans": {"title": "z", "body": "b"}},
        "audience": {"all": True},
        "options": {"ttl": 3600, "delivery": delivery},
    }
    try:
        answer = deployment.api.post("/v1/messages", json=body, headers={"Idempotency-Key": key}, timeout=3)
    except httpx.HTTPError:
        return None
    if answer.status_code == 503:
        return None
    assert answer.status_code == 202, answer.text
    found: str = answer.json()["id"]
    return found


def create_with_patience(deployment: Deployment, key: str, delivery: str) -> str:
    """Create a message; repeats the request until the API answers."""
    created: list[str] = []

    def is_created() -> bool:
        message = create_message(deployment, key, delivery)
        created.extend([message] if message else [])
        return bool(created)

    wait_until(is_created, 90, "the API")
    return created[0]


def reset(deployment: Deployment) -> None:
    """Reset the sandbox and all circuit breakers: one scenario must not affect the next."""
    deployment.sandbox.reset()
    for redis in deployment.store.masters():
        for key in redis.scan_iter("{q}:gate:*"):
            redis.delete(key)


def check_vendors(result: ScenarioResult, taken: int, *, at_most_once: bool, unacknowledged: int = 0) -> None:
    """The vendors took what Pushgate recorded, and duplicates are within their bound.

    `unacknowledged` pushes may have been sent of messages that were lost with their master.
    """
    accepted, rejected = result.states["accepted"], result.states["rejected"]
    if rejected and not at_most_once:
        result.faults.append("nothing was refused for good")
    most = accepted + unacknowledged + (rejected if at_most_once else 0)
    if not accepted <= taken <= most:
        result.faults.append(f"the vendors took {taken}; {accepted} are accepted, {rejected} rejected")
    for vendor, count in result.duplicates.items():
        if count > result.allowed[vendor]:
            result.faults.append(f"{count} duplicates at {vendor}, {result.allowed[vendor]} may be")


def main() -> int:
    """Run the scenarios of these seeds. The exit code is 1 where one of them failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--terminals", type=int, default=50_000)
    options = parser.parse_args()
    failed = []
    with tempfile.TemporaryDirectory(prefix="pg") as folder, run_deployment(Path(folder) / "s") as deployment:
        register(deployment, options.terminals)
        for seed in range(options.first, options.first + options.seeds):
            result = run_scenario(deployment, seed, options.terminals)
            sys.stdout.write(f"{result}\n")
            sys.stdout.flush()
            if result.faults:
                failed.append(seed)
    sys.stdout.write(f"failed seeds: {failed}\n" if failed else "no seed failed\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
