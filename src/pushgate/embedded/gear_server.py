"""`python -m pushgate.embedded.gear_server HOST PORT`: gear's server as a process.

The server does not merge jobs with the same unique id, and drops the job of a worker that dies.
Leases and the recovery of lost work make up for both.
"""

import logging
import signal
import sys
import threading

import gear

_MAX_SCANNED = 2000
"""Jobs of a queue that are scanned to find one of each function."""


class FairServer(gear.Server):
    """Serves functions in turn, as gearmand does with --round-robin.

    gear alone serves jobs in the order in which they came.
    """

    def __init__(self, *args: object, **options: object) -> None:
        self._turns: dict[bytes, int] = {}
        super().__init__(*args, **options)

    def getJobForConnection(self, connection: gear.ServerConnection, peek: bool = False) -> gear.Job | None:  # noqa: N802  # gear's name
        """The job to run next: of the highest priority, of the function served longest ago."""
        for queue in (self.high_queue, self.normal_queue, self.low_queue):
            first: dict[bytes, gear.Job] = {}
            for job in queue[:_MAX_SCANNED]:
                if job.name in connection.functions and job.name not in first:
                    first[job.name] = job
            if first:
                job = min(first.values(), key=lambda found: self._turns.get(found.name, 0))
                if not peek:
                    # gear takes the job at the head of its queue.
                    queue.remove(job)
                    queue.insert(0, job)
                    self._turns[job.name] = max(self._turns.values(), default=0) + 1
                return super().getJobForConnection(connection, peek)
        return None


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    host, port = sys.argv[1], int(sys.argv[2])
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server = FairServer(port, host=host, keepalive=True, tcp_keepidle=5, tcp_keepintvl=2, tcp_keepcnt=2)
    stop.wait()
    server.shutdown()


if __name__ == "__main__":
    main()
