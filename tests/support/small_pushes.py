"""Small messages as a test drives them through their life: registered terminals, stored, planned,
and answered by the vendor.
"""

from datetime import datetime, timedelta

from redis.asyncio import Redis
from tests.support.bundles import APP, LEASE, PATIENCE, RETENTION, SmallWorld, small
from tests.support.clock import SetClock

from pushgate.bundles.account_values import SmallAccount
from pushgate.bundles.bundle_values import Change, Verb
from pushgate.bundles.plan import Round
from pushgate.bundles.targets import locate_targets
from pushgate.domain.app import App
from pushgate.domain.audience import Audience, ByTerminal, ByToken
from pushgate.domain.clock import to_ms
from pushgate.domain.message import Options
from pushgate.domain.terminal import InlineToken, Terminal
from pushgate.ledger.values import Failure
from pushgate.scheduler.bundle_sends import BundleSends
from pushgate.stores import Stores

VENDORS = ("apns", "fcm", "huawei", "oppo", "xiaomi")


class SmallPushes:
    """The small messages of one app."""

    def __init__(self, redis: Redis, clock: SetClock, app: App = APP, stores: Stores | None = None) -> None:
        self.redis = redis
        self.clock = clock
        self.app = app
        self.stores = stores or Stores.open(redis, clock, RETENTION)
        self._worlds: dict[int, SmallWorld] = {}

    def world(self, shard: int = 0) -> SmallWorld:
        """The home of this shard."""
        return self._worlds.setdefault(shard, SmallWorld(self.redis, self.clock, self.app, shard))

    async def register(self, count: int, vendor: str = "fcm", language: str = "en") -> list[str]:
        """Register so many terminals of a vendor, `<vendor>-0` and so on, with the token
        `<vendor>-token-0`; returns their ids.
        """
        ids = [f"{vendor}-{n}" for n in range(count)]
        terminals = [Terminal(name, vendor, f"{vendor}-token-{n}", language) for n, name in enumerate(ids)]
        await self.stores.registry.register(self.app, terminals)
        return ids

    async def put(
        self,
        *audiences: Audience,
        shard: int = 0,
        push_at: datetime | None = None,
        options: Options | None = None,
        same_page: bool = False,
    ) -> list[str]:
        """Store a message for each audience, together; returns their ids."""
        world = self.world(shard)
        if not same_page:
            world.page, self._number = 0, 0
        at = push_at or self.clock.now()
        messages = [
            small(f"n{n}", push_at=at, audience=audience, options=options, app=self.app.name)
            for n, audience in enumerate(audiences)
        ]
        ids, _ = await world.put(messages, number=self._number)
        self._number += 1
        return ids

    async def place(self, shard: int = 0) -> int:
        """Plan the messages that are due, as a scheduler does; returns how many bundles."""
        world, bundles = self.world(shard), 0
        for urgent in (False, True):
            claimed = await world.claim(urgent=urgent)
            sends, now = BundleSends(VENDORS, to_ms(self.clock.now())), self.clock.now()
            targets = [
                (segment, index, found.bodies.target(index))
                for segment, found in enumerate(claimed)
                if found.bodies
                for index in found.waiting
            ]
            located = await locate_targets(self.stores.locations, self.app, [row[2] for row in targets])
            for (segment, index, target), slots in zip(targets, located, strict=True):
                assert slots is not None
                sends.add(segment, index, target, slots)
            bundles += len(
                await world.planner.place(
                    Round(
                        home=world.home,
                        claimed=claimed,
                        urgent=urgent,
                        sends=sends.sends,
                        without_place=sends.without_place,
                        clearing=sends.clearing,
                        now=now,
                        look_at=now + PATIENCE,
                        results_until=now + timedelta(days=1) + RETENTION,
                    )
                )
            )
        return bundles

    async def account(self, message_id: str) -> SmallAccount:
        """The message as it is stored."""
        (account,) = await self.stores.small_accounts.read(self.app, [message_id])
        assert account is not None
        return account

    async def record(self, message_id: str, *changes: Change | None) -> None:
        """Record what became of the message's terminals, in the order of its slots; the slots of a
        change are ignored, and None changes nothing.
        """
        account = await self.account(message_id)
        home = self.world(account.position.shard).home
        for slot, change in zip(account.slots, changes, strict=False):
            if change is not None:
                await self.stores.bundles.take(home, slot.bundle, "w", LEASE)
                one = Change(change.verb, [slot.slot], change.failure, change.due_at)
                lease = LEASE if change.verb is Verb.RESERVE else None
                await self.stores.bundles.record(home, slot.bundle, "w", lease, [one])

    async def send(self, audience: Audience, *changes: Change | None, options: Options | None = None) -> str:
        """Store a message, plan it and record what became of its terminals; returns its id."""
        (message_id,) = await self.put(audience, options=options)
        await self.place()
        await self.record(message_id, *changes)
        return message_id


ACCEPTED = Change(Verb.ACCEPTED, ())
EXPIRED = Change(Verb.EXPIRED, ())
RESERVED = Change(Verb.RESERVE, ())


def invalid(code: str = "GONE", vendor: str = "fcm") -> Change:
    """The vendor calls the token dead."""
    return Change(Verb.INVALID, (), Failure(vendor, code, "the token is dead"))


def rejected(code: str = "REFUSED", vendor: str = "fcm") -> Change:
    """The vendor refuses the push."""
    return Change(Verb.REJECTED, (), Failure(vendor, code, "the push is refused"))


def to(*terminals: str) -> ByTerminal:
    """An audience of these terminals."""
    return ByTerminal(terminals)


def to_tokens(*tokens: str, vendor: str = "fcm") -> ByToken:
    """An audience of these push tokens of one vendor."""
    return ByToken(tuple(InlineToken(vendor, token, "en") for token in tokens))
