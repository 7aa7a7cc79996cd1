"""Meizu's signature of a request."""

import hashlib

from pushgate.adapters.meizu.payload import form_encoder


def test_the_signature_is_over_raw_values_in_the_order_of_names() -> None:
    """See docs/reference/vendors/meizu.md#requests, written out."""
    raw = 'appId=1messageJson={"a":"b c"}pushIds=x,y' + "secret"
    expected = hashlib.md5(raw.encode(), usedforsecurity=False).hexdigest()
    encoded = form_encoder("1", b'{"a":"b c"}', "secret")([b"x", b"y"])
    assert (
        encoded == f"appId=1&messageJson=%7B%22a%22%3A%22b%20c%22%7D&pushIds=x%2Cy&sign={expected}".encode()
    )
