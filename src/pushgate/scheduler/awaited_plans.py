"""What it means that a plan follows from another one, which is not there yet."""

from pushgate.domain.errors import PushgateError


class PlanAwaited(PushgateError):
    """Another message's plan must be made first, or made again: the claim is put back. No engine is
    out of reach.
    """
