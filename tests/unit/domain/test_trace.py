"""What of a request's trace context is kept."""

import pytest

from pushgate.domain.trace import trace_context

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    ("parent", "state", "kept"),
    [
        (PARENT, None, PARENT),
        (PARENT, "a=1,b=2", f"{PARENT} a=1,b=2"),
        (PARENT, "x" * 257, PARENT),
        (PARENT, "a=\x00", PARENT),
        (f"cc{PARENT[2:]}-what-comes-later", None, PARENT),
        (None, "a=1", ""),
        ("", None, ""),
        ("rubbish", None, ""),
        (PARENT.upper(), None, ""),
        (f"{PARENT}-more", None, ""),
        (f"ff{PARENT[2:]}", None, ""),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", None, ""),
        (f"00-4bf92f3577b34da6a3ce929d0e0e4736-{'0' * 16}-01", None, ""),
        (f"cc{PARENT[2:]}-{'x' * 300}", None, ""),
    ],
)
def test_only_a_valid_context_is_kept(parent: str | None, state: str | None, kept: str) -> None:
    assert trace_context(parent, state) == kept
