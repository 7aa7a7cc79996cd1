"""Checks of a push that several vendors share; each raises PayloadRejected. Pure."""

from collections.abc import Sequence

from pushgate.adapters.contract import Push
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.outcome import FailureCode


def require_not_silent(push: Push) -> None:
    """Refuse a silent push, for a vendor that shows every push."""
    if push.options.silent:
        raise PayloadRejected(
            FailureCode.UNSUPPORTED, "options.silent", "is not possible: the vendor shows every push"
        )


def require_recallable(push: Push) -> None:
    """Refuse to recall a silent push."""
    if push.options.silent:
        raise PayloadRejected(
            FailureCode.NOTHING_SHOWN, "options.silent", "a silent push shows nothing to take back"
        )


def require_no_options(push: Push, vendor: str, names: Sequence[str], kind: str) -> None:
    """Refuse a push that sets one of these options, which a push of this kind does not carry.

    The error names the first one in the order of `names`. False counts as not set.
    """
    written = push.options.vendors.get(vendor, {})
    for name in names:
        value = written.get(name)
        if value is not None and value is not False:
            reason = f"has no effect in {kind}; leave it out"
            raise PayloadRejected(FailureCode.BAD_OPTION, f"options.{vendor}.{name}", reason)
