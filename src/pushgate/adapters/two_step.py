"""Sends to vendors that save the content in one call and send it to tokens in the next.

A crash between the two calls has sent nothing: the next attempt saves the content again. After the
second call began, outcomes are as certain, or uncertain, as with a vendor that takes both in one
request.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from pushgate.adapters.closing import closing
from pushgate.adapters.contract import NO_SCOPES, Verdict
from pushgate.adapters.many_tokens import BatchSender
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.adapters.shared_rendering import SharedRendering
from pushgate.domain.errors import VendorUnavailable
from pushgate.domain.outcome import FailureCode, Outcome, RefusalScope
from pushgate.http2.results import NoResponse, Response


@dataclass(frozen=True, slots=True)
class SaveRequest:
    """The request that saves the content.

    `parse` returns the id of the saved content ('' where the response has none), or the verdict
    that the vendor takes the content for no terminal. It may raise VendorError.
    """

    template: RequestTemplate
    item: bytes
    parse: Callable[[Response, datetime], str | Verdict]


class TwoStepSender(SharedRendering):
    """A rendered push. The content is saved once, however often the push is sent."""

    def __init__(
        self,
        session: Session,
        save: SaveRequest,
        sender: Callable[[str, int], BatchSender],
        scopes: Mapping[RefusalScope, str] = NO_SCOPES,
    ) -> None:
        """`sender` returns what sends the content with this id to so many tokens."""
        super().__init__(scopes)
        self._session = session
        self._save = save
        self._sender = sender
        self._saved: str | Verdict | None = None
        self._saving = asyncio.Lock()

    @property
    def key(self) -> Self:
        """The push itself: its content is saved apart from that of others."""
        return self

    def body_for(self, token: bytes) -> bytes:
        """Return the body of the request that saves the content, the same for all tokens."""
        return self._save.item

    async def send(
        self, tokens: Sequence[bytes], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these tokens."""
        saved = await self._content_id()
        if isinstance(saved, Verdict):
            yield range(len(tokens)), saved
            return
        async with closing(self._sender(saved, len(tokens)).send(tokens, may_continue)) as results:
            async for indexes, verdict in results:
                yield indexes, verdict

    def send_each(
        self, sends: Sequence[tuple[Self, bytes]], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send this push to each token."""
        return self.send([token for _, token in sends], may_continue)

    async def _content_id(self) -> str | Verdict:
        """Return the content's id, or why the vendor takes it for no terminal.

        Raises VendorError; then nothing was sent.
        """
        async with self._saving:
            if self._saved is None:
                save = self._save
                async for _, saved in self._session.send(
                    save.template, [save.item], self._judge, lambda: True
                ):
                    if isinstance(saved, Verdict) and saved.outcome is Outcome.RETRY:
                        return saved  # a later attempt may save it
                    self._saved = saved
            if self._saved is None:
                raise VendorUnavailable(FailureCode.NOT_SAVED, "the vendor has not taken the content")
            return self._saved

    def _judge(self, _index: int, result: Response | NoResponse) -> str | Verdict:
        if isinstance(result, NoResponse):
            reason = f"the vendor has not answered when it was given the content ({result.cause})"
            raise VendorUnavailable(FailureCode.NOT_SAVED, reason)
        saved = self._save.parse(result, self._session.clock.now())
        if not saved:
            raise VendorUnavailable(FailureCode.NOT_SAVED, "the vendor has given the content no id")
        if isinstance(saved, Verdict) and saved.outcome not in (Outcome.REJECTED, Outcome.RETRY):
            # About content, such a verdict makes no terminal dead and leaves nothing unknown:
            # nothing was sent.
            reason = f"the vendor has not taken the content ({saved.code})"
            raise VendorUnavailable(FailureCode.NOT_SAVED, reason, saved.retry_after)
        return saved
