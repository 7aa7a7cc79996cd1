"""Vendors' daily quotas, domain -> JSON. Pure."""

from pushgate.api.times import format_known
from pushgate.quotas.quota import Quota, QuotaState


def from_quota(quota: Quota, state: QuotaState) -> dict[str, object]:
    """Return a quota and what is known of its day as JSON."""
    return {
        "vendor": quota.vendor,
        "push_class": quota.push_class.value,
        "limit": state.limit,
        "used": state.used,
        "sending": state.reserved,
        "waiting": sum(state.wanted),
        "left": state.left,
        "refused_at": format_known(state.refused_at),
    }
