"""`python -m pushgate.embedded.gear_server HOST PORT`: gear's server as a process.

It does not coalesce unique ids and drops the job of a worker that dies: leases and the sweep carry both.
"""

import logging
import signal
import sys
import threading

import gear

_LOOKED_AT = 2000
"""Jobs of a queue that are looked at to find one of each function."""


class FairServer(gear.Server):
    """Takes functions in turn, as gearmand does with --round-robin: gear alone goes by the order of the jobs."""

    def __init__(self, *args: object, **options: object) -> None:
        self._turns: dict[bytes, int] = {}
        super().__init__(*args, **options)

    def getJobForConnection(self, connection: gear.ServerConnection, peek: bool = False) -> gear.Job | None:  # noqa: N802  # gear's name
        """The job whose function has waited longest for its turn, of the highest priority there is."""
        for queue in (self.high_queue, self.normal_queue, self.low_queue):
            first: dict[bytes, gear.Job] = {}
            for job in queue[:_LOOKED_AT]:
                if job.name in connection.functions and job.name not in first:
                    first[job.name] = job
            if first:
                job = min(first.values(), key=lambda found: self._turns.get(found.name, 0))
                if not peek:
                    # At the head of its queue it is the one that gear itself takes.
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
