"""Small messages for tests: made, stored, claimed and planned in one line each."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from redis.asyncio import Redis

from pushgate.bundles.accounts import SmallAccounts
from pushgate.bundles.bodies import SmallMessage, encode
from pushgate.bundles.bundle_values import PlannedSend
from pushgate.bundles.plan import BundlePlanner, Round, WrittenBundle
from pushgate.bundles.segment_values import KeyRecord, PutResult, Segment, WaitingSegment
from pushgate.bundles.segments import Segments
from pushgate.bundles.store import Bundles
from pushgate.bundles.values import RANKS, CellKind, Home, Send
from pushgate.domain.app import App
from pushgate.domain.audience import Audience, AudienceKind, AudienceSummary, ByTerminal
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.message import Content, Message, Options, Priority
from pushgate.domain.message_id import Position, small_id
from pushgate.domain.terminal import Group

APP = App("shop")
RETENTION = timedelta(days=30)
PATIENCE = timedelta(seconds=60)
LEASE = timedelta(seconds=30)


def small(
    text: str = "hi",
    *,
    push_at: datetime,
    audience: Audience | None = None,
    options: Options | None = None,
    app: str = APP.name,
) -> SmallMessage:
    """A message to one terminal, unless an audience is given. It has no id yet."""
    message = Message(
        id="",
        app=app,
        content={"en": Content("title", text)},
        default_language="en",
        push_at=push_at,
        created_at=push_at,
        audience=AudienceSummary(AudienceKind.TERMINALS, 1),
        options=options or Options(),
    )
    return SmallMessage(message, audience or ByTerminal(("t1",)))


NOTHING_DUE = (None, None, None, None)
"""What is due next in a home where nothing waits."""


class SmallWorld:
    """The stores of small messages over one Redis, with short forms of their calls."""

    def __init__(self, redis: Redis, clock: Clock, app: App = APP, shard: int = 0) -> None:
        self.clock = clock
        self.home = Home(app, shard)
        self.segments = Segments(redis)
        self.planner = BundlePlanner(redis)
        self.bundles = Bundles(redis, clock)
        self.accounts = SmallAccounts(redis, clock)
        self.page = 0

    async def put(
        self,
        messages: Sequence[SmallMessage],
        *,
        number: int = 0,
        keys: Sequence[KeyRecord | None] = (),
        max_waiting: int | None = None,
        audit_entry: bytes = b"",
    ) -> tuple[list[str], list[PutResult]]:
        """Store messages as one segment; returns their ids and what became of them."""
        if not self.page:
            self.page = await self.segments.new_page(self.home)
        now = self.clock.now()
        first = messages[0].message
        segment = Segment(
            number=number,
            push_at=first.push_at,
            urgent=first.options.priority is Priority.HIGH,
            bodies=encode(messages, to_ms(now), to_ms(first.push_at)),
            count=len(messages),
            keys=keys,
        )
        until = max(item.message.expires_at for item in messages) + RETENTION
        (results,) = await self.segments.put(
            self.home,
            self.page,
            [segment],
            created_at=now,
            contents_until=until,
            results_until=until,
            max_waiting=max_waiting,
            audit_entry=audit_entry,
        )
        place = self.home.shard, self.page, number
        ids = [small_id(to_ms(now), Position(*place, offset)) for offset in range(len(messages))]
        return ids, results

    async def claim(self, *, urgent: bool = False, limit: int = 512) -> list[WaitingSegment]:
        """Claim due segments."""
        return await self.segments.claim(self.home, self.clock.now(), LEASE, limit, urgent=urgent)

    async def place(
        self,
        claimed: Sequence[WaitingSegment],
        *,
        vendors: Mapping[int, str] | None = None,
        per_message: int = 1,
        without_place: Mapping[tuple[int, int], CellKind] | None = None,
        urgent: bool = False,
    ) -> list[WrittenBundle]:
        """Place the messages that wait: each to `per_message` terminals of fcm, or of the vendor by
        the number of the terminal.
        """
        sends: dict[tuple[str, int], list[PlannedSend]] = {}
        for segment, found in enumerate(claimed):
            for index in found.waiting:
                if (segment, index) in (without_place or {}):
                    continue
                assert found.bodies is not None
                message = found.bodies.message(index, "", APP.name).message
                for number in range(per_message):
                    vendor = (vendors or {}).get(number, "fcm")
                    send = Send(segment, index, self.home.shard, 1000 * segment + 10 * index + number)
                    key = vendor, RANKS[message.options.priority]
                    group = Group(vendor, "en")
                    sends.setdefault(key, []).append(PlannedSend(send, group, message.expires_at))
        now = self.clock.now()
        return await self.planner.place(
            Round(
                home=self.home,
                claimed=claimed,
                urgent=urgent,
                sends=sends,
                without_place=without_place or {},
                now=now,
                look_at=now + PATIENCE,
                results_until=now + RETENTION,
            )
        )
