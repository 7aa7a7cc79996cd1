"""Isolates faults: an error with one message does not stop the work on others."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta

from pushgate.domain.errors import EngineUnavailable
from pushgate.runtime import logs

AFTER_A_FAULT = timedelta(minutes=1)
"""How long a faulty message is put off."""
_log = logs.get("scheduler")


@contextmanager
def isolate_fault(work: str, *, action: str, message_id: str) -> Iterator[None]:
    """Log any error of the block, which works on one message, and go on after the block.

    `work` says in words what is done with the message. Even EngineUnavailable is only logged: the
    next message may be in a part of the store that answers.
    """
    try:
        yield
    except EngineUnavailable as error:
        _log.warning(f"{work} interrupted", action=action, message=message_id, error=str(error), outage=True)
    except Exception:  # noqa: BLE001  # one message's fault must not stop the others
        _log.exception(f"{work} failed", action=action, message=message_id)


@asynccontextmanager
async def isolate_and_put_off(
    work: str, *, action: str, message_id: str, put_off: Callable[[], Awaitable[object]]
) -> AsyncIterator[None]:
    """As `isolate_fault`, for messages of a queue. `put_off` puts off a faulty message, which would
    otherwise be first in the queue every time. `put_off` may raise EngineUnavailable.
    """
    with isolate_fault(work, action=action, message_id=message_id):
        try:
            yield
        except EngineUnavailable:
            raise
        except Exception:  # any error, which `isolate_fault` logs
            with suppress(EngineUnavailable):
                await put_off()
            raise
