"""Sends a rendered push to a vendor that takes one token per request."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime

from pushgate.adapters.contract import NO_SCOPES, Verdict
from pushgate.adapters.response_codes import unanswered
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.domain.outcome import RefusalScope
from pushgate.http2.results import NoResponse, Response


class SingleTokenSender:
    """A rendered push: one request per token."""

    def __init__(
        self,
        session: Session,
        template: RequestTemplate,
        parse: Callable[[Response, datetime], Verdict],
        *,
        unanswered_pause: float | None = None,
        scopes: Mapping[RefusalScope, str] = NO_SCOPES,
    ) -> None:
        """The token is the item of each request, unchanged. `parse` may raise VendorError.

        An unanswered request may be sent again after `unanswered_pause` seconds.
        """
        self._session = session
        self._clock = session.clock
        self._template = template
        self._parse = parse
        self._unanswered_pause = unanswered_pause
        self._scopes = scopes

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """Return what a refusal may be about, the same for any number of tokens."""
        return self._scopes

    def send(
        self, tokens: Sequence[bytes], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these tokens."""
        return self._session.send(self._template, tokens, self._judge, may_continue)

    def _judge(self, _index: int, result: Response | NoResponse) -> Verdict:
        if isinstance(result, NoResponse):
            return unanswered(result.cause, self._unanswered_pause)
        return self._parse(result, self._clock.now())
