"""No input, whatever it is, makes the API fail."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields

anything: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


mangled = st.fixed_dictionaries(
    {},
    optional={
        "content": anything | st.dictionaries(st.sampled_from(["en", "zh", "xx", ""]), anything, max_size=2),
        "default_language": anything,
        "push_time": anything | st.datetimes().map(lambda at: at.isoformat() + "Z"),
        "audience": anything
        | st.dictionaries(st.sampled_from(["all", "terminals", "users", "tokens"]), anything, max_size=2),
        "options": anything
        | st.dictionaries(
            st.sampled_from(["ttl", "apns", "fcm", "xiaomi", "priority"]), anything, max_size=3
        ),
    },
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=mangled | anything)
async def test_no_json_whatever_gives_a_500(clients: ApiClients, body: object) -> None:
    for path in ("/v1/messages", "/v1/callbacks/click"):
        raw = json.dumps(body).encode()
        answer = await clients.shop.post(path, content=raw, headers={"Content-Type": "application/json"})
        assert answer.status_code < 500, (path, body, answer.text)
        if answer.status_code >= 400:
            bad_fields(answer)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=200),
    path=st.sampled_from(["/v1/messages", "/v1/messages:batch", "/v1/callbacks/received"]),
)
async def test_no_bytes_whatever_give_a_500(clients: ApiClients, body: bytes, path: str) -> None:
    answer = await clients.shop.post(path, content=body, headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500
    bad_fields(answer)
