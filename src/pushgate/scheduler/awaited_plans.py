"""The error of a plan that depends on the plan of another message."""

from pushgate.domain.errors import PushgateError


class PlanAwaited(PushgateError):
    """Another message must be planned first, or again. The dispatcher puts the claim back. All
    engines answer: this is no outage.
    """
