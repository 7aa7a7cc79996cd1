"""Addresses of servers.

Pure.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        """host:port."""
        return f"{self.host}:{self.port}"

    @classmethod
    def parse(cls, text: str) -> "Address":
        """The address of `host:port`; a host of IPv6 may be in brackets."""
        host, _, port = text.rpartition(":")
        return cls(host.strip("[]"), int(port))
