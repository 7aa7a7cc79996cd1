"""Honor's messages."""

from tests.support.adapters.rendering import (
    rendered,
)
from tests.support.adapters.samples import push


def test_pictures_are_for_service_messages() -> None:
    """See docs/reference/vendors/honor.md#options. Without an importance it is a
    marketing message.
    """
    assert "image" not in str(rendered("honor", push()))
    assert "image" in str(rendered("honor", push(honor={"importance": "NORMAL"})))
    assert "image" not in str(rendered("honor", push(honor={"importance": "LOW"})))
