"""A block's way to the vendor, in slices as large as the gate grants."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from pushgate import blocks
from pushgate.adapters.contract import Prepared, Verdict
from pushgate.clock import Clock
from pushgate.errors import VendorError
from pushgate.model import Delivery, Message, Outcome, State
from pushgate.results.pending import UNANSWERED, Block, Failure, Move, Scope
from pushgate.terminals.registry import Registry
from pushgate.terminals.tokens import Tokens
from pushgate.worker.answers import Answers, Withheld, attempt
from pushgate.worker.gate import Gate
from pushgate.worker.recorder import Recorder
from pushgate.worker.tally import Tally

_UNANSWERED = (UNANSWERED, "sent, but no answer came, and the message asked not to be sent twice")
_FORGOTTEN = ("forgotten", "the terminal was forgotten, or went to another vendor, before it was its turn")


class NotNow(Exception):
    """No more permits for now: the rest of the job is to come back later, but not before `wait` is over."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(wait)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Slices:
    """Sends what is pending in a job's blocks."""

    tokens: Tokens
    registry: Registry
    gate: Gate
    clock: Clock
    message: Message
    scope: Scope
    prepared: Prepared
    recorder: Recorder
    tally: Tally
    urgent: bool

    async def send(self, block: Block, bits: int) -> None:
        """Send to these slots of the block. Raises NotNow, VendorError; what has no outcome then stays pending."""
        app, vendor = self.message.app, block.group.vendor
        while bits and self.go_on():
            entry = await self.gate.enter(app, vendor, bits.bit_count(), urgent=self.urgent)
            if entry.granted:
                part = blocks.lowest(bits, entry.granted)
                bits &= ~part
                try:
                    await self._part(block, part)
                except VendorError as error:
                    self.recorder.add(attempt(block, bits, error.code, error.reason))
                    raise
            elif entry.wait <= self.tally.patience:
                self.tally.patience -= entry.wait
                await asyncio.sleep(entry.wait.total_seconds())
            else:
                raise NotNow(entry.wait)

    def go_on(self) -> bool:
        """Whether any more may be sent: not ended, not taken over, not expired."""
        return not self.recorder.stopped and self.clock.now() < self.message.expires_at

    async def _part(self, block: Block, bits: int) -> None:
        tokens = await self.tokens.read(
            self.scope.app, self.scope.shard, self.message.id, block.group, block.number, bits
        )
        gone = bits & ~blocks.from_offsets(tokens)
        if gone:
            tokens |= await self._elsewhere(block, gone)
            gone = bits & ~blocks.from_offsets(tokens)
        if gone:
            self.recorder.add(Move(block, gone, State.CANCELLED, Failure(block.group.vendor, *_FORGOTTEN)))
        withheld = None
        if self.message.options.delivery is Delivery.AT_MOST_ONCE:
            withheld = Withheld(block, Failure(block.group.vendor, *_UNANSWERED), self.recorder)
            allowed = await withheld.begin(bits & ~gone)
            tokens = {offset: token for offset, token in tokens.items() if allowed >> offset & 1}
        if tokens:
            await self._tokens(block, tokens, withheld)

    async def _elsewhere(self, block: Block, gone: int) -> dict[int, bytes]:
        """The tokens of terminals that moved to another group of the vendor since the message was planned."""
        if block.group.inline:
            return {}
        first = block.number * blocks.SLOTS_PER_BLOCK
        slots = [first + offset for offset in blocks.offsets(gone)]
        formers = await self.registry.formers(self.scope.app, self.scope.shard, block.group, slots)
        return {slot - first: token for slot, (_, token) in formers.items() if token}

    async def _tokens(self, block: Block, tokens: Mapping[int, bytes], withheld: Withheld | None) -> None:
        app, vendor = self.message.app, block.group.vendor
        offsets, texts = list(tokens), list(tokens.values())
        answered, heard = Answers(block, blocks.from_offsets(offsets), self.recorder, withheld), False
        try:
            # Adapters are async generators: closing one releases what it still has in flight.
            answers = cast(
                "AsyncGenerator[tuple[Sequence[int], Verdict], None]", self.prepared.send(texts, self.go_on)
            )
            async with aclosing(answers):
                async for indexes, verdict in answers:
                    heard = heard or verdict.outcome is not Outcome.UNKNOWN
                    self.tally.count(verdict, indexes, texts)
                    answered.take([offsets[index] for index in indexes], verdict)
                    if verdict.muted:
                        self.tally.muted += [(block, offsets[index]) for index in indexes]
        except VendorError as error:
            answered.failed(error)  # what has no answer by now was not accepted (adapters.contract)
            await self.gate.failed(app, vendor, error)
            raise
        except BaseException:
            answered.unknown()  # cut off: whatever is in flight may have been sent
            raise
        answered.not_sent()
        if heard:
            await self.gate.works(app, vendor)
        elif self.go_on():
            await self.gate.failed(app, vendor, None)  # it hangs: nobody got an answer
