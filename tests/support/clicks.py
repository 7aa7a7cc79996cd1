"""Messages that clear on click: sent, clicked, and what a scheduler's rounds make of the clicks."""

from dataclasses import dataclass

from tests.support.apps import RemovingAdapter, configured_app, configured_vendor
from tests.support.bundles import small as small_message
from tests.support.scheduler import APP, SchedulerParts
from tests.support.small_scheduler import SHOP, SmallScheduler

from pushgate.bundles.values import Home
from pushgate.bundles.waiting import WaitingElsewhere
from pushgate.bundles.writer import SmallMessageWriter
from pushgate.domain.app import App
from pushgate.domain.audience import ByTerminal, ByUser, Everyone
from pushgate.domain.message import Message, Options
from pushgate.domain.outcome import ReceiptKind
from pushgate.domain.terminal import Terminal
from pushgate.receipts.record import ReceiptRecorder, TerminalReport
from pushgate.scheduler.clicks import ClickRounds
from pushgate.scheduler.context import SchedulerContext

CLEARS = Options(clear_on_click=True, collapse_key="offer")


@dataclass(frozen=True, slots=True)
class PlayedClicks:
    """Clicks on the messages of one app, and the rounds of its scheduler."""

    context: SchedulerContext
    app: App

    def set_vendors(self) -> None:
        """Give the app a vendor that can remove notifications, and one that cannot."""
        vendors = {"apns": configured_vendor("apns", RemovingAdapter()), "oppo": configured_vendor("oppo")}
        self.context.catalog.change({self.app.name: configured_app(self.app, vendors)})

    async def register(self) -> None:
        """Ann has four terminals at one vendor and one at another, Bob has one; one has no user."""
        terminals = [Terminal(f"ann-{n}", "apns", f"{n:032x}", "en", "ann") for n in range(4)]
        terminals.append(Terminal("ann-oppo", "oppo", "token", "en", "ann"))
        terminals.append(Terminal("bob-0", "apns", f"{8:032x}", "en", "bob"))
        terminals.append(Terminal("nobody", "apns", f"{9:032x}", "en"))
        await self.context.stores.registry.register(self.app, terminals)

    async def report(self, kind: ReceiptKind, message_id: str, terminal: str) -> int:
        """Report a receipt; returns the verdict on it, 1 where it counts."""
        reports = [TerminalReport(message_id, terminal)]
        (verdict,) = await ReceiptRecorder(self.context.stores).record(kind, self.app, reports)
        return verdict

    async def click(self, message_id: str, terminal: str) -> int:
        """Report a click; returns the verdict on it."""
        return await self.report(ReceiptKind.CLICKED, message_id, terminal)

    def rounds(self, kind: type[SmallMessageWriter] = SmallMessageWriter) -> ClickRounds:
        """The rounds of a scheduler, with this kind of writer."""
        stores = self.context.stores
        waiting = WaitingElsewhere(stores.segments, stores.message_index)
        writer = kind(stores.segments, waiting, stores.retention, self.context.clock)
        return ClickRounds(self.context, writer)

    async def run(self, rounds: ClickRounds | None = None) -> int:
        """Do rounds of all homes until nothing is due; returns how many had something to do."""
        rounds, done = rounds or self.rounds(), 0
        shards = range(self.app.shards)
        while had := [shard for shard in shards if await rounds.run_round(Home(self.app, shard))]:
            done += len(had)
        return done

    async def removals(self) -> list[tuple[Message, frozenset[str]]]:
        """The messages that remove notifications, and from which terminals."""
        stores = self.context.stores
        ids = [one async for one in stores.small_listing.newest_first(self.app, None)]
        accounts = await stores.small_accounts.read(self.app, ids)
        found = [account.message for account in accounts if account and account.message]
        return [
            (one.message, frozenset(one.audience.terminals))
            for one in found
            if one.message.options.withdraws and isinstance(one.audience, ByTerminal)
        ]

    async def cleared(self) -> list[str]:
        """The terminals from which notifications are removed, each as often as that."""
        return sorted(name for _, terminals in await self.removals() for name in terminals)

    async def withdrawn(self, message_id: str) -> int:
        """The terminals of a message from which its results say that it was removed."""
        _, report = await self.context.stores.tracked.results.find(self.app, message_id)
        return report.withdrawn


async def send_small(small: SmallScheduler, *, options: Options = CLEARS) -> tuple[PlayedClicks, str]:
    """A small message to both users, which everybody gets but one terminal; returns its id."""
    played = PlayedClicks(small.context, SHOP)
    played.set_vendors()
    await played.register()
    message = small_message(push_at=small.clock.now(), audience=ByUser(("ann", "bob")), options=options)
    (message_id,) = await small.store([message])
    await small.run_rounds()
    (account,) = await small.accounts([message_id])
    for bundle in {slot.bundle for slot in account.slots}:
        await small.send(Home(SHOP, 0), bundle)
    return played, message_id


async def send_large(parts: SchedulerParts) -> tuple[PlayedClicks, str]:
    """A message to everyone, which everybody gets; returns its id."""
    played = PlayedClicks(parts.context, APP)
    played.set_vendors()
    await played.register()
    return played, await send_to_all(parts)


async def send_to_all(parts: SchedulerParts) -> str:
    """Send a message to everyone who is registered; returns its id."""
    message = await parts.store(Everyone(), CLEARS)
    await parts.dispatch_due()
    await parts.work(message)
    return message.id
