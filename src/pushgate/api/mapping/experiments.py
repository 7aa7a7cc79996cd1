"""Variants compared, domain -> JSON. Pure."""

from pushgate.api.mapping.variants import from_winner
from pushgate.api.times import format_instant, format_known
from pushgate.domain.experiment import Decision, Split, Winner
from pushgate.experiments.proportions import Interval, Proportion, newcombe, wilson
from pushgate.ledger.report import STATES
from pushgate.tracking.experiments import Experiment

_COUNTS = ("targeted", *STATES, "delivered", "clicked", "muted", "gone")


def from_experiment(found: Experiment) -> dict[str, object]:
    """Return the variants of a message, and the judgement on them, as JSON."""
    split, judgement = found.split, found.judgement
    return {
        "unit": split.unit.value,
        "holdout": split.holdout,
        "held_out": found.held_out,
        "variants": [_from_variant(found, number) for number in range(len(split.names))],
        "best": None if judgement.best is None else split.names[judgement.best],
        "clear": judgement.clear,
        "ground": judgement.ground.value,
        "evidence": judgement.evidence,
        "needed": judgement.needed,
        "decided_at": format_known(found.decided_at),
        **({"winner": _from_winner(found, split.winner)} if split.winner else {}),
    }


def from_decision(split: Split, decision: Decision | None) -> dict[str, object]:
    """Return the variant that the rest of a message gets as JSON; all null while there is none."""
    return {
        "variant": split.names[decision.variant] if decision else None,
        "ground": decision.ground.value if decision else None,
        "decided_at": format_known(decision.at if decision else None),
    }


def _from_winner(found: Experiment, winner: Winner) -> dict[str, object]:
    return {
        **from_winner(winner),
        "ends_at": format_instant(found.ends_at),
        **from_decision(found.split, found.decision),
        "rest": {name: found.rest[name] for name in _COUNTS},
    }


def _from_variant(found: Experiment, number: int) -> dict[str, object]:
    counts, arms = found.counts[number], found.arms
    arm, base = arms[number], arms[0].clicks
    muted, gone = arm.harms
    uplift = None
    if number:
        difference = {"difference": arm.clicks.rate - base.rate}
        uplift = difference | _from_interval(newcombe(base, arm.clicks))
    return {
        "name": found.split.names[number],
        "share": found.split.shares[number],
        **{name: counts[name] for name in _COUNTS},
        "click_rate": _from_rate(arm.clicks),
        "uplift": uplift,
        "muted_rate": _from_rate(muted),
        "gone_rate": _from_rate(gone),
    }


def _from_rate(part: Proportion) -> dict[str, float]:
    return {"rate": part.rate, **_from_interval(wilson(part))}


def _from_interval(interval: Interval) -> dict[str, float]:
    return {"low": interval.low, "high": interval.high}
