"""Pushes sent together make the requests of pushes sent alone, whatever they hold (hypothesis)."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.adapters.sending import VENDORS, addressed, token
from tests.support.adapters.sending_each import NOW, require_equal_requests
from tests.support.sandbox import Sandbox

from pushgate.adapters.contract import Adapter, Push
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Content, Options, Priority

_numbers = itertools.count()
texts = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30)
ttls = st.sampled_from([timedelta(0), timedelta(seconds=59), timedelta(hours=1), timedelta(days=40)])


@st.composite
def pushes(draw: st.DrawFn) -> Push:
    """A push of any content that all vendors can take, with an id of its own."""
    number, ttl = next(_numbers), draw(ttls)
    return Push(
        message_id=f"{number:028x}",
        content=Content(draw(texts), draw(texts), None, draw(st.dictionaries(st.just("k"), texts))),
        options=Options(
            ttl=ttl, priority=draw(st.sampled_from(Priority)), collapse_key=draw(st.none() | texts)
        ),
        expires_at=NOW + ttl + timedelta(minutes=1),
        callback=f"shop.m{number}.mac",
    )


def takes(adapter: Adapter, push: Push) -> bool:
    """Whether the push is within the vendor's limits."""
    try:
        adapter.prepare(push, NOW)
    except PayloadRejected:
        return False
    return True


@pytest.mark.parametrize("vendor", VENDORS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(pushes(), min_size=1, max_size=8))
async def test_requests_do_not_depend_on_what_is_sent_with_them(
    vendor: str, adapters: dict[str, Adapter], sandbox: Sandbox, drawn: list[Push]
) -> None:
    adapter = adapters[vendor]
    taken = [push for push in drawn if takes(adapter, push)]
    tokens = addressed(sandbox, vendor, [token(n) for n in range(len(taken))])
    await require_equal_requests(sandbox, vendor, adapter, taken, tokens)
