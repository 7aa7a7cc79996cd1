"""Whether a message's canary is large enough to be judged, vendor by vendor. Pure."""

from collections.abc import Iterator, Sequence

from pushgate.domain.canary import MIN_ANSWERS, Canary
from pushgate.domain.errors import FieldError
from pushgate.preflight.plan import VendorPlan


def warn_of_canary(canary: Canary | None, vendors: Sequence[VendorPlan]) -> Iterator[FieldError]:
    """Warn of vendors that get so few pushes of the canary that they are not judged."""
    if canary is None or not (any(canary.hold_if.upper()) or any(canary.slower_if.upper())):
        return
    expected = {one.vendor: round(one.sent * canary.share / 100) for one in vendors if one.sent}
    few = [f"{vendor} ({count})" for vendor, count in expected.items() if count < MIN_ANSWERS]
    if few:
        text = f"is too small to judge {', '.join(few)}: limits need {MIN_ANSWERS} answers of a vendor"
        yield FieldError("options.canary.share", text)
