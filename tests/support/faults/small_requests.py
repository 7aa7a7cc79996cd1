"""Requests for small messages by chance, of all kinds that go in bundles, and what each is to come
to. Pure.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.support.faults.deployment import APP
from tests.support.faults.injection import VENDORS
from tests.support.faults.terminals import CROWD_SIZE, USER_SIZE, terminal_id, token, user_of

from pushgate.redis.hash_tags import shard_of

MIN_TERMINALS = 400
"""Registered terminals that the requests count on."""
_AUDIENCES = {
    "one": 50,
    "some": 14,
    "user": 10,
    "token": 12,
    "tokens": 6,
    "unknown": 2,
    "list": 3,
    "crowd": 3,
}
_PRIORITIES = {"normal": 70, "high": 20, "low": 10}
_MAX_DELAY = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallPush:
    """A message of a request: its body, which holds the marker, and the terminals that it goes to,
    counted by step of its planning.

    A message that stays small is planned in one step, a larger one in a step for each shard.
    `cancel_after` is in seconds from the answer on, None for a message that nobody cancels.
    """

    marker: str
    body: dict[str, object]
    steps: Sequence[int]
    at_most_once: bool
    cancel_after: float | None = None

    @property
    def terminals(self) -> int:
        """To how many terminals the message goes."""
        return sum(self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallRequest:
    """One call of the API. With an idempotency key, of its own or of each item of a batch, a caller
    may repeat the call.
    """

    name: str
    pushes: Sequence[SmallPush]
    is_batch: bool
    has_key: bool
    items_have_keys: bool

    @property
    def may_be_repeated(self) -> bool:
        """Whether a repeated call stores nothing twice."""
        return self.has_key or self.items_have_keys

    def headers(self) -> dict[str, str]:
        """The headers of the call."""
        return {"Idempotency-Key": self.name} if self.has_key else {}

    def body(self) -> dict[str, object]:
        """The body of the call."""
        if not self.is_batch:
            return self.pushes[0].body
        keys = [{"idempotency_key": push.marker} if self.items_have_keys else {} for push in self.pushes]
        return {"messages": [{**push.body, **key} for push, key in zip(self.pushes, keys, strict=True)]}


def small_requests(rng: random.Random, name: str) -> Iterator[SmallRequest]:
    """Requests without an end. `name` tells their keys and markers from those of other plays."""
    count, messages = 0, 0
    while True:
        count += 1
        is_batch = rng.random() < 0.35
        pushes: list[SmallPush] = []
        for _ in range(rng.choice([1, 2, 5, 20, 60]) if is_batch else 1):
            messages += 1
            pushes.append(_push(rng, f"mk{name}x{messages}y"))
        yield SmallRequest(
            name=f"small-{name}-{count}",
            pushes=pushes,
            is_batch=is_batch,
            has_key=rng.random() < 0.5,
            items_have_keys=is_batch and rng.random() < 0.4,
        )


def _push(rng: random.Random, marker: str) -> SmallPush:
    audience, steps = _audience(rng)
    at_most_once = rng.random() < 0.3
    options = {
        "ttl": 3600,
        "priority": _choose(rng, _PRIORITIES),
        "delivery": "at_most_once" if at_most_once else "at_least_once",
    }
    content = {"title": "t", "body": "b", "data": {"marker": marker}}
    body: dict[str, object] = {"content": {"en": content}, "audience": audience, "options": options}
    delay = rng.uniform(0.2, _MAX_DELAY) if rng.random() < 0.15 else 0.0
    if delay:
        body["push_time"] = (datetime.now(UTC) + timedelta(seconds=delay)).isoformat()
    cancelled = rng.random() < (0.5 if delay else 0.05)
    return SmallPush(
        marker=marker,
        body=body,
        steps=steps,
        at_most_once=at_most_once,
        cancel_after=rng.uniform(0, delay + 0.2) if cancelled else None,
    )


def _audience(rng: random.Random) -> tuple[dict[str, object], Sequence[int]]:
    """An audience, and its terminals by step of the planning."""
    first = rng.randrange(CROWD_SIZE, MIN_TERMINALS - CROWD_SIZE)
    match _choose(rng, _AUDIENCES):
        case "one":
            return {"terminals": [terminal_id(first)]}, [1]
        case "some":
            size = rng.randint(2, 4)
            return {"terminals": _ids(first, size)}, [size]
        case "user":
            return {"users": [user_of(first)]}, [USER_SIZE]
        case "token":
            return {"tokens": [_inline(rng.choice(VENDORS), rng.randrange(10_000))]}, [1]
        case "tokens":
            number = rng.randrange(10_000)
            vendors = rng.sample(VENDORS, 2)
            return {"tokens": [_inline(vendor, number) for vendor in vendors]}, [2]
        case "unknown":
            return {"terminals": [f"nobody-{first}"]}, [0]
        case "list":
            listed = _ids(first, CROWD_SIZE)
            return {"terminals": listed}, _by_shard(listed)
        case _:
            return {"users": ["crowd"]}, _by_shard(_ids(0, CROWD_SIZE))


def _ids(first: int, count: int) -> list[str]:
    return [terminal_id(first + number) for number in range(count)]


def _by_shard(ids: Sequence[str]) -> Sequence[int]:
    """How many of the terminals are in each shard."""
    counts = Counter(shard_of(APP, terminal) for terminal in ids)
    return [counts[shard] for shard in range(APP.shards)]


def _inline(vendor: str, number: int) -> dict[str, object]:
    return {"vendor": vendor, "token": token(vendor, 1_000_000 + number)}


def _choose(rng: random.Random, weights: dict[str, int]) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]
