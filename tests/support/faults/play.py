"""One play: a broadcast under a schedule of faults that a seed decides, and the judgement at its end.

`python -m tests.support.faults.play --seeds 200 [--first 0] [--terminals 50000]` plays any number; a failing seed is printed.
"""

import argparse
import hashlib
import json
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from tests.support.faults.events import PLAYS_FOR, VENDORS, Step, end, schedule, strike
from tests.support.faults.stage import JOBS, STREAMS, Stage, stage

from pushgate.domain.bitmaps import SLOTS_PER_BLOCK

STATES = ("pending", "accepted", "invalid", "rejected", "expired", "cancelled")
UNRECORDED = 2.0
"""Seconds for which a worker that cannot record outcomes goes on sending."""
MESSAGES = 5
ENDS_WITHIN = 300.0
BATCH = 1000
LANGUAGES = 2
SANDBOX_RATE = 6000
"""Pushes a second that the sandbox takes at most."""


@dataclass
class Verdict:
    """What was found at the end."""

    seed: int
    seconds: float
    states: dict[str, int]
    duplicates: dict[str, int]
    allowed: dict[str, int]
    steps: list[str]
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = f"seed {self.seed}: {self.seconds:.1f} s, {self.states}, duplicates {self.duplicates} of {self.allowed} allowed"
        return "\n  ".join([told, *self.steps, *(f"WRONG: {fault}" for fault in self.faults)])


def token(vendor: str, number: int) -> str:
    """A token of the vendor's form."""
    return hashlib.sha256(f"{vendor}{number}".encode()).hexdigest().replace("dead", "beef")


