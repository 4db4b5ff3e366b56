"""Run every benchmark and print one table."""

import os
import platform

from rich.console import Console
from rich.table import Table

from . import analysis, demo_release, random_intercept, rendering, validation


def main() -> None:
    table = Table("What", "Measured", "Goal", title=f"{os.cpu_count()} cores, Python {platform.python_version()}")
    for bench in (validation, random_intercept, analysis, rendering, demo_release):
        for row in bench.measure():
            table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
