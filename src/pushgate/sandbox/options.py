"""Options of the sandbox's process."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions:
    """Where the sandbox listens and keeps its credentials.

    `max_requests` are kept for inspection; `max_streams` is the limit of each HTTP/2 connection.
    With `report_to`, client apps report to this URL; without it they report nothing.
    """

    folder: Path
    host: str = "127.0.0.1"
    port: int = 8091
    api_port: int = 8090
    max_requests: int = 50_000
    max_streams: int = 1000
    report_to: str | None = None

    @property
    def base_url(self) -> str:
        """Where the simulated vendors listen."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}:{self.port}"
