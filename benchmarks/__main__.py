"""Run every benchmark, or those named, and print one table: `python -m benchmarks [NAME ...] [--sizes N,N]`."""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterable

from rich.console import Console
from rich.table import Table

from . import analysis, national, random_intercept, rendering, simulation, validation


def main() -> None:
    """Measure and print."""
    options = _options()
    every: dict[str, Callable[[], Iterable[tuple[str, str, str]]]] = {
        "validation": validation.measure,
        "random_intercept": random_intercept.measure,
        "analysis": analysis.measure,
        "simulation": simulation.measure,
        "rendering": rendering.measure,
        "national": lambda: national.measure(options.sizes),
    }
    if unknown := set(options.names) - set(every):
        raise SystemExit(f"No benchmark {', '.join(sorted(unknown))}. There are: {', '.join(every)}.")
    table = Table("What", "Measured", "Goal", title=f"{os.cpu_count()} cores, Python {platform.python_version()}")
    for name in options.names or every:
        for row in every[name]():
            print(" | ".join(row), file=sys.stderr, flush=True)  # the table takes half an hour
            table.add_row(*row)
    Console().print(table)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Speed, memory and quality, in one table."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="benchmarks to run; all when none is named")
    parser.add_argument("--sizes", type=_sizes, default=national.SIZES, metavar="N,N", help="schools of the countries")
    return parser.parse_args()


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


if __name__ == "__main__":
    main()
