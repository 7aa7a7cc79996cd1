"""How the contexts of TLS are made."""

from pathlib import Path

import pytest
from tests.support.http2.servers import Certificates

from pushgate.domain.errors import ConfigurationError
from pushgate.http2.connect import tls_context


def test_clients_with_the_cas_of_the_system_share_a_context() -> None:
    """Each of 1,000 apps would read all CAs, and keep them in memory."""
    assert tls_context(None, None, ["h2"]) is tls_context(None, None, ["h2"])
    assert tls_context(None, None, ["h2"]) is not tls_context(None, None, ["http/1.1"])


def test_clients_with_cas_of_their_own_share_none(tmp_path: Path) -> None:
    ca = Certificates.make(tmp_path).ca.read_text("utf-8")
    own = tls_context(ca, None, ["h2"])
    assert own is not tls_context(ca, None, ["h2"])
    assert own is not tls_context(None, None, ["h2"])
    with pytest.raises(ConfigurationError):
        tls_context("none", None, ["h2"])
