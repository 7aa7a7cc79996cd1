"""Sends rendered pushes to subscriptions at any number of push services.

A push service in trouble delays only its own subscriptions. No push service is called that the app
does not trust.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from typing import Self

from pushgate.adapters.closing import closing
from pushgate.adapters.contract import NO_SCOPES, Verdict
from pushgate.adapters.response_codes import ACCEPTED, RETRY, unanswered
from pushgate.adapters.webpush.merging import merge
from pushgate.adapters.webpush.payload import RenderedPush
from pushgate.adapters.webpush.push_services import PushService, PushServices
from pushgate.adapters.webpush.responses import FOREIGN_KEY, subscription_verdict
from pushgate.adapters.webpush.service_batches import EncryptedRequests, ServiceBatch, batches_by_origin
from pushgate.domain.errors import VendorAuthError, VendorError, VendorUnavailable
from pushgate.domain.message import Priority
from pushgate.domain.outcome import FailureCode, RefusalScope
from pushgate.http2.burst_template import Fields
from pushgate.http2.results import NoResponse, Response

MAX_DOUBTFUL_REFUSALS = 10
"""Refusals that are blamed on the subscriptions, if the service recently accepted the key."""
_FOREIGN_KEY_VERDICT = subscription_verdict(FOREIGN_KEY)
Results = tuple[Sequence[int], Verdict]


class SubscriptionSender:
    """Sends pushes of one priority: one request per subscription, encrypted for it."""

    def __init__(
        self,
        *,
        services: PushServices,
        is_trusted: Callable[[str], bool],
        parse: Callable[[str, Response], Verdict],
        priority: Priority,
    ) -> None:
        """`parse` takes an origin and its response, and may raise VendorError.

        Nothing is sent to an origin that is not trusted.
        """
        self._services = services
        self._is_trusted = is_trusted
        self._parse = parse
        self._priority = priority

    async def send(
        self, sends: Sequence[tuple[RenderedPush, bytes]], may_continue: Callable[[], bool]
    ) -> AsyncIterator[Results]:
        """Send each push to its subscription, to all push services at the same time.

        Raises VendorAuthError only when every push service refuses the app's key and no other one
        has recently accepted it: an operator then has to correct the key.
        """
        batches, unsent = batches_by_origin(sends, self._is_trusted)
        for verdict, indexes in unsent:
            yield indexes, verdict
        # Those that recently accepted pushes come first: invented services must not delay them.
        origins = sorted(batches, key=lambda origin: not self._services.get(origin).accepts_key)
        parts = [self._send_batch(origin, batches[origin], may_continue) for origin in origins]
        async with closing(merge(parts)) as results:
            async for result in results:
                yield result
        failures = [(batch, batch.failure) for batch in batches.values() if batch.failure]
        refusals = [error for _, error in failures if isinstance(error, VendorAuthError)]
        if refusals and len(refusals) == len(batches) and not self._services.others_accept_key(batches):
            raise refusals[0]
        for batch, error in failures:
            yield sorted(batch.pending), Verdict(RETRY, error.code, error.reason, error.retry_after)

    async def _send_batch(
        self, origin: str, batch: ServiceBatch, may_continue: Callable[[], bool]
    ) -> AsyncGenerator[Results, None]:
        """Send to one push service. A failure is stored in the batch."""
        async with self._services.acquire(origin) as service:
            if service.remaining_pause:
                reason = "the push service is in trouble, or asked for fewer pushes"
                batch.failure = VendorUnavailable(FailureCode.LEFT_ALONE, reason, service.remaining_pause)
                return
            try:
                results = self._send_requests(origin, batch, service, may_continue)
                async with closing(results):
                    async for own_indexes, verdict in results:
                        indexes = [batch.indexes[index] for index in own_indexes]
                        if verdict is _FOREIGN_KEY_VERDICT:
                            batch.refused += indexes
                            continue
                        if verdict.outcome is ACCEPTED:
                            batch.has_accepted = True
                            service.record_acceptance()
                        batch.pending.difference_update(indexes)
                        yield indexes, verdict
            except VendorError as error:
                batch.failure = error
                service.record_failure(error)
        if batch.refused and _is_foreign_key(batch, service):
            batch.pending.difference_update(batch.refused)
            yield batch.refused, _FOREIGN_KEY_VERDICT
        elif batch.refused and batch.failure is None:
            reason = "the push service does not take our VAPID key or its signature"
            batch.failure = VendorAuthError("403", reason)

    def _send_requests(
        self, origin: str, batch: ServiceBatch, service: PushService, may_continue: Callable[[], bool]
    ) -> AsyncIterator[Results]:
        requests, template = EncryptedRequests(origin, batch.pushes), service.templates[self._priority]
        return service.session().send(template, requests, partial(self._judge, origin), may_continue)

    def _judge(self, origin: str, _index: int, result: Response | NoResponse) -> Verdict:
        if isinstance(result, NoResponse):
            return unanswered(result.cause)
        try:
            return self._parse(origin, result)
        except VendorAuthError:
            return _FOREIGN_KEY_VERDICT


class SubscriptionPush:
    """A rendered push."""

    refusal_scopes = NO_SCOPES
    """A refusal is about nothing of the push itself."""

    def __init__(self, sender: SubscriptionSender, rendered: RenderedPush) -> None:
        self._sender = sender
        self._rendered = rendered

    @property
    def key(self) -> SubscriptionSender:
        """The sender of all pushes with this priority."""
        return self._sender

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """Return what a refusal may be about: nothing of the push itself."""
        return NO_SCOPES

    def rendering_for(self, token: bytes) -> Self:
        """Return the push itself: all subscriptions get the same content."""
        return self

    def body_for(self, token: bytes) -> bytes:
        """Return the content, which is encrypted for each subscription."""
        return self._rendered.plaintext

    def send(self, tokens: Sequence[bytes], may_continue: Callable[[], bool]) -> AsyncIterator[Results]:
        """Send to these subscriptions."""
        return self.send_each([(self, token) for token in tokens], may_continue)

    def send_each(
        self, sends: Sequence[tuple[Self, bytes]], may_continue: Callable[[], bool]
    ) -> AsyncIterator[Results]:
        """Send each push to its subscription."""
        return self._sender.send([(push._rendered, token) for push, token in sends], may_continue)


class FilledSubscriptions:
    """A push with contents of their own for its subscriptions."""

    def __init__(self, sender: SubscriptionSender, headers: Fields, before: bytes, after: bytes) -> None:
        self._sender = sender
        self._headers = headers
        self._before = before
        self._after = after

    def send(
        self, tokens: Sequence[bytes], parts: Sequence[bytes], may_continue: Callable[[], bool]
    ) -> AsyncIterator[Results]:
        """Send each subscription its content, encrypted for it when its turn comes."""
        headers, before, after = self._headers, self._before, self._after
        sends = [
            (RenderedPush(headers, before + part + after), token)
            for token, part in zip(tokens, parts, strict=True)
        ]
        return self._sender.send(sends, may_continue)


def _is_foreign_key(batch: ServiceBatch, service: PushService) -> bool:
    """Whether the refused subscriptions were made with a key other than the app's."""
    few_refused = len(batch.refused) <= MAX_DOUBTFUL_REFUSALS
    return batch.has_accepted or (service.accepts_key and few_refused)
