"""Lines of `pushgate results` about variants."""

import pytest

from pushgate.cli.client.result_lines import variant_lines
from pushgate_client import types


def variant(name: str, clicked: int, uplift: types.Uplift | None) -> types.VariantResult:
    rate: types.Rate = {"rate": clicked / 1000, "low": 0.01, "high": 0.05}
    none: types.Rate = {"rate": 0.0, "low": 0.0, "high": 0.004}
    return {
        "name": name,
        "share": 50.0,
        "targeted": 1000,
        "pending": 0,
        "accepted": 1000,
        "invalid": 0,
        "rejected": 0,
        "expired": 0,
        "cancelled": 0,
        "delivered": 0,
        "clicked": clicked,
        "muted": 3,
        "gone": 0,
        "click_rate": rate,
        "uplift": uplift,
        "muted_rate": none,
        "gone_rate": none,
    }


EXPERIMENT: types.Experiment = {
    "unit": "terminal",
    "holdout": 10.0,
    "held_out": 222,
    "variants": [
        variant("a", 20, None),
        variant("b", 32, {"difference": 0.012, "low": -0.002, "high": 0.026}),
    ],
    "best": "b",
    "clear": False,
    "ground": "not_clear",
    "evidence": 3.21,
    "needed": 100.0,
    "decided_at": None,
}


def test_variants_have_rates_uplift_and_harm() -> None:
    head, first, second, held_out, judgement = variant_lines(EXPERIMENT)
    assert " ".join(head.split()) == "VARIANT SHARE TARGETED CLICKED RATE 95 % UPLIFT 95 % MUTED GONE"
    assert " ".join(first.split()) == "a 50 % 1,000 20 2.00% 1.00% to 5.00% 3 0"
    assert "+1.20%" in second
    assert "-0.20% to +2.60%" in second
    assert held_out == "held out: 222 (10 %)"
    assert judgement == "not clear (evidence 3.2 of 100)"


@pytest.mark.parametrize(
    ("ground", "words"), [("race", "click race"), ("end", "z at the end"), ("harm", "more muted or gone")]
)
def test_the_last_line_says_why(ground: types.Ground, words: str) -> None:
    *_, judgement = variant_lines({**EXPERIMENT, "ground": ground})
    assert words in judgement
    assert "b" in judgement


REST: types.StateCounts = {
    "targeted": 9000,
    "pending": 9000,
    "accepted": 0,
    "invalid": 0,
    "rejected": 0,
    "expired": 0,
    "cancelled": 0,
    "delivered": 0,
    "clicked": 0,
    "muted": 0,
    "gone": 0,
}
WAITING: types.Winner = {
    "after": "2h",
    "by": "clicks",
    "ends_at": "2031-01-01T12:00:00Z",
    "variant": None,
    "ground": None,
    "decided_at": None,
    "rest": REST,
}


def test_what_waits_for_a_winner_has_a_line() -> None:
    *_, rest = variant_lines({**EXPERIMENT, "winner": WAITING})
    assert rest.startswith("rest: 9,000 wait for the winner, about ")
    decided: types.Winner = {
        **WAITING,
        "variant": "b",
        "ground": "better",
        "decided_at": "2031-01-01T12:00:01Z",
        "rest": {**REST, "pending": 0, "accepted": 9000, "clicked": 180},
    }
    *_, rest = variant_lines({**EXPERIMENT, "winner": decided})
    assert rest == "rest: 9,000 get b (the better one at the end), clicked 180"
