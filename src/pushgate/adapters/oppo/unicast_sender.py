"""Sends notifications to OPPO, up to 1,000 different ones per request."""

from collections.abc import AsyncIterator, Callable, Hashable, Mapping, Sequence
from functools import cached_property
from typing import Self

from pushgate.adapters.contract import Verdict
from pushgate.adapters.many_tokens import Batch, send_batches
from pushgate.adapters.oppo.payload import Notification, encode_messages, message_encoder
from pushgate.adapters.oppo.responses import parse
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.adapters.shared_rendering import SharedRendering
from pushgate.domain.outcome import RefusalScope

MAX_TOKENS = 1000  # docs/reference/vendors/oppo.md#limits


class UnicastSender(SharedRendering):
    """A rendered push. A request holds the notification anew for each token."""

    def __init__(
        self,
        session: Session,
        template: RequestTemplate,
        notification: Notification,
        scopes: Mapping[RefusalScope, str],
    ) -> None:
        """`template` is shared by many pushes; its item is a field of the form."""
        super().__init__(scopes)
        self._session = session
        self._template = template
        self._notification = notification

    @cached_property
    def _encode(self) -> Callable[[bytes], bytes]:
        return message_encoder(self._notification)

    @property
    def key(self) -> Hashable:
        """The template, and what a refusal may be about."""
        return (self._template, *self._scopes.values())

    def body_for(self, token: bytes) -> bytes:
        """Return the body of a request for this token alone."""
        return encode_messages([self._encode(token)])

    def send(
        self, tokens: Sequence[bytes], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send to these tokens."""
        return self.send_each([(self, token) for token in tokens], may_continue)

    def send_each(
        self, sends: Sequence[tuple[Self, bytes]], may_continue: Callable[[], bool]
    ) -> AsyncIterator[tuple[Sequence[int], Verdict]]:
        """Send each push to its token, in common requests."""
        batches = list[Batch]()
        for indexes in _split([token for _, token in sends]):
            messages = [sends[index][0]._encode(sends[index][1]) for index in indexes]
            tokens = [sends[index][1] for index in indexes]
            batches.append(Batch(indexes, tokens, encode_messages(messages)))
        return send_batches(self._session, self._template, batches, parse, may_continue)


def _split(tokens: Sequence[bytes]) -> list[list[int]]:
    """Return the indexes of the tokens of each request.

    A response tells notifications apart by their token, so that none is twice in a request.
    """
    requests, next_request = list[list[int]](), dict[bytes, int]()
    for index, token in enumerate(tokens):
        number = next_request.get(token, 0)
        while number < len(requests) and len(requests[number]) >= MAX_TOKENS:
            number += 1
        if number == len(requests):
            requests.append([])
        requests[number].append(index)
        next_request[token] = number + 1
    return requests
