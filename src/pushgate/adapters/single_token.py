"""Sends pushes to a vendor that takes one token per request."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Self

from pushgate.adapters.contract import NO_SCOPES, Verdict
from pushgate.adapters.response_codes import unanswered
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.adapters.shared_rendering import SharedRendering
from pushgate.domain.outcome import RefusalScope
from pushgate.http2.burst_template import Item, body_of
from pushgate.http2.results import NoResponse, Response


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SingleTokenSender:
    """Sends requests of one template, each to one token.

    `parse` may raise VendorError. An unanswered request may be sent again after `unanswered_pause`
    seconds.
    """

    session: Session
    template: RequestTemplate
    parse: Callable[[Response, datetime], Verdict]
    unanswered_pause: float | None = None
    scopes: Mapping[RefusalScope, str] = field(default_factory=lambda: NO_SCOPES)
    """What a refusal may be about."""

    def send(
        self, items: Sequence[Item], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send a request for each item."""
        return self.session.send(self.template, items, self._judge, may_continue)

    def _judge(self, _index: int, result: Response | NoResponse) -> Verdict:
        if isinstance(result, NoResponse):
            return unanswered(result.cause, self.unanswered_pause)
        return self.parse(result, self.session.clock.now())


class SingleTokenPush(SharedRendering):
    """A rendered push: one request per token."""

    def __init__(
        self,
        sender: SingleTokenSender,
        item_for: Callable[[bytes], Item],
        template: Callable[[], RequestTemplate],
    ) -> None:
        """`sender` is shared by pushes with the same template; `item_for` returns its item for a
        token.

        `template` makes a template that holds everything that the push's requests have in common,
        so that an item is only the token. That is faster for many tokens.
        """
        super().__init__(sender.scopes)
        self._sender = sender
        self._item_for = item_for
        self._template = template

    @cached_property
    def _own_sender(self) -> SingleTokenSender:
        return replace(self._sender, template=self._template())

    @property
    def key(self) -> SingleTokenSender:
        """The sender of all pushes with this template."""
        return self._sender

    def body_for(self, token: bytes) -> bytes:
        """Return the body of the token's request."""
        return body_of(self._item_for(token))

    def send(
        self, tokens: Sequence[bytes], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these tokens."""
        return self._own_sender.send(tokens, may_continue)

    def send_each(
        self, sends: Sequence[tuple[Self, bytes]], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send each push to its token."""
        items = [push._item_for(token) for push, token in sends]
        return self._sender.send(items, may_continue)
