"""A part of a release, for machines that know nothing of each other: a job array on one file system.

A shard makes its part of the reports and keeps them in the store of the output folder. It publishes nothing: the run
without --shard that comes after finds everything made.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nco_utils.errors import UnusableInput

from .planning import Plan

_TEXT = re.compile(r"([0-9]{1,6})/([0-9]{1,6})")


@dataclass(frozen=True)
class Shard:
    """Part `number` of `total`, counted from 1."""

    number: int
    total: int

    def __str__(self) -> str:
        """As it was asked for."""
        return f"{self.number}/{self.total}"

    def of(self, planned: Plan) -> Plan:
        """Return the shard's part of a plan.

        Every total-th report: neighbours go to different shards, for boards come last and are larger than schools.
        """
        sources = planned.sources[self.number - 1 :: self.total]
        return replace(planned, sources=sources, there=planned.there & {source.key for source in sources})


@dataclass(frozen=True)
class Finished:
    """What became of a shard: how many reports it has, how many it made now, and by subject why others failed."""

    shard: Shard
    n_reports: int
    n_made: int
    errors: dict[str, str]


def parse(text: str) -> Shard:
    """Read I/N, such as 3/16; raises UnusableInput for anything but a number from 1 to N, of N."""
    found = _TEXT.fullmatch(text.strip())
    shard = Shard(int(found[1]), int(found[2])) if found else None
    if shard is None or not 1 <= shard.number <= shard.total:
        raise UnusableInput(
            f"--shard {text} is no part of a release. Write I/N, I from 1 to N: --shard 3/16 is the third of sixteen. "
            "Let a Slurm job array count from 1: --array=1-16."
        )
    return shard


def finished(shard: Shard, part: Plan, errors: dict[str, str]) -> Finished:
    """Return what became of a shard's part of the plan."""
    todo: Sequence = [source for source in part.sources if source.key not in part.there]
    return Finished(shard, len(part.sources), len(todo) - len(errors), errors)
