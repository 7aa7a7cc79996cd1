"""The laws of an ended small message. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence

from tests.support.faults.small_load import Acknowledged


def broken_laws(
    message: Acknowledged, status: str, states: Mapping[str, int], pushes: Counter[str]
) -> list[str]:
    """The laws that an ended message breaks, in words.

    `states` are its terminals by state, `pushes` says how often the vendor accepted each token.
    """
    push, targeted = message.push, sum(states.values())
    cancelled = status == "cancelled"
    unanswered = states["rejected"] if push.at_most_once else 0
    laws = {
        "every terminal is targeted, unless the planning was cancelled between two steps": targeted
        == push.terminals
        or (cancelled and targeted in _after_any_steps(push.steps)),
        "no token was dead, nothing had to expire": not states["invalid"] and not states["expired"],
        "nothing was refused": not states["rejected"] or push.at_most_once,
        "only what somebody cancels is cancelled": message.cancel_tried
        or (status == "sent" and not states["cancelled"]),
        "a cancelled message is cancelled": not message.cancelled or cancelled,
        "a push is accepted where the vendor accepted it": len(pushes) >= states["accepted"],
        "a push that the vendor accepted is accepted": len(pushes)
        <= states["accepted"] + unanswered + states["cancelled"],
        "at most once": not push.at_most_once or all(count == 1 for count in pushes.values()),
    }
    return [law for law, holds in laws.items() if not holds]


def _after_any_steps(steps: Sequence[int]) -> set[int]:
    """How many terminals may be planned when a message is cancelled: those of any steps.

    Cancelling ends the shards one after the other while the scheduler plans them, so that any
    shards may have been planned before.
    """
    planned = {0}
    for terminals in steps:
        planned |= {terminals + others for others in planned}
    return planned
