"""Figures of small messages and of the references, and their tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figures:
    """What a load needed, a message. CPU is in microseconds by process, memory in bytes."""

    count: int
    rate: float
    """Messages a second, from the first POST to the last outcome recorded."""
    cpu: Mapping[str, float]
    commands: float
    scripts: float
    memory: float
    keys: float
    body: float


@dataclass(frozen=True)
class Reference:
    """The result of a program that is not Pushgate."""

    name: str
    rate: float
    """Messages a second."""
    cpu: float
    """Microseconds of CPU a message."""


def load_table(figures: Mapping[str, Figures], pushgate: Sequence[str]) -> str:
    """Return the loads as columns of a table. `pushgate` are the kinds of its processes."""
    rows: dict[str, list[str]] = {
        "What": list(figures),
        "---": ["---"] * len(figures),
        "messages": [f"{one.count:,}" for one in figures.values()],
        "messages/s end to end": [f"{one.rate:,.0f}" for one in figures.values()],
        "CPU us a message, all of Pushgate": [
            f"{sum(one.cpu[kind] for kind in pushgate):,.0f}" for one in figures.values()
        ],
    }
    for kind in next(iter(figures.values())).cpu:
        rows[f"CPU us a message, {kind}"] = [f"{one.cpu[kind]:,.0f}" for one in figures.values()]
    rows |= {
        "Redis commands a message": [f"{one.commands:,.1f}" for one in figures.values()],
        "script calls a message": [f"{one.scripts:,.2f}" for one in figures.values()],
        "bytes a message, beside its stored body": [
            f"{one.memory - one.body:,.0f}" for one in figures.values()
        ],
        "bytes of its stored body": [f"{one.body:,.0f}" for one in figures.values()],
        "keys a message": [f"{one.keys:,.2f}" for one in figures.values()],
    }
    return "".join(
        "|---" * (len(cells) + 1) + "|\n" if name == "---" else f"| {name} | {' | '.join(cells)} |\n"
        for name, cells in rows.items()
    )


def memory_table(before: Mapping[str, int], after: Mapping[str, int]) -> str:
    """Return the memory of each process at the start and at the end."""
    rows = (f"| {kind} | {before[kind] / 2**20:.0f} | {after[kind] / 2**20:.0f} |\n" for kind in before)
    return "| Process | MiB at the start | MiB at the end |\n|---|---|---|\n" + "".join(rows)


def reference_table(references: Sequence[Reference]) -> str:
    """Return the results of the references."""
    rows = (f"| {one.name} | {one.rate:,.0f} | {one.cpu:,.0f} |\n" for one in references)
    return "| Reference | messages/s | CPU us a message |\n|---|---|---|\n" + "".join(rows)
