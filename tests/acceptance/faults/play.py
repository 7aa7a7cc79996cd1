"""One play: a broadcast under a schedule of faults that a seed decides, and the judgement at its end.

`python -m tests.acceptance.faults.play --seeds 200 [--first 0] [--terminals 50000]` plays any number; a failing seed is printed.
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
from tests.acceptance.faults.stage import JOBS, STREAMS, Stage, stage

from pushgate.blocks import SLOTS_PER_BLOCK

VENDORS = ("apns", "fcm", "huawei", "xiaomi")
STATES = ("pending", "accepted", "invalid", "rejected", "expired", "cancelled")
ERRORS = {
    "apns": ("TooManyRequests", "InternalServerError", "ServiceUnavailable", "ExpiredProviderToken"),
    "fcm": ("QUOTA_EXCEEDED", "INTERNAL", "UNAVAILABLE", "UNAUTHENTICATED"),
    "huawei": ("503", "81000001", "80200003"),
    "xiaomi": ("10027", "10001"),
}
PLAYS_FOR = 3.0
UNRECORDED = 2.0
"""Seconds for which a worker that cannot record outcomes goes on sending."""
MESSAGES = 5
ENDS_WITHIN = 300.0
BATCH = 1000
LANGUAGES = 2
SANDBOX_RATE = 6000
"""Pushes a second that the sandbox takes at most."""


@dataclass(order=True)
class Step:
    """A fault and when it strikes, in seconds; `until` is when it is over."""

    at: float
    kind: str
    target: str
    until: float


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


def schedule(chance: random.Random) -> list[Step]:
    """Faults of every kind: processes and engines killed or stopped, a rolling restart, vendors in trouble, networks cut or
    frozen, clocks set."""
    steps = []
    for _ in range(chance.randint(4, 9)):
        at = chance.uniform(0, PLAYS_FOR)
        kind = chance.choice(
            ["kill", "kill", "pause", "engine", "vendor", "vendor", "restart", "cut", "freeze", "clock"]
        )
        if kind in ("cut", "freeze"):
            name = chance.choice(["worker-1", "worker-2", "scheduler-1", "scheduler-2", "api"])
            ends = ["redis", "gearman", *(["vendors"] if "worker" in name else [])]
            target, length = f"{name}-{chance.choice(ends)}", chance.uniform(0.2, 6)
        elif kind == "clock":
            name = chance.choice(["worker-1", "worker-2", "scheduler-1", "scheduler-2", "api"])
            # What the API takes for now is when the others push.
            target = f"{name} {chance.choice([-1, 1]) * chance.uniform(1, 3 if name == 'api' else 30):.1f}"
            length = chance.uniform(0.5, 6)
        elif kind in ("kill", "pause", "restart"):
            target = chance.choice(["worker-1", "worker-2", "worker-1", "scheduler-1", "scheduler-2", "api"])
            length = chance.uniform(0.5, 6) if kind == "pause" else chance.uniform(0, 1)
        elif kind == "engine":
            target, length = chance.choice(["gearman", "valkey"]), chance.uniform(0, 0.5)
        else:
            vendor = chance.choice(VENDORS)
            target = (
                f"{vendor} {chance.choice([*ERRORS[vendor], 'drop before', 'drop after', 'slow', 'restart'])}"
            )
            length = chance.uniform(0.5, 3)
        steps.append(Step(at, kind, target, at + length))
    return sorted(steps)


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
            _begin(on, step, hits)
            running.append(step)
        for step in [step for step in running if step.until <= now]:
            running.remove(step)
            _end(on, step)
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


def _begin(on: Stage, step: Step, hits: Counter[str]) -> None:
    hits[f"{step.kind} {step.target}"] += 1
    match step.kind:
        case "kill":
            on.kill(step.target)
        case "restart":
            if step.target in on.processes:
                on.pause(step.target, on=False)
                on.processes[step.target].terminate()
        case "pause":
            on.pause(step.target, on=True)
        case "cut" | "freeze":
            on.links.say(f"{step.kind} {step.target}")
        case "clock":
            name, _, seconds = step.target.partition(" ")
            on.clocks[name].set(float(seconds))
        case "engine":
            on.engine(step.target).stop(9)  # type: ignore[arg-type]  # SIGKILL
        case "vendor":
            _trouble(on, step.target)


def _trouble(on: Stage, target: str) -> None:
    vendor, _, what = target.partition(" ")
    path = "send" if vendor in ("fcm", "huawei") else None
    if what == "restart":
        on.sandbox.misbehave(restart=True)
    elif what == "slow":
        on.sandbox.misbehave({"vendor": vendor, "delay": 0.3, "path": path})
    elif what.startswith("drop"):
        on.sandbox.misbehave(
            {"vendor": vendor, "drop": what.split()[1], "share": 0.02, "times": 5, "path": path}
        )
    else:
        on.sandbox.misbehave({"vendor": vendor, "error": what, "share": 0.3, "retry_after": 1, "path": path})


def _end(on: Stage, step: Step) -> None:
    match step.kind:
        case "kill":
            on.start(step.target)
        case "restart":
            if step.target in on.processes:
                # Another step may have stopped it in between, or started another one in its place.
                on.pause(step.target, on=False)
                on.processes[step.target].terminate()
                on.processes.pop(step.target).wait(60)
                on.start(step.target)
        case "pause":
            on.pause(step.target, on=False)
        case "cut" | "freeze":
            on.links.say(f"heal {step.target}")
        case "clock":
            on.clocks[step.target.split()[0]].set(0)
        case "engine":
            if on.engine(step.target).process is None:
                on.engine(step.target).start()
        case "vendor":
            on.sandbox.api.delete("/faults")


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
    return found


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
