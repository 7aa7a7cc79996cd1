"""What can be done with a message, to how many terminals, or why not. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pushgate.adapters.registry import vendors
from pushgate.adapters.vendor import Feature
from pushgate.console.marking import N_
from pushgate.console.message_groups import count_recallable
from pushgate.console.outcomes import count
from pushgate.console.reasons import count_retried
from pushgate.console.typed_numbers import read_number
from pushgate.console.words import Words
from pushgate_client.types import Results, TrackedMessage

_MAX_DIGITS = 12
RETRIED = ("rejected", "expired")
"""What is sent again unless the sender says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that can be done now. Texts are English, for the catalogue."""

    number: int = 0
    """How many terminals are concerned."""
    obstacle: str = ""
    """Why it cannot be done; empty where it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """All that can be done with a message."""

    cancel: Action
    reschedule: Action
    retry: Action
    recall: Action
    duplicate: Action


def find_actions(message: TrackedMessage, results: Results) -> Actions:
    """Return what can be done with the message now."""
    dropped = N_("Its content was dropped, as content_retention says.")
    has_content = message["content"] is not None
    nothing = Action(obstacle=dropped)
    return Actions(
        cancel=_cancel(results),
        reschedule=_reschedule(message, results) if has_content else nothing,
        retry=_retry(results) if has_content else nothing,
        recall=_recall(results) if has_content else nothing,
        duplicate=_duplicate(message) if has_content else nothing,
    )


def say_actions(actions: Actions, words: Words) -> Actions:
    """Return the actions with their obstacles in the reader's words."""
    return Actions(
        cancel=_say(actions.cancel, words),
        reschedule=_say(actions.reschedule, words),
        retry=_say(actions.retry, words),
        recall=_say(actions.recall, words),
        duplicate=_say(actions.duplicate, words),
    )


def seen_number(form: Mapping[str, str]) -> int:
    """Return the number of terminals that a dialog showed, in the field `seen` of its form."""
    seen = form.get("seen", "")
    return int(seen) if seen.isascii() and seen.isdecimal() and len(seen) <= _MAX_DIGITS else 0


def is_confirmed(form: Mapping[str, str], number: int, confirm_above: int) -> bool:
    """Return whether a number was typed into the field `sure`, where it must be."""
    if number <= confirm_above:
        return True
    return read_number(form.get("sure", "")) == number


def retried_by_state(results: Results) -> Mapping[str, int]:
    """Return how many terminals of each failed state can be sent to again."""
    return count_retried(results["failures"], count(results))


def recalled_by_vendor(results: Results) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Return the terminals that have the message: at vendors that can take it back, at others."""
    numbers = count_recallable(results["groups"])
    can = {vendor: number for vendor, number in numbers.items() if _can_recall(vendor)}
    return can, {vendor: number for vendor, number in numbers.items() if vendor not in can}


def _can_recall(vendor: str) -> bool:
    known = vendors().get(vendor)
    return known is not None and Feature.RECALL in known.features


def _say(action: Action, words: Words) -> Action:
    return replace(action, obstacle=words._(action.obstacle)) if action.obstacle else action


def _cancel(results: Results) -> Action:
    if results["status"] == "cancelled":
        return Action(obstacle=N_("It is cancelled."))
    if any(step["state"] == "to_come" for step in results.get("steps", ())):
        return Action(number=results["pending"])
    if results["status"] == "sent":
        return Action(obstacle=N_("Nothing is pending any more; recall takes it back."))
    return Action(number=results["pending"])


def _duplicate(message: TrackedMessage) -> Action:
    if "escalates" in message:
        return Action(obstacle=N_("It is a step of another message; duplicate that one."))
    return Action()


def _reschedule(message: TrackedMessage, results: Results) -> Action:
    to_come = results.get("to_come")
    if message["status"] != "scheduled" and not (to_come and to_come["next_at"]):
        return Action(obstacle=N_("Its time has come."))
    return Action()


def _retry(results: Results) -> Action:
    if "parts" in results:
        return Action(obstacle=N_("It goes out at each phone’s own time; send a new message instead."))
    if results["status"] != "sent":
        return Action(obstacle=N_("Once the message is sent."))
    number = sum(retried_by_state(results)[state] for state in RETRIED)
    if not number and not results["invalid"]:
        return Action(obstacle=N_("Nothing failed that can be sent again."))
    return Action(number=number)


def _recall(results: Results) -> Action:
    if results["dry_run"]:
        return Action(obstacle=N_("A dry run has nothing to recall."))
    if results["status"] == "scheduled":
        return Action(obstacle=N_("Nobody has it yet; cancel it."))
    number = sum(recalled_by_vendor(results)[0].values())
    if not number:
        return Action(obstacle=N_("No vendor that can take it back has accepted it."))
    return Action(number=number)
