"""Divides subscriptions by push service, and encrypts the content for each when its turn comes.

Does no I/O.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import overload

from pushgate.adapters.contract import Verdict
from pushgate.adapters.response_codes import REJECTED
from pushgate.adapters.webpush.encryption import encrypt
from pushgate.adapters.webpush.origins import is_apple
from pushgate.adapters.webpush.payload import RenderedPush
from pushgate.adapters.webpush.responses import (
    FOREIGN_HOST,
    NO_SUBSCRIPTION,
    REMOVED,
    subscription_verdict,
)
from pushgate.adapters.webpush.subscriptions import PermanentlyRemoved, Subscription, parse_token
from pushgate.domain.errors import VendorError
from pushgate.domain.outcome import FailureCode
from pushgate.http2.burst_template import RequestItem

_REMOVED_VERDICT = subscription_verdict(REMOVED)
_NO_SUBSCRIPTION_VERDICT = subscription_verdict(NO_SUBSCRIPTION)
_FOREIGN_HOST_VERDICT = subscription_verdict(FOREIGN_HOST)
_ALWAYS_SHOWN_VERDICT = Verdict(
    REJECTED,
    FailureCode.UNSUPPORTED,
    "Safari revokes the permission of sites whose pushes show nothing",
    vendor_asked=False,
)


@dataclass(slots=True)
class ServiceBatch:
    """The pushes to one push service, and what is known of sending them."""

    indexes: list[int] = field(default_factory=list)
    """Of these pushes, among all of a call."""
    pushes: list[tuple[RenderedPush, Subscription]] = field(default_factory=list)
    pending: set[int] = field(default_factory=set)
    """Indexes without a verdict."""
    refused: list[int] = field(default_factory=list)
    """Indexes for which the push service refused the app's key."""
    has_accepted: bool = False
    failure: VendorError | None = None
    """Why the batch ended early."""


def batches_by_origin(
    sends: Sequence[tuple[RenderedPush, bytes]], is_trusted: Callable[[str], bool]
) -> tuple[dict[str, ServiceBatch], list[tuple[Verdict, list[int]]]]:
    """Return batches by origin of the push service, and verdicts on tokens that go to none."""
    batches: dict[str, ServiceBatch] = {}
    removed, malformed, foreign, shown = list[int](), list[int](), list[int](), list[int]()
    for index, (push, token) in enumerate(sends):
        try:
            subscription = parse_token(token)
        except PermanentlyRemoved:
            removed.append(index)
            continue
        except ValueError:
            malformed.append(index)
            continue
        if push.is_removal and is_apple(subscription.origin):
            shown.append(index)
            continue
        batch = batches.get(subscription.origin)
        if batch is None:
            if not is_trusted(subscription.origin):
                foreign.append(index)
                continue
            batch = batches[subscription.origin] = ServiceBatch()
        batch.indexes.append(index)
        batch.pushes.append((push, subscription))
        batch.pending.add(index)
    unsent = (
        (_REMOVED_VERDICT, removed),
        (_NO_SUBSCRIPTION_VERDICT, malformed),
        (_FOREIGN_HOST_VERDICT, foreign),
        (_ALWAYS_SHOWN_VERDICT, shown),
    )
    return batches, [(verdict, indexes) for verdict, indexes in unsent if indexes]


class EncryptedRequests(Sequence[RequestItem]):
    """Requests, each encrypted when it is first read; a slice encrypts nothing."""

    def __init__(self, origin: str, pushes: Sequence[tuple[RenderedPush, Subscription]]) -> None:
        """All subscriptions are of the push service at `origin`."""
        self._origin = origin
        self._pushes = pushes
        self._requests: dict[int, RequestItem] = {}

    def __len__(self) -> int:
        return len(self._pushes)

    @overload
    def __getitem__(self, index: int) -> RequestItem: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[RequestItem]: ...
    def __getitem__(self, index: int | slice) -> RequestItem | Sequence[RequestItem]:
        if isinstance(index, slice):
            return EncryptedRequests(self._origin, self._pushes[index])
        if index not in self._requests:
            push, subscription = self._pushes[index]
            body = encrypt(push.plaintext, subscription)
            self._requests[index] = RequestItem(subscription.path, body, push.headers_for(self._origin))
        return self._requests[index]
