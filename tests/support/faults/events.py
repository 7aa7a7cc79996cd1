"""What strikes the system in a play, and when."""

import random
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass

import redis as plain
from tests.support.engines import Engine
from tests.support.faults.stage import Stage

VENDORS = ("apns", "fcm", "huawei", "xiaomi")
ERRORS = {
    "apns": ("TooManyRequests", "InternalServerError", "ServiceUnavailable", "ExpiredProviderToken"),
    "fcm": ("QUOTA_EXCEEDED", "INTERNAL", "UNAVAILABLE", "UNAUTHENTICATED"),
    "huawei": ("503", "81000001", "80200003"),
    "xiaomi": ("10027", "10001"),
}
PLAYS_FOR = 3.0
LACKED = "fcm"
"""The vendor that the configuration of before had no settings for."""
_LOSE = """
if tonumber(redis.call('HGET', KEYS[1] .. ':counts', '|open') or '0') > 0 then
  for _, key in ipairs(redis.call('KEYS', KEYS[1] .. ':*')) do redis.call('DEL', key) end
end
"""


@dataclass(order=True)
class Step:
    """A fault and when it strikes, in seconds; `until` is when it is over."""

    at: float
    kind: str
    target: str
    until: float


def schedule(chance: random.Random) -> list[Step]:
    """Faults of every kind: processes and engines killed or stopped, a rolling restart, vendors in trouble, networks cut or
    frozen, clocks set, a plan lost as in a failover, a process started with the configuration of before."""
    steps = []
    for _ in range(chance.randint(4, 9)):
        at = chance.uniform(0, PLAYS_FOR)
        kind = chance.choice(
            [*["kill", "vendor"] * 2, "pause", "engine", "restart", "cut", "freeze", "clock", "plan", "older"]
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
        elif kind == "plan":
            target, length = "of the newest message", 0.0
        elif kind == "older":
            target, length = chance.choice(["worker-1", "worker-2", "scheduler-2"]), chance.uniform(3, 6)
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


def strike(on: Stage, step: Step, hits: Counter[str], messages: Sequence[str]) -> None:
    """Let it happen, to the newest of the messages where it is about one; `hits` counts what happened."""
    hits[f"{step.kind} {step.target}"] += 1
    match step.kind:
        case "kill":
            on.kill(step.target)
        case "restart":
            _terminate(on, step.target)
        case "pause":
            on.pause(step.target, on=True)
        case "cut" | "freeze":
            on.links.say(f"{step.kind} {step.target}")
        case "clock":
            name, _, seconds = step.target.partition(" ")
            on.clocks[name].set(float(seconds))
        case "plan":
            _lose_plan(on, messages)
        case "older":
            _restart(on, step.target, lacks=(LACKED,))
        case "engine":
            on.engine(step.target).stop(9)  # type: ignore[arg-type]  # SIGKILL
        case "vendor":
            _trouble(on, step.target)


def _start_engine(engine: Engine) -> None:
    if engine.process is None:  # else another step has started it
        engine.start()


def _terminate(on: Stage, name: str) -> bool:
    """SIGTERM; whether there is such a process."""
    if name not in on.processes:
        return False
    on.pause(name, on=False)
    on.processes[name].terminate()
    return True


def _lose_plan(on: Stage, messages: Sequence[str]) -> None:
    """All that is known of the newest message's terminals, as if a failover had lost it; only while it is being sent."""
    with suppress(plain.ConnectionError), on.redis() as redis:  # the engine may be down just now
        for message in messages[-1:]:
            redis.eval(_LOSE, 1, f"{{shop:0}}:m:{message}")


def _restart(on: Stage, name: str, lacks: Collection[str]) -> None:
    """With settings for all vendors but these."""
    on.kill(name)
    on.configure(name, lacks)
    on.start(name)


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


def end(on: Stage, step: Step) -> None:
    """All is as before."""
    match step.kind:
        case "kill":
            on.start(step.target)
        case "restart":
            # Another step may have stopped it in between, or started another one in its place.
            if _terminate(on, step.target):
                on.processes.pop(step.target).wait(60)
                on.start(step.target)
        case "pause":
            on.pause(step.target, on=False)
        case "older":
            _restart(on, step.target, lacks=())
        case "cut" | "freeze":
            on.links.say(f"heal {step.target}")
        case "clock":
            on.clocks[step.target.split()[0]].set(0)
        case "engine":
            _start_engine(on.engine(step.target))
        case "vendor":
            on.sandbox.api.delete("/faults")
