"""How the notification of a push is removed from terminals: recalled where the vendor can do that,
else by a silent push on which the client app removes it. Pure.
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

    Without a collapse key it takes the place of `push`, where the vendor still stores that. It has
    no collapse key itself: it would take the place of a later message with that key. `own` are
    options of the vendor that it needs. Its priority is normal: urgent pushes that show nothing may
    cost an app its urgency.
    """
    options = Options(ttl=push.options.ttl, silent=True, vendors=own or {})
    return replace(push, content=NO_CONTENT, options=options, callback="", removes=name)
