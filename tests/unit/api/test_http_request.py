"""The header fields of a direct route's request are read as Starlette reads them."""

from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from pushgate.api.http_request import PlainHeaders

NAMES = st.sampled_from([b"content-type", b"idempotency-key", b"authorization", b"x"])
FIELDS = st.lists(st.tuples(NAMES, st.binary(max_size=3)), max_size=6)


@given(FIELDS)
def test_fields_are_found_as_starlette_finds_them(fields: list[tuple[bytes, bytes]]) -> None:
    plain, usual = PlainHeaders(fields), Headers(raw=fields)
    for name in ("content-type", "idempotency-key", "authorization", "x", "absent"):
        assert plain.get(name) == usual.get(name)
        assert plain.getlist(name) == usual.getlist(name)
