"""Command lines of the benchmarks."""

import argparse


def parser(description: str | None) -> argparse.ArgumentParser:
    """A parser whose help is the module's docstring."""
    return argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def terminal_count(description: str | None) -> int:
    """The number of terminals on the command line, 1,000,000 without one."""
    options = parser(description)
    options.add_argument("terminals", type=int, nargs="?", default=1_000_000)
    count: int = options.parse_args().terminals
    return count
