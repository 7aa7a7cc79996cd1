"""The funnel of a message: targeted, accepted, delivered, clicked; its shapes and words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pushgate.console.outcomes import FAILED, count, count_failed, share
from pushgate.console.state_texts import say_counts
from pushgate.console.words import Words
from pushgate_client.types import Moment, Results

_HIGH, _THIN = 96.0, 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the funnel: how many came here, which share, and what was lost on the way."""

    key: str
    name: str
    number: int
    share: str
    why: str
    shape: str
    """The SVG path in a box of 100 by 100: from this step's height to that of the next."""


def build_funnel(results: Results, push_time: datetime | None, words: Words) -> tuple[Step, ...]:
    """Return the four steps of a message's funnel."""
    counts = count(results)
    numbers = [counts["targeted"], counts["accepted"], counts["delivered"], counts["clicked"]]
    names = [words._("Targeted"), words._("Accepted"), words._("Delivered"), words._("Clicked")]
    heights = [_height(number, counts["targeted"]) for number in numbers]
    said = zip(_shares(results, words), _reasons(results, push_time, words), strict=True)
    return tuple(
        Step(
            key=("targeted", "accepted", "delivered", "clicked")[index],
            name=names[index],
            number=numbers[index],
            share=part,
            why=why,
            shape=_shape(heights[index], heights[min(index + 1, len(heights) - 1)]),
        )
        for index, (part, why) in enumerate(said)
    )


def half_arrived_after(timeline: Sequence[Moment], push_time: datetime | None) -> timedelta | None:
    """Return how long after the push time half of the deliveries were reported, None where none
    was. The timeline counts by minute: the answer is the end of a minute.
    """
    delivered = sum(row.get("delivered", 0) for row in timeline)
    if not delivered or push_time is None:
        return None
    seen = 0
    for row in timeline:
        seen += row.get("delivered", 0)
        if seen * 2 >= delivered:
            return max(
                timedelta(minutes=1), datetime.fromisoformat(row["at"]) + timedelta(minutes=1) - push_time
            )
    return None


def _shares(results: Results, words: Words) -> list[str]:
    groups = results["groups"]
    vendors, languages = len({row["vendor"] for row in groups}), len({row["language"] for row in groups})
    targeted, accepted, delivered = results["targeted"], results["accepted"], results["delivered"]
    return [
        words._("{vendors} vendors, {languages} languages", vendors=vendors, languages=languages),
        words._("{share} of targeted", share=words.percent(share(accepted, targeted))),
        words._("{share} of accepted", share=words.percent(share(delivered, accepted))),
        words._("{share} click-through", share=words.percent(results["click_through_rate"])),
    ]


def _reasons(results: Results, push_time: datetime | None, words: Words) -> list[str]:
    return [
        _lost_words(results, words),
        _unconfirmed_words(results, words),
        _arrival_words(results, push_time, words),
        "",
    ]


def _lost_words(results: Results, words: Words) -> str:
    counts = count(results)
    pending = say_counts(counts, ["pending"], words)
    lost = count_failed(counts) + counts["cancelled"]
    if not lost:
        return pending
    states = [state for state in (*FAILED, "cancelled") if counts[state]]
    parts = say_counts(counts, states, words)
    if len(states) == 1:
        return words._(", ").join(part for part in (pending, parts) if part)
    if pending:
        return words._("{pending}; {n} lost: {parts}", pending=pending, n=lost, parts=parts)
    return words._("{n} lost: {parts}", n=lost, parts=parts)


def _unconfirmed_words(results: Results, words: Words) -> str:
    unconfirmed = max(0, results["accepted"] - results["delivered"])
    if not unconfirmed:
        return ""
    if not results["delivered"]:
        return words._("no receipt yet: the vendor or the app reports deliveries")
    if results["muted"]:
        return words._(
            "{n} not confirmed: {muted} have it off, the rest is offline or did not report",
            n=unconfirmed,
            muted=results["muted"],
        )
    return words._("{n} not confirmed: offline, or did not report", n=unconfirmed)


def _arrival_words(results: Results, push_time: datetime | None, words: Words) -> str:
    after = half_arrived_after(results["timeline"], push_time)
    return words._("half of them within {duration}", duration=words.duration(after)) if after else ""


def _height(number: int, targeted: int) -> float:
    return max(_THIN, number / targeted * _HIGH) if targeted else _THIN


def _shape(left: float, right: float) -> str:
    a, b = left / 2, right / 2
    return (
        f"M0 {50 - a:.2f}H62C82 {50 - a:.2f} 80 {50 - b:.2f} 100 {50 - b:.2f}"
        f"V{50 + b:.2f}C80 {50 + b:.2f} 82 {50 + a:.2f} 62 {50 + a:.2f}H0Z"
    )
