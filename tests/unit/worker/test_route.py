"""Which circuit breakers a push passes, and which of them a refusal opens."""

from hypothesis import given
from hypothesis import strategies as st

from pushgate.domain.outcome import RefusalScope
from pushgate.worker.route import BreakerScope, Route

WHOLE = BreakerScope("shop", "oppo")


def test_without_names_only_the_app_is_paused() -> None:
    route = Route("shop", "oppo")
    assert route.breaker_scopes == (WHOLE,)
    assert route.breaker_scope(RefusalScope.HOST) == WHOLE
    assert WHOLE.key == "shop:oppo"


def test_a_named_part_has_a_breaker_beside_that_of_the_app() -> None:
    route = Route("shop", "oppo", {RefusalScope.TOPIC: "news"})
    topic = BreakerScope("shop", "oppo", RefusalScope.TOPIC, "news")
    assert route.breaker_scopes == (WHOLE, topic)
    assert topic.key == "shop:oppo:topic:news"


def test_what_one_host_says_of_the_app_or_a_part_is_of_that_host_alone() -> None:
    route = Route("shop", "oppo", {RefusalScope.HOST: "china", RefusalScope.CLASS: "IM"})
    host = BreakerScope("shop", "oppo", RefusalScope.HOST, "china")
    assert route.breaker_scope(RefusalScope.APP) == route.breaker_scope(RefusalScope.HOST) == host
    assert route.breaker_scope(RefusalScope.CLASS).name == "china IM"
    assert route.breaker_scopes[0] == route.app_scope == WHOLE


@given(st.text(max_size=2000))
def test_a_key_is_bounded_and_printable_whatever_callers_write(name: str) -> None:
    key = BreakerScope("shop", "xiaomi", RefusalScope.CHANNEL, name).key
    assert len(key) <= len("shop:xiaomi:channel:") + 64
    assert key.isprintable()


def test_long_names_that_differ_have_keys_that_differ() -> None:
    keys = {BreakerScope("shop", "xiaomi", RefusalScope.CHANNEL, "x" * 5000 + end).key for end in ("a", "b")}
    assert len(keys) == 2
