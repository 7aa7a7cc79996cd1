"""Which terminal has a slot, and which had it before it became free."""

from collections.abc import Mapping, Sequence

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.outcome import SlotRef
from pushgate.domain.terminal import Group
from pushgate.terminals.locations import TerminalLocations
from pushgate.terminals.shard_scripts import run
from pushgate.terminals.token_owners import TokenOwners
from pushgate.terminals.tokens import digest


class SlotHolders:
    """The terminals of all slots, now and before. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, locations: TerminalLocations) -> None:
        self._redis = redis
        self._locations = locations
        self._owners = TokenOwners(redis)

    async def current_holders(
        self, app: App, shard: int, group: Group, tokens: Mapping[int, str]
    ) -> dict[int, str]:
        """Ids of the terminals that have these slots, by slot. `tokens` are the push tokens by
        slot.
        """
        slots = list(tokens)
        owners = await self._owners.find(app, [digest(tokens[slot]) for slot in slots])
        pairs = [(slot, owner) for slot, ids in zip(slots, owners, strict=True) for owner in ids]
        located = await self._locations.locate(app, [owner for _, owner in pairs])
        return {
            slot: owner
            for (slot, owner), slot_refs in zip(pairs, located, strict=True)
            if SlotRef(shard, group, slot) in slot_refs[:1]
        }

    async def previous_holders(
        self, app: App, shard: int, group: Group, slots: Sequence[int]
    ) -> dict[int, tuple[str, bytes]]:
        """The terminals that had these slots, which are free by now: id and push token, by slot.

        The token is the one that the terminal has in another group of the same vendor, else empty.
        """
        if not slots:
            return {}
        flat = await run(self._redis, "previous_holders", app, shard, group.key, *slots)
        rows = zip(slots, flat[::2], flat[1::2], strict=True)
        return {
            slot: (terminal_id.decode(), token or b"") for slot, terminal_id, token in rows if terminal_id
        }
