"""Which terminals of a block get a push now, and how it is sent: the same push to all, or one of
its own to each.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pushgate.adapters.contract import Prepared, SupportsHosts, Verdict
from pushgate.domain.outcome import RefusalScope
from pushgate.ledger.values import Block, Failure
from pushgate.worker.token_reader import TokenReader

MayContinue = Callable[[], bool]
Verdicts = AsyncIterator[tuple[Sequence[int], Verdict]]
Send = Callable[[Mapping[int, bytes], MayContinue], Verdicts]


@dataclass(frozen=True, slots=True)
class Addressees:
    """Terminals of one block.

    `send` takes tokens by offset into the block: all of `tokens`, or some of them. It yields
    indexes into these, as `Prepared.send` does.
    """

    tokens: Mapping[int, bytes]
    send: Send
    rejected: Mapping[Failure, int] = field(default_factory=dict)
    """Slots that cannot get the push, as bits of the block by reason."""


class BlockPush(Protocol):
    """A message as the terminals of a job's blocks get it."""

    @property
    def has_hosts(self) -> bool:
        """Whether the vendor has several hosts, each for terminals of its own."""
        ...

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """What a refusal of a call to `count` tokens may be about, as `Prepared.scopes`."""
        ...

    def host(self, token: bytes) -> str:
        """The name of the token's host, where the vendor has several."""
        ...

    async def read_tokens(self, block: Block, bits: int) -> Mapping[int, bytes]:
        """The tokens of these slots, without those of terminals that left them."""
        ...

    async def find(self, block: Block, bits: int) -> Addressees:
        """Who has these slots. Raises EngineUnavailable."""
        ...


class PlainPush:
    """A push that is the same for all terminals."""

    def __init__(self, prepared: Prepared, tokens: TokenReader) -> None:
        self._prepared = prepared
        self._tokens = tokens
        self.has_hosts = isinstance(prepared, SupportsHosts)

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """What a refusal may be about."""
        return self._prepared.scopes(count)

    def host(self, token: bytes) -> str:
        """The name of the token's host."""
        assert isinstance(self._prepared, SupportsHosts)
        return self._prepared.host(token)

    async def read_tokens(self, block: Block, bits: int) -> Mapping[int, bytes]:
        """The tokens of these slots."""
        return await self._tokens.read(block, bits)

    async def find(self, block: Block, bits: int) -> Addressees:
        """Who has these slots now, or moved from them within the vendor."""
        return Addressees(await self._tokens.read_current(block, bits), self._send)

    def _send(self, tokens: Mapping[int, bytes], may_continue: MayContinue) -> Verdicts:
        return self._prepared.send(list(tokens.values()), may_continue)