def register(on: Stage, terminals: int) -> None:
    """So many terminals, a quarter for each vendor, in two languages."""
    lines = [
        json.dumps(
            {
                "id": f"t-{n}",
                "vendor": VENDORS[n % 4],
                "token": token(VENDORS[n % 4], n),
                "language": ("en", "zh-Hans")[n // 4 % LANGUAGES],
            }
        )
        for n in range(terminals)
    ]
    answer = on.api.post(
        "/v1/terminals:import",
        content="\n".join(lines).encode(),
        headers={"Content-Type": "application/x-ndjson"},
        timeout=300,
    )
    assert answer.json()["failed"] == 0, answer.text


def play(on: Stage, seed: int, terminals: int) -> Verdict:
    """Play one seed: a message to everybody at every second, while the faults strike."""
    chance = random.Random(seed)
    _clear(on)
    once = seed % 3 == 2
    began = time.monotonic()
    steps, faults, hits = schedule(chance), list[str](), Counter[str]()
    messages: list[str] = []
    running: list[Step] = []
    waiting = list(steps)
    while waiting or running or len(messages) < MESSAGES:
        now = time.monotonic() - began
        if len(messages) < MESSAGES and now >= len(messages) * PLAYS_FOR / MESSAGES:
            message = created(on, f"{began}-{len(messages)}", "at_most_once" if once else "at_least_once")
            messages += [message] if message else []
        while waiting and waiting[0].at <= now:
            step = waiting.pop(0)
            strike(on, step, hits, messages)
            running.append(step)
        for step in [step for step in running if step.until <= now]:
            running.remove(step)
            end(on, step)
        for message in messages[-2:]:
            _look(on, message, faults)
        time.sleep(0.02)
    on.sandbox.api.delete("/faults")
    total: Counter[str] = Counter()
    for message in messages:
        results = ended(on, message, began, faults)
        states = {name: int(str(results.get(name, -1))) for name in STATES}
        total.update(states)
        _agree(on, message, terminals, states, faults)
    told = [f"{s.at:.1f}-{s.until:.1f} {s.kind} {s.target}" for s in steps]
    summaries = {vendor: on.sandbox.summary(vendor) for vendor in VENDORS}
    duplicates = {vendor: found.get("duplicates", 0) for vendor, found in summaries.items()}
    seconds = time.monotonic() - began
    verdict = Verdict(
        seed, seconds, dict(total), duplicates, _allowed(hits, terminals, once=once), told, faults
    )
    taken = sum(found.get("accepted", 0) - found.get("duplicates", 0) for found in summaries.values())
    _judge(verdict, taken, once=once)
    return verdict


def ended(on: Stage, message: str, began: float, faults: list[str]) -> dict[str, object]:
    """The results once the message is over."""
    results: dict[str, object] = {}
    while time.monotonic() - began < ENDS_WITHIN:
        results = _look(on, message, faults) or results
        if results.get("status") == "sent" and results.get("pending") == 0:
            return results
        time.sleep(0.1)
    faults.append(f"not at its end after {ENDS_WITHIN:g} s: {results}")
    return results


def created(on: Stage, key: str, delivery: str) -> str | None:
    """Store a message; None when the API is dead just now: then the same key is tried again."""
    body = {
        "content": {"en": {"title": "t", "body": "b"}, "zh-Hans": {"title": "z", "body": "b"}},
        "audience": {"all": True},
        "options": {"ttl": 3600, "delivery": delivery},
    }
    try:
        answer = on.api.post("/v1/messages", json=body, headers={"Idempotency-Key": key}, timeout=3)
    except httpx.HTTPError:
        return None
    if answer.status_code == 503:
        return None
    assert answer.status_code == 202, answer.text
    found: str = answer.json()["id"]
    return found


def _clear(on: Stage) -> None:
    """As at the start: what one play did to the breakers is no part of the next."""
    on.sandbox.reset()
    with on.redis() as redis:
        for key in redis.scan_iter("{q}:gate:*"):
            redis.delete(key)


def _look(on: Stage, message: str, faults: list[str]) -> dict[str, object] | None:
    """Read the results as a user does: the law holds at every look. The API may be dead just then."""
    try:
        answer = on.api.get(f"/v1/messages/{message}/results", timeout=2)
    except httpx.HTTPError:
        return None
    if answer.status_code == 503:
        return None
    if answer.status_code != 200:
        faults.append(f"the API answers {answer.status_code}: {answer.text[:200]}")
        return None
    found: dict[str, object] = answer.json()
    for part in [found, *found["groups"]]:  # type: ignore[misc]  # JSON
        if part["targeted"] != sum(part[state] for state in STATES):
            faults.append(f"the law does not hold: {part}")
        if part["clicked"] > part["received"]:
            faults.append(f"more clicked than received: {part}")
        if part["received"] > part["targeted"]:
            faults.append(f"more received than targeted: {part}")
    _explain(found, faults)
    return found


def _explain(found: dict[str, object], faults: list[str]) -> None:
    """What waits says why, where that is known; what does not wait says nothing. What failed says why, all of it."""
    groups: list[dict[str, object]] = found["groups"]  # type: ignore[assignment]  # JSON
    pending = {group["vendor"] for group in groups if group["pending"]}
    waiting: list[dict[str, object]] = found["waiting"]  # type: ignore[assignment]
    if any(reason["vendor"] not in {None, *pending} for reason in waiting):
        faults.append(f"{waiting} is told of vendors where nothing waits: {found}")
    if found["status"] == "sent" and not found["pending"] and waiting:
        faults.append(f"nothing waits, yet {waiting}")
    told = Counter[object]()
    for failure in found["failures"]:  # type: ignore[attr-defined]
        told[failure["state"]] += failure["count"]
    for state in ("invalid", "rejected", "expired"):
        if told[state] != found[state]:
            faults.append(f"{found[state]} are {state}, {told[state]} have a cause: {found['failures']}")


def _allowed(hits: Counter[str], terminals: int, *, once: bool) -> dict[str, int]:
    """How many duplicates there may be. At most once: none. Else what was in flight, or not yet recorded, when a worker was
    killed, stopped for longer than its lease, or when an answer was lost on the way.

    However slow the machine is, that is no more than a block for each job in hand: one is recorded before the next begins.
    """
    if once:
        return dict.fromkeys(VENDORS, 0)
    blows = sum(
        count
        for hit, count in hits.items()
        if hit.split()[0] in ("kill", "pause", "restart") and "worker" in hit
    )
    blows += sum(count for hit, count in hits.items() if hit in ("engine valkey", "engine gearman"))
    blows += 2 * sum(count for hit, count in hits.items() if hit.startswith("older worker"))
    group = terminals // len(VENDORS) // LANGUAGES
    single = blows * JOBS * min(SLOTS_PER_BLOCK, group)
    batch = blows * JOBS * 2 * BATCH
    # While outcomes cannot be recorded, sending goes on for a moment; then the leases run out.
    cuts = sum(count for hit, count in hits.items() if _is_cut(hit, "redis"))
    single += cuts * int(UNRECORDED * SANDBOX_RATE)
    batch += cuts * JOBS * 2 * BATCH
    calls = sum(count for hit, count in hits.items() if _is_cut(hit, "vendors"))
    single, batch = single + calls * STREAMS, batch + calls * JOBS * BATCH
    found = {"apns": single, "fcm": single, "huawei": batch, "xiaomi": batch}
    for hit, count in hits.items():
        vendor, _, what = hit.removeprefix("vendor ").partition(" ")
        if hit.startswith("vendor") and what.startswith("drop"):
            found[vendor] += count * 5 * (STREAMS if vendor in ("apns", "fcm") else BATCH)
        if hit.startswith("plan"):  # what was sent by then is sent again
            for name in found:
                found[name] += count * terminals // len(VENDORS)
        if hit.startswith("vendor") and what == "restart":
            for name in found:
                found[name] += count * (STREAMS if name in ("apns", "fcm") else BATCH)
    return found


def _is_cut(hit: str, end: str) -> bool:
    return hit.startswith(("cut worker", "freeze worker")) and hit.endswith(end)


def _agree(on: Stage, message: str, terminals: int, states: dict[str, int], wrong: list[str]) -> None:
    """Nobody is lost, and the bits and the API say the same."""
    if sum(states.values()) != terminals:
        wrong.append(f"{sum(states.values())} terminals of {terminals} are accounted for")
    if states["invalid"] or states["expired"] or states["cancelled"]:
        wrong.append("no token was dead, and nothing was cancelled or had to expire")
    for state, counted in _bits(on, message).items():
        if states[state] != counted:
            wrong.append(f"{counted} bits are {state}, the API says {states[state]}")


def _judge(verdict: Verdict, taken: int, *, once: bool) -> None:
    """The vendors' record agrees with the outcomes, and duplicates are within their bound."""
    accepted, rejected = verdict.states["accepted"], verdict.states["rejected"]
    if rejected and not once:
        verdict.faults.append("nothing was refused for good")
    if not accepted <= taken <= accepted + (rejected if once else 0):
        verdict.faults.append(f"the vendors took {taken}; {accepted} are accepted, {rejected} rejected")
    for vendor, count in verdict.duplicates.items():
        if count > verdict.allowed[vendor]:
            verdict.faults.append(f"{count} duplicates at {vendor}, {verdict.allowed[vendor]} may be")


def _bits(on: Stage, message: str) -> dict[str, int]:
    found = {}
    with on.redis() as redis:
        for state in STATES:
            rows = redis.hvals(f"{{shop:0}}:m:{message}:{state}")
            found[state] = sum(int.from_bytes(bits, "little").bit_count() for bits in rows)
    return found


def main() -> int:
    """Play as many seeds as are asked for; the exit code tells whether any was wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--terminals", type=int, default=50_000)
    options = parser.parse_args()
    failed = []
    with tempfile.TemporaryDirectory(prefix="pg") as folder, stage(Path(folder) / "s") as on:
        register(on, options.terminals)
        for seed in range(options.first, options.first + options.seeds):
            verdict = play(on, seed, options.terminals)
            sys.stdout.write(f"{verdict}\n")
            sys.stdout.flush()
            if verdict.faults:
                failed.append(seed)
    sys.stdout.write(f"failed seeds: {failed}\n" if failed else "all well\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
