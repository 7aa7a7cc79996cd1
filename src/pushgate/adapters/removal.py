"""Removes the notification of a push from terminals: by a recall if the vendor has one, else by a
silent push on which the client app removes the notification. Pure.
"""

from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from pushgate.adapters.contract import Adapter, PreparedPush, Push, SupportsRecall, SupportsRemoval
from pushgate.adapters.push_checks import require_recallable
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Content, Options
from pushgate.domain.outcome import FailureCode

NO_CONTENT = Content("", "")


def prepare_removal(adapter: Adapter, push: Push, now: datetime) -> PreparedPush:
    """Prepare to remove the notification of `push`, as it was sent. Its content does not matter.

    Raises PayloadRejected where there is no way, or the push shows nothing.
    """
    if isinstance(adapter, SupportsRecall):
        return adapter.recall(push)
    if isinstance(adapter, SupportsRemoval):
        require_recallable(push)
        return adapter.prepare(adapter.removal(push), now)
    raise PayloadRejected(
        FailureCode.UNSUPPORTED,
        "options.clear_on_click",
        "has no effect: the vendor can neither take a notification back nor send a silent push",
    )


def silent_removal(push: Push, name: str, own: Mapping[str, Mapping[str, object]] | None = None) -> Push:
    """Return the silent push on which the client app removes the notification with this name, if it
    is that of `push`.

    If `push` has no collapse key, the removal replaces `push` where the vendor still stores it. The
    removal itself never has a collapse key: it would replace a later message with that key. `own`
    are vendor options that it needs. Its priority is normal, because a vendor may withdraw urgency
    from an app whose urgent pushes show nothing.
    """
    options = Options(ttl=push.options.ttl, silent=True, vendors=own or {})
    return replace(push, content=NO_CONTENT, options=options, callback="", removes=name)
