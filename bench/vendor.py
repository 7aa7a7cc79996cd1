"""A vendor that tells when each push came: a node server that accepts FCM's requests."""

import subprocess
import threading
from pathlib import Path

from bench.machine import require_program


class Vendor:
    """The node server, and the instant at which each push came, by the number in its data."""

    def __init__(self, port: int) -> None:
        script = Path(__file__).parent / "clock.js"
        self.process = subprocess.Popen(
            [require_program("node"), str(script), str(port)], stdout=subprocess.PIPE, text=True
        )
        self.arrived: dict[int, float] = {}
        """Seconds of the monotonic clock. A push that comes twice has its first instant."""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            number, arrived_at = line.split()
            self.arrived.setdefault(int(number), float(arrived_at))

    def stop(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait()
