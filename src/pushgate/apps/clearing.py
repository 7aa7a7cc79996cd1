"""Finds through which vendors of an app a click can remove a message's notification from other
terminals. No I/O.
"""

from collections.abc import Iterator, Mapping

from pushgate.adapters.contract import Push
from pushgate.adapters.removal import NO_CONTENT, prepare_removal
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.audience import AudienceKind
from pushgate.domain.errors import FieldError, PayloadRejected
from pushgate.domain.message import Message


def clearing_vendors(configured: ConfiguredApp, message: Message) -> Mapping[str, str]:
    """For each vendor of the app, why it cannot remove notifications of the message; empty if it
    can.
    """
    push = Push(
        message_id=message.id,
        content=NO_CONTENT,
        options=message.options,
        expires_at=message.expires_at,
        callback="",
    )
    found: dict[str, str] = {}
    for name, vendor in configured.vendors.items():
        try:
            prepare_removal(vendor.adapter, push, message.push_at)
            found[name] = ""
        except PayloadRejected as error:
            is_own = error.field == "options.clear_on_click"
            found[name] = error.reason if is_own else f"has no effect: {error.field} {error.reason}"
    return found


def check_clearing(
    configured: ConfiguredApp, message: Message, errors: list[FieldError]
) -> Iterator[FieldError]:
    """Warn of vendors that can remove no notification of a message which clears on click, once for
    each reason. Adds an error where the users of the terminals are unknown.
    """
    if not message.options.clear_on_click:
        return
    if message.audience.kind is AudienceKind.TOKENS:
        text = "has no effect for push tokens: they have no user; name terminals or users, or leave it out"
        errors.append(FieldError("options.clear_on_click", text))
        return
    names: dict[str, list[str]] = {}
    for name, reason in clearing_vendors(configured, message).items():
        if reason:
            names.setdefault(reason, []).append(name)
    for reason, some in names.items():
        yield FieldError("options.clear_on_click", f"{reason} ({', '.join(some)})")
