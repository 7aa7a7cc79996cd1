"""The error of a plan that depends on the plan of another message."""

from pushgate.domain.errors import PushgateError


class PlanAwaited(PushgateError):
    """Another message must be planned first, or planned again. The dispatcher puts the claim back.
    This is not an outage of an engine.
    """
