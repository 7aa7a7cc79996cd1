"""Faults: a schedule by chance, how each is injected, and how each is repaired."""

import random
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass

import redis as plain
from tests.support.engines import Engine
from tests.support.faults.deployment import APP, Deployment

from pushgate.ledger.values import message_key

VENDORS = ("apns", "fcm", "huawei", "xiaomi")
ERRORS = {
    "apns": ("TooManyRequests", "InternalServerError", "ServiceUnavailable", "ExpiredProviderToken"),
    "fcm": ("QUOTA_EXCEEDED", "INTERNAL", "UNAVAILABLE", "UNAUTHENTICATED"),
    "huawei": ("503", "81000001", "80200003"),
    "xiaomi": ("10027", "10001"),
}
SCENARIO_SECONDS = 3.0
MISSING_VENDOR = "fcm"
"""The vendor that the older configuration has no settings for."""
_LOSE_PLAN_SCRIPT = """
if tonumber(redis.call('HGET', KEYS[1] .. ':counts', '|open') or '0') > 0 then
  for _, key in ipairs(redis.call('KEYS', KEYS[1] .. ':*')) do redis.call('DEL', key) end
end
"""


@dataclass(order=True)
class Fault:
    """A fault, when it begins and until when it lasts, in seconds since the scenario's start."""

    at: float
    kind: str
    target: str
    until: float


def schedule_faults(rng: random.Random) -> list[Fault]:
    """Faults of every kind, sorted by time.

    Processes and engines are killed or paused, processes are restarted, vendors fail, links are
    cut or frozen, clocks are set, a plan is lost as in a failover, and a process starts with an
    older configuration.
    """
    faults = []
    for _ in range(rng.randint(4, 9)):
        at = rng.uniform(0, SCENARIO_SECONDS)
        kind = rng.choice(
            [*["kill", "vendor"] * 2, "pause", "engine", "restart", "cut", "freeze", "clock", "plan", "older"]
        )
        if kind in ("cut", "freeze"):
            name = rng.choice(["worker-1", "worker-2", "scheduler-1", "scheduler-2", "api"])
            ends = ["redis", "gearman", *(["vendors"] if "worker" in name else [])]
            target, length = f"{name}-{rng.choice(ends)}", rng.uniform(0.2, 6)
        elif kind == "clock":
            name = rng.choice(["worker-1", "worker-2", "scheduler-1", "scheduler-2", "api"])
            # Messages are due at the time of the API's clock, by the clocks of the others.
            target = f"{name} {rng.choice([-1, 1]) * rng.uniform(1, 3 if name == 'api' else 30):.1f}"
            length = rng.uniform(0.5, 6)
        elif kind in ("kill", "pause", "restart"):
            target = rng.choice(["worker-1", "worker-2", "worker-1", "scheduler-1", "scheduler-2", "api"])
            length = rng.uniform(0.5, 6) if kind == "pause" else rng.uniform(0, 1)
        elif kind == "plan":
            target, length = "of the newest message", 0.0
        elif kind == "older":
            target, length = rng.choice(["worker-1", "worker-2", "scheduler-2"]), rng.uniform(3, 6)
        elif kind == "engine":
            target, length = rng.choice(["gearman", "valkey"]), rng.uniform(0, 0.5)
        else:
            vendor = rng.choice(VENDORS)
            target = (
                f"{vendor} {rng.choice([*ERRORS[vendor], 'drop before', 'drop after', 'slow', 'restart'])}"
            )
            length = rng.uniform(0.5, 3)
        faults.append(Fault(at, kind, target, at + length))
    return sorted(faults)


def inject(deployment: Deployment, fault: Fault, injected: Counter[str], messages: Sequence[str]) -> None:
    """Begin the fault; a fault of a message concerns the newest one. `injected` counts faults."""
    injected[f"{fault.kind} {fault.target}"] += 1
    match fault.kind:
        case "kill":
            deployment.kill(fault.target)
        case "restart":
            _terminate(deployment, fault.target)
        case "pause":
            deployment.pause(fault.target)
        case "cut" | "freeze":
            deployment.network.command(f"{fault.kind} {fault.target}")
        case "clock":
            name, _, seconds = fault.target.partition(" ")
            deployment.clocks[name].set(float(seconds))
        case "plan":
            _lose_plan(deployment, messages)
        case "older":
            _restart(deployment, fault.target, missing_vendors=(MISSING_VENDOR,))
        case "engine":
            deployment.engine(fault.target).stop(9)  # type: ignore[arg-type]  # SIGKILL
        case "vendor":
            _break_vendor(deployment, fault.target)


def _start_engine(engine: Engine) -> None:
    if engine.process is None:  # otherwise another fault's repair has started it
        engine.start()


def _terminate(deployment: Deployment, name: str) -> bool:
    """Send SIGTERM. Returns whether the process runs."""
    if name not in deployment.processes:
        return False
    deployment.resume(name)
    deployment.processes[name].terminate()
    return True


def _lose_plan(deployment: Deployment, messages: Sequence[str]) -> None:
    """Delete the plan of the newest message while it is being sent, as a failover may do."""
    with suppress(plain.ConnectionError), deployment.redis() as redis:  # the engine may be down
        for message in messages[-1:]:
            redis.eval(_LOSE_PLAN_SCRIPT, 1, message_key(APP, 0, message))


def _restart(deployment: Deployment, name: str, missing_vendors: Collection[str]) -> None:
    """Restart the process with settings for all vendors but these."""
    deployment.kill(name)
    deployment.configure(name, missing_vendors)
    deployment.start(name)


def _break_vendor(deployment: Deployment, target: str) -> None:
    vendor, _, failure = target.partition(" ")
    path = "send" if vendor in ("fcm", "huawei") else None
    if failure == "restart":
        deployment.sandbox.misbehave(restart=True)
    elif failure == "slow":
        deployment.sandbox.misbehave({"vendor": vendor, "delay": 0.3, "path": path})
    elif failure.startswith("drop"):
        deployment.sandbox.misbehave(
            {"vendor": vendor, "drop": failure.split()[1], "share": 0.02, "times": 5, "path": path}
        )
    else:
        deployment.sandbox.misbehave(
            {"vendor": vendor, "error": failure, "share": 0.3, "retry_after": 1, "path": path}
        )


def recover(deployment: Deployment, fault: Fault) -> None:
    """End the fault."""
    match fault.kind:
        case "kill":
            deployment.start(fault.target)
        case "restart":
            # Another fault may have stopped the process, or its repair may have started a new one.
            if _terminate(deployment, fault.target):
                deployment.processes.pop(fault.target).wait(60)
                deployment.start(fault.target)
        case "pause":
            deployment.resume(fault.target)
        case "older":
            _restart(deployment, fault.target, missing_vendors=())
        case "cut" | "freeze":
            deployment.network.command(f"heal {fault.target}")
        case "clock":
            deployment.clocks[fault.target.split()[0]].set(0)
        case "engine":
            _start_engine(deployment.engine(fault.target))
        case "vendor":
            deployment.sandbox.api.delete("/faults")
