"""Sends a rendered message: to one terminal at once, to several after its content was saved."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from pushgate.adapters.closing import closing
from pushgate.adapters.contract import Push, Rendering, Verdict
from pushgate.adapters.many_tokens import BatchSender
from pushgate.adapters.session import RequestTemplate, Session, templates_by_priority
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
class Calls:
    """The requests of vivo's three calls, by priority of the push. An item is a whole body."""

    single: Mapping[Priority, RequestTemplate]
    save: Mapping[Priority, RequestTemplate]
    to_list: Mapping[Priority, RequestTemplate]

    @classmethod
    def under(cls, base_path: bytes) -> "Calls":
        """Return the calls at vivo's server."""
        single, save, to_list = (
            templates_by_priority(partial(_template, base_path + call))
            for call in (b"/message/send", b"/message/saveListPayload", b"/message/pushToList")
        )
        return cls(single, save, to_list)


class VivoSender:
    """A rendered push."""

    def __init__(
        self, session: Session, calls: Calls, message: Message, push: Push, receipt_url: str | None
    ) -> None:
        self._session = session
        self._calls = calls
        self._message = message
        self._message_id = push.message_id
        self._receipt_url = receipt_url
        self._priority = push.options.priority

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """Return what a refusal may be about.

        vivo counts operational and system messages apart, and lists apart from single pushes.
        """
        message_class = "system" if is_system(self._message) else "operational"
        return {RefusalScope.CLASS: message_class, RefusalScope.CALL: "list" if count > 1 else "single"}

    def rendering_for(self, token: bytes) -> Rendering:
        """Return the push to single terminals, which needs no saved content."""
        return self._single_sender

    async def send(
        self, tokens: Sequence[bytes], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these tokens."""
        sender = self._list_sender if len(tokens) > 1 else self._single_sender
        async with closing(sender.send(tokens, may_continue)) as results:
            async for result in results:
                yield result

    @cached_property
    def _single_sender(self) -> BatchSender:
        message = with_receipt_url(self._message, self._message_id, self._receipt_url)
        return BatchSender(
            self._session,
            self._calls.single[self._priority],
            max_tokens=1,
            encode=token_encoder(self._message_id, without_end(message) + b',"regId":', b""),
            parse=parse,
            scopes=self.scopes(1),
        )

    @cached_property
    def _list_sender(self) -> TwoStepSender:
        item = without_end(self._message) + request_id(self._message_id, []) + b"}"
        save = SaveRequest(self._calls.save[self._priority], item, parse_saved)
        return TwoStepSender(self._session, save, self._saved_sender)

    def _saved_sender(self, task_id: str, count: int) -> BatchSender:
        """Return what sends saved content to `count` tokens, in lists of about the same length.

        A list has at least two tokens.
        """
        lists = -(-count // MAX_TOKENS)
        return BatchSender(
            self._session,
            self._calls.to_list[self._priority],
            max_tokens=-(-count // lists),
            encode=token_encoder(self._message_id, list_request(self._message, task_id), b"]"),
            parse=parse,
        )


def _template(path: bytes, high_priority: bool) -> RequestTemplate:
    def make(access_token: str) -> BurstTemplate:
        headers = ((b"authtoken", access_token.encode()), (b"content-type", b"application/json"))
        return BurstTemplate(path=path, headers=headers, full_response=True, high_priority=high_priority)

    return RequestTemplate(make)
