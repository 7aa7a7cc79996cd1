"""Tries a vendor's section at the vendor before it takes effect. Sends no push."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from pushgate.adapters.contract import Adapter
from pushgate.apps.document_opening import DocumentOpening
from pushgate.domain.errors import Conflict, FieldError, InvalidRequest, VendorAuthError, VendorError
from pushgate.http2.credentials import NoCredentialStore

CHECK_LIMIT = timedelta(seconds=10)
_HOW_TO_SKIP = "or send ?check=false to store it untried"


@dataclass(frozen=True, slots=True)
class Trial:
    """A section that can be opened. `confirmed` is whether the vendor accepted its credential; None
    where the vendor was not asked, or offers no way to ask without a push.
    """

    confirmed: bool | None


async def try_section(
    opening: DocumentOpening, app: str, vendor: str, section: Mapping[str, object], *, check: bool
) -> Trial:
    """Open the section, and with `check` ask the vendor whether it accepts the credential.

    Raises InvalidRequest where the section is bad or the vendor refuses it, Conflict where the
    vendor does not answer.
    """
    # A token that is shared by other processes would say nothing of this credential.
    alone = replace(opening, context=replace(opening.context, credentials=NoCredentialStore()))
    configured, faults = alone.try_section(app, vendor, section)
    try:
        if faults or configured is None:
            raise InvalidRequest([_as_sent(one, f"apps.{app}.{vendor}.") for one in faults])
        return Trial(await _ask(configured.adapter)) if check else Trial(None)
    finally:
        if configured:
            await configured.adapter.close()


def _as_sent(fault: FieldError, prefix: str) -> FieldError:
    """The fault of a section as its caller sent it: without the paths that only a file may have."""
    name = fault.field.removeprefix(prefix)
    return FieldError(name, fault.message.removesuffix(f", or {name}_file"))


async def _ask(adapter: Adapter) -> bool | None:
    try:
        async with asyncio.timeout(CHECK_LIMIT.total_seconds()):
            return await adapter.check() or None
    except VendorAuthError as error:
        problem = f"the vendor refuses the credential ({error}); correct it, {_HOW_TO_SKIP}"
        raise InvalidRequest([FieldError("check", problem)]) from error
    except VendorError as error:
        raise _unanswered(str(error)) from error
    except TimeoutError as error:
        raise _unanswered(f"no answer within {CHECK_LIMIT.total_seconds():g} s") from error


def _unanswered(reason: str) -> Conflict:
    return Conflict(
        f"the vendor could not be asked ({reason}); nothing was stored: send this again, {_HOW_TO_SKIP}"
    )
