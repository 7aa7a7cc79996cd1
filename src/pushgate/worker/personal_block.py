"""A personal message to blocks of terminals: values are read beside the tokens."""

from collections.abc import AsyncIterator, Hashable, Iterator, Mapping, Sequence

from pushgate.adapters.closing import closing
from pushgate.adapters.contract import SupportsHosts, Verdict
from pushgate.domain import bitmaps
from pushgate.domain.outcome import RefusalScope
from pushgate.ledger.values import Block
from pushgate.terminals.addressed import Addressed, AddressedTerminals
from pushgate.worker.addressees import Addressees, MayContinue, Verdicts
from pushgate.worker.personal_push import Filled, PersonalPush
from pushgate.worker.token_reader import TokenReader


class PersonalBlockPush:
    """A push that each terminal gets with values of its own."""

    def __init__(self, push: PersonalPush, terminals: AddressedTerminals, tokens: TokenReader) -> None:
        self._push = push
        self._terminals = terminals
        self._tokens = tokens
        self.has_hosts = isinstance(push.common, SupportsHosts)

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """What a refusal may be about, as for a single push: no content is shared by many
        terminals.
        """
        return self._push.common.scopes(1)

    def host(self, token: bytes) -> str:
        """The name of the token's host."""
        assert isinstance(self._push.common, SupportsHosts)
        return self._push.common.host(token)

    async def read_tokens(self, block: Block, bits: int) -> Mapping[int, bytes]:
        """The tokens of these slots."""
        return await self._tokens.read(block, bits)

    async def find(self, block: Block, bits: int) -> Addressees:
        """Find the terminals that have these slots now, or moved from them within the vendor, and
        the content that each gets.
        """
        found = await self._read(block, bits)
        first = block.number * bitmaps.SLOTS_PER_BLOCK
        offsets = [slot - first for slot in found.slots]
        filled = self._push.fill(found, offsets, each_whole=block.group.inline)
        rejected = {failure: bitmaps.from_offsets(own) for failure, own in filled.rejected.items()}
        tokens = dict(zip(offsets, found.tokens, strict=True))
        for own in filled.rejected.values():
            for offset in own:
                del tokens[offset]
        return Addressees(tokens, lambda some, may_continue: self._send(filled, some, may_continue), rejected)

    async def _read(self, block: Block, bits: int) -> Addressed:
        shard, wanted = self._tokens.message_shard, self._push.values.wanted
        if block.group.inline:
            tokens = await self._tokens.read(block, bits)
            first = block.number * bitmaps.SLOTS_PER_BLOCK
            return wanted.without_attributes([first + offset for offset in tokens], list(tokens.values()))
        return await self._terminals.read_block(shard.app, shard.shard, block.number, bits, wanted)

    async def _send(
        self, filled: Filled, tokens: Mapping[int, bytes], may_continue: MayContinue
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these tokens, call by call."""
        for indexes, results in self._calls(filled, list(tokens), list(tokens.values()), may_continue):
            if not may_continue():
                return
            async with closing(results):
                async for own, verdict in results:
                    yield own if isinstance(indexes, range) else [indexes[i] for i in own], verdict

    def _calls(
        self, filled: Filled, offsets: Sequence[int], tokens: Sequence[bytes], may_continue: MayContinue
    ) -> Iterator[tuple[Sequence[int], Verdicts]]:
        """The calls of the adapter, each with the indexes that it is about."""
        if filled.parts:
            assert self._push.filled is not None
            if not filled.renderings:
                own_parts = [filled.parts[offset] for offset in offsets]
                yield range(len(offsets)), self._push.filled.send(tokens, own_parts, may_continue)
                return
            own = [index for index, offset in enumerate(offsets) if offset in filled.parts]
            parts = [filled.parts[offsets[index]] for index in own]
            yield own, self._push.filled.send([tokens[index] for index in own], parts, may_continue)
        if not filled.renderings:
            return
        by_key: dict[Hashable, list[int]] = {}
        for index, offset in enumerate(offsets):
            if offset in filled.renderings:
                by_key.setdefault(filled.renderings[offset].key, []).append(index)
        for own in by_key.values():
            sends = [(filled.renderings[offsets[index]], tokens[index]) for index in own]
            yield own, sends[0][0].send_each(sends, may_continue)
