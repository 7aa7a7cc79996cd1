"""`python -m pushgate.embedded.gear_server HOST PORT`: gear's server as a process.

It does not coalesce unique ids and drops the job of a worker that dies: leases and the sweep carry both.
"""

import logging
import signal
import sys
import threading

import gear


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    host, port = sys.argv[1], int(sys.argv[2])
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server = gear.Server(port, host=host, keepalive=True, tcp_keepidle=5, tcp_keepintvl=2, tcp_keepcnt=2)
    stop.wait()
    server.shutdown()


if __name__ == "__main__":
    main()
