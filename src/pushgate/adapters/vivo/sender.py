"""Sends a rendered message: to one terminal at once, to several after its content was saved."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass

from pushgate.adapters.closing import closing
from pushgate.adapters.contract import Push, Verdict
from pushgate.adapters.many_tokens import BatchSender
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.adapters.two_step import SaveRequest, TwoStepSender
from pushgate.adapters.vivo.payload import (
    Message,
    is_system,
    list_request,
    request_id,
    token_encoder,
    with_receipt_url,
    without_end,
)
from pushgate.adapters.vivo.responses import parse, parse_saved
from pushgate.domain.message import Priority
from pushgate.domain.outcome import RefusalScope
from pushgate.http2.burst_template import BurstTemplate

MAX_TOKENS = 1000  # docs/reference/vendors/vivo.md#limits


@dataclass(frozen=True, slots=True)
class Paths:
    """The paths of vivo's three calls."""

    single: bytes
    save: bytes
    to_list: bytes


class VivoSender:
    """A rendered push."""

    def __init__(
        self, session: Session, paths: Paths, message: Message, push: Push, receipt_url: str | None
    ) -> None:
        self._session = session
        self._paths = paths
        self._message = message
        self._message_id = push.message_id
        self._receipt_url = receipt_url
        self._high_priority = push.options.priority is Priority.HIGH
        template = self._template(paths.save, without_end(message))
        save = SaveRequest(template, request_id(push.message_id, []) + b"}", parse_saved)
        self._list_sender = TwoStepSender(session, save, self._saved_sender)

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """Return what a refusal may be about.

        vivo counts operational and system messages apart, and lists apart from single pushes.
        """
        message_class = "system" if is_system(self._message) else "operational"
        return {RefusalScope.CLASS: message_class, RefusalScope.CALL: "list" if count > 1 else "single"}

    async def send(
        self, tokens: Sequence[bytes], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these tokens."""
        sender = self._list_sender if len(tokens) > 1 else self._single_sender()
        async with closing(sender.send(tokens, may_continue)) as results:
            async for result in results:
                yield result

    def _single_sender(self) -> BatchSender:
        message = with_receipt_url(self._message, self._message_id, self._receipt_url)
        template = self._template(self._paths.single, without_end(message) + b',"regId":')
        encode = token_encoder(self._message_id, b"")
        return BatchSender(self._session, template, max_tokens=1, encode=encode, parse=parse)

    def _saved_sender(self, task_id: str, count: int) -> BatchSender:
        """Return what sends saved content to `count` tokens, in lists of about the same length.

        A list has at least two tokens.
        """
        lists = -(-count // MAX_TOKENS)
        return BatchSender(
            self._session,
            self._template(self._paths.to_list, list_request(self._message, task_id)),
            max_tokens=-(-count // lists),
            encode=token_encoder(self._message_id, b"]"),
            parse=parse,
        )

    def _template(self, path: bytes, body: bytes) -> RequestTemplate:
        """The request of a call; its item follows `body`."""

        def make(access_token: str) -> BurstTemplate:
            headers = ((b"authtoken", access_token.encode()), (b"content-type", b"application/json"))
            return BurstTemplate(
                path=path,
                headers=headers,
                body_prefix=body,
                full_response=True,
                high_priority=self._high_priority,
            )

        return RequestTemplate(make)
