"""Options of the sandbox's process."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions:
    """Where the sandbox listens and keeps its credentials.

    `max_requests` are kept for inspection; `max_streams` is the limit of each HTTP/2 connection.
    With `report_to`, client apps report to this URL; without it they report nothing. `name` is the
    name or address that other machines reach the sandbox by. `app_file` is written: a configuration
    with an app that uses the sandbox.
    """

    folder: Path
    host: str = "127.0.0.1"
    name: str | None = None
    port: int = 8091
    api_port: int = 8090
    max_requests: int = 50_000
    max_streams: int = 1000
    report_to: str | None = None
    app_file: Path | None = None

    @property
    def base_url(self) -> str:
        """Where the simulated vendors are reached."""
        name = self.name or self.host
        return f"https://{f'[{name}]' if ':' in name else name}:{self.port}"
