"""What a release knows of each report without opening its slice: a line of `slices.json`.

A country's slices are hundreds of megabytes; a run that has nothing to do must not read them.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from nco.base import notes
from nco.reports.facts import ReportFacts
from nco_utils import write_whole
from nco_utils.errors import UnusableInput

INDEX = "slices.json"  # in a round's folder


def write(all_facts: Iterable[ReportFacts], path: Path) -> None:
    """Write the facts of all reports, whole or not at all."""
    write_whole.write_text(path, json.dumps([asdict(each) for each in all_facts], ensure_ascii=False, indent=0) + "\n")


def read(path: Path) -> Sequence[ReportFacts]:
    """Read the facts that `write` made; raises UnusableInput when they are not there or not of this version."""
    try:
        rows = notes.loaded(path.read_text(encoding="utf-8"))
        if not isinstance(rows, list):
            raise TypeError("no list of facts")  # noqa: TRY301
        return [
            ReportFacts(**row | {name: tuple(map(tuple, row[name])) for name in ("absent", "outstanding")})
            for row in rows
        ]
    except (OSError, ValueError, TypeError, KeyError):
        raise UnusableInput(f"{path} is not there or not of this version. Run `nco analyse` again.") from None
