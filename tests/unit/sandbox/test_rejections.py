"""Which tokens a simulated vendor rejects."""

from pushgate.sandbox.rejections import rejection_code, split_tokens, tokens_by_code

REJECTED = {"bad": "110010", "gone": ""}


def test_a_token_is_rejected_by_the_plan_or_by_its_prefix() -> None:
    codes = [rejection_code(token, REJECTED) for token in ("bad", "gone", "dead1", "good")]
    assert codes == ["110010", "", "", None]


def test_dead_tokens_get_the_vendors_code() -> None:
    accepted, codes = split_tokens(["bad", "gone", "dead1", "good"], REJECTED, "110003")
    assert (accepted, codes) == (["good"], {"bad": "110010", "gone": "110003", "dead1": "110003"})
    assert tokens_by_code(codes) == {"110010": ["bad"], "110003": ["gone", "dead1"]}
