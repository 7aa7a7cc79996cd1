"""Checks of a message's results, while it is sent and at its end. Faults are appended to a list."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

import httpx
from tests.support.accounting import bits_of
from tests.support.faults.deployment import APP, Deployment

from pushgate.ledger.values import MessageShard
from pushgate.redis.client import connect

STATES = ("pending", "accepted", "invalid", "rejected", "expired", "cancelled")


def read_results(deployment: Deployment, message: str, faults: list[str]) -> dict[str, object] | None:
    """The results as a user reads them, checked; None while the API does not answer."""
    try:
        answer = deployment.api.get(f"/v1/messages/{message}/results", timeout=2)
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
    _check_reasons(found, faults)
    return found


def _check_reasons(found: dict[str, object], faults: list[str]) -> None:
    """Reasons are given for what waits, and for nothing else; every failed terminal has a cause."""
    groups: list[dict[str, object]] = found["groups"]  # type: ignore[assignment]  # JSON
    pending = {group["vendor"] for group in groups if group["pending"]}
    waiting: list[dict[str, object]] = found["waiting"]  # type: ignore[assignment]
    if any(reason["vendor"] not in {None, *pending} for reason in waiting):
        faults.append(f"{waiting} names vendors where nothing waits: {found}")
    if found["status"] == "sent" and not found["pending"] and waiting:
        faults.append(f"nothing waits, yet {waiting}")
    counts = Counter[object]()
    for failure in found["failures"]:  # type: ignore[attr-defined]
        counts[failure["state"]] += failure["count"]
    for state in ("invalid", "rejected", "expired"):
        if counts[state] != found[state]:
            faults.append(f"{found[state]} are {state}, {counts[state]} have a cause: {found['failures']}")


def check_states(
    deployment: Deployment, message: str, terminals: int, states: dict[str, int], faults: list[str]
) -> None:
    """No terminal is lost, and the bits agree with the API."""
    if sum(states.values()) != terminals:
        faults.append(f"{sum(states.values())} terminals of {terminals} are accounted for")
    if states["invalid"] or states["expired"] or states["cancelled"]:
        faults.append("no token was dead, and nothing was cancelled or had to expire")
    for state, counted in asyncio.run(_bits(deployment, message)).items():
        if states[state] != counted:
            faults.append(f"{counted} bits are {state}, the API says {states[state]}")


async def _bits(deployment: Deployment, message: str) -> dict[str, int]:
    found = Counter[str](dict.fromkeys(STATES, 0))
    async with connect(deployment.store.settings()) as redis:
        for shard in range(APP.shards):
            place = MessageShard(APP, shard, message, datetime.now(UTC))
            for state in STATES:
                bits = await bits_of(redis, place, state)
                found[state] += sum(block.bit_count() for block in bits.values())
    return found
