"""One release by one machine, to hold against the same by many."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from nco.release.publication import REVIEW
from tests.conftest import ROUND, SMALL

NCO = [sys.executable, "-m", "nco"]


@dataclass(frozen=True)
class Place:
    """A data folder, and the release that one machine made of it."""

    data: Path
    out: Path

    def command(self, out: Path, *options: str) -> list[str]:
        """The command that releases the same schools into another folder."""
        command = [*NCO, "release", ROUND, "--data", str(self.data), "--out", str(out), "--engine", "embedded"]
        return [*command, "--schools", ",".join(SMALL), *options]

    def release(self, out: Path, *options: str) -> subprocess.CompletedProcess:
        """Release the same schools into another folder."""
        return subprocess.run(self.command(out, *options), capture_output=True, text=True, check=False)

    def started(self, out: Path, part: str) -> subprocess.Popen:
        """A run that makes one part, which says what became of it as JSON."""
        return subprocess.Popen(self.command(out, "--shard", part, "--json"), stdout=subprocess.PIPE, text=True)

    def same(self, out: Path) -> bool:
        """Whether the release in `out` has the very files of this one."""
        return contents(out / ROUND) == contents(self.out / ROUND)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file that readers get with its bytes, so the manifest too; the page of reviewers says where it lies."""
    files = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {str(name): path.read_bytes() for name, path in files.items() if name.parts[0] != REVIEW}


def alone(demo: Path, folder: Path) -> Place:
    """Release the demo by processes of this machine."""
    shutil.copytree(demo, folder / "data")
    place = Place(folder / "data", folder / "out")
    made = place.release(place.out)
    assert made.returncode == 0, made.stderr
    return place
