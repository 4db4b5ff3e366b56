"""A whole release of the demo: wall time per school and peak memory, by every engine that is here."""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from nco_utils import demo, quarto


def measure() -> Iterator[tuple[str, str, str]]:
    """Yield (what, measured, goal) for 131 schools, every format, two workers."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        made = demo.write_real(data)
        for engine in ("embedded", *(["quarto"] if quarto.find() else [])):
            out = Path(folder) / engine
            command = [sys.executable, "-m", "nco_utils.cli", "release", "2022E"]
            options = ["--data", str(data), "--out", str(out), "--engine", engine, "--json"]
            started = time.perf_counter()
            subprocess.run([*command, *options], check=True, stdout=subprocess.DEVNULL)
            per_school = (time.perf_counter() - started) / made.schools
            yield f"release of {made.schools} schools, {engine} engine", f"{per_school:.2f} s per school", "2.5 s"
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        megabytes = peak / (1024**2 if sys.platform == "darwin" else 1024)
        yield "largest process of a release", f"{megabytes:.0f} MB", ""
