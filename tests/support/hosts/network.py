"""Hosts that a test makes: network namespaces joined by a bridge, or, where these are not
permitted, processes on the loopback interface of this host.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

LOOPBACK = "127.0.0.1"


class Hosts(Protocol):
    """The hosts of a test, numbered from 1 on, and this host, which they all reach."""

    @property
    def own_address(self) -> str:
        """The address of this host, as the others reach it."""

    def address(self, host: int) -> str:
        """The address of a host."""

    def command(self, host: int) -> Sequence[str]:
        """What stands before a command that runs on a host."""

    def cut(self, host: int, processes: Iterable[int]) -> None:
        """Cut a host off from all others. `processes` are the ids of those that run on it."""

    def heal(self, host: int, processes: Iterable[int]) -> None:
        """End the cut."""


class NamespaceHosts:
    """Each host is a network namespace. A host is cut off by taking its link down: connections
    stay half open.
    """

    def __init__(self, count: int) -> None:
        self._tag = f"{os.getpid() % 100_000:05d}"
        self._net = f"10.{200 + os.getpid() % 50}.{os.getpid() // 50 % 250}"
        self._bridge = f"pgb{self._tag}"
        self._count = count
        self.own_address = f"{self._net}.1"

    def build(self) -> None:
        """Make the bridge and the hosts. Raises CalledProcessError where that is not permitted."""
        _ip("link", "add", self._bridge, "type", "bridge")
        _ip("address", "add", f"{self.own_address}/24", "dev", self._bridge)
        _ip("link", "set", self._bridge, "up")
        for host in range(1, self._count + 1):
            name, link = self._name(host), self._link(host)
            _ip("netns", "add", name)
            _ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", name)
            _ip("link", "set", link, "master", self._bridge, "up")
            _ip("-n", name, "address", "add", f"{self.address(host)}/24", "dev", "eth0")
            _ip("-n", name, "link", "set", "eth0", "up")
            _ip("-n", name, "link", "set", "lo", "up")

    def remove(self) -> None:
        """Remove whatever of them there is."""
        for host in range(1, self._count + 1):
            subprocess.run(["ip", "netns", "del", self._name(host)], check=False, capture_output=True)
        subprocess.run(["ip", "link", "del", self._bridge], check=False, capture_output=True)

    def address(self, host: int) -> str:
        return f"{self._net}.{10 + host}"

    def command(self, host: int) -> Sequence[str]:
        return ["ip", "netns", "exec", self._name(host)]

    def cut(self, host: int, processes: Iterable[int]) -> None:
        _ip("link", "set", self._link(host), "down")

    def heal(self, host: int, processes: Iterable[int]) -> None:
        _ip("link", "set", self._link(host), "up")

    def _name(self, host: int) -> str:
        return f"pg{self._tag}h{host}"

    def _link(self, host: int) -> str:
        return f"pg{self._tag}v{host}"


class LoopbackHosts:
    """All hosts are this one. A host is cut off by stopping its processes."""

    own_address = LOOPBACK

    def address(self, host: int) -> str:
        return LOOPBACK

    def command(self, host: int) -> Sequence[str]:
        return []

    def cut(self, host: int, processes: Iterable[int]) -> None:
        for process in processes:
            os.kill(process, signal.SIGSTOP)

    def heal(self, host: int, processes: Iterable[int]) -> None:
        for process in processes:
            os.kill(process, signal.SIGCONT)


def kind_of_hosts() -> str:
    """`namespaces` where this process may make them, else `loopback`."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        return "loopback"
    probe = NamespaceHosts(1)
    try:
        probe.build()
    except (subprocess.CalledProcessError, OSError):
        return "loopback"
    finally:
        probe.remove()
    return "namespaces"


@contextmanager
def making_hosts(kind: str, count: int) -> Iterator[Hosts]:
    """So many hosts, removed with the context."""
    if kind == "loopback":
        yield LoopbackHosts()
        return
    hosts = NamespaceHosts(count)
    try:
        hosts.build()
        yield hosts
    finally:
        hosts.remove()


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
