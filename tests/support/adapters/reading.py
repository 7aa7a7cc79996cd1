"""What reading a response comes to."""

from collections.abc import Callable

from tests.support.adapters.response_codes import Expected

from pushgate.adapters.contract import Verdict
from pushgate.domain.errors import VendorAuthError, VendorThrottled, VendorUnavailable


def outcome_of(read: Callable[[], Verdict | list[Verdict]]) -> Expected:
    """Return the outcome that all verdicts share, or the class of the error about the call."""
    try:
        verdicts = read()
    except (VendorAuthError, VendorThrottled, VendorUnavailable) as error:
        return type(error)
    found = {verdict.outcome for verdict in (verdicts if isinstance(verdicts, list) else [verdicts])}
    assert len(found) == 1
    return found.pop()
