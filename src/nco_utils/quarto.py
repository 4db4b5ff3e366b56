"""One `quarto render` call over a project folder that holds many reports.

Quarto needs seconds to start, so a whole batch goes into one call. Two calls in one folder race and give a
report another school's figures: every worker has a project folder of its own.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import yaml

from .errors import UnusableInput

DOCUMENTS = "documents"
# Our names of the formats, and those that _extension.yml contributes.
FORMATS = {"html": "nco-html", "pdf": "nco-typst"}
# A thousand reports in one call may take long; a call that hangs must still end.
LONGEST_CALL = 4 * 3600


def find() -> Path | None:
    """Return the `quarto` on the PATH, if there is one."""
    found = shutil.which("quarto")
    return Path(found) if found else None


def version(program: Path) -> str:
    """Return Quarto's version; raises UnusableInput if the program does not start."""
    done = _run([program, "--version"], Path.cwd(), {})
    if done.returncode:
        raise UnusableInput(f"{program} does not start: {done.stderr.strip()[-300:]}")
    return done.stdout.strip()


def render(
    program: Path, project: Path, folders: Mapping[str, Path], formats: Sequence[str], timestamp: datetime
) -> tuple[dict[tuple[str, str], Path], str]:
    """Render the report in each folder; return the files made by (name, format), and what Quarto said.

    A document that fails stops Quarto's call, so the documents after it have no file either.
    """
    shutil.rmtree(project / DOCUMENTS, ignore_errors=True)
    for name, folder in folders.items():
        _copy(folder, project / DOCUMENTS / name)
    output = _write_targets(project, list(folders), formats)
    clock = {"SOURCE_DATE_EPOCH": str(int(timestamp.timestamp()))}
    done = _run([program, "render", project], project, clock)
    made = {
        (name, wanted): path
        for name in folders
        for wanted in formats
        if (path := output / DOCUMENTS / name / f"report.{wanted}").is_file()
    }
    return made, "" if done.returncode == 0 else (done.stderr + done.stdout)


def _copy(folder: Path, target: Path) -> None:
    target.mkdir(parents=True)
    shutil.copy(folder / "report.md", target / "report.qmd")
    if (folder / "figures").is_dir():
        shutil.copytree(folder / "figures", target / "figures")


def _write_targets(project: Path, names: Sequence[str], formats: Sequence[str]) -> Path:
    """Point the staged project at these documents and formats; return its output folder."""
    path = project / "_quarto.yml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    known = settings.get("format", {})
    settings["project"]["render"] = [f"{DOCUMENTS}/{name}/report.qmd" for name in names]
    settings["format"] = {FORMATS[wanted]: known.get(FORMATS[wanted], "default") for wanted in formats}
    path.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")
    output = project / settings["project"].get("output-dir", ".")
    shutil.rmtree(output / DOCUMENTS, ignore_errors=True) if output != project else None
    return output


def _run(command: Sequence[str | Path], folder: Path, more: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "NO_COLOR": "1", **more}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder, env=environment, capture_output=True, text=True, errors="replace",
        timeout=LONGEST_CALL, check=False,
    )  # fmt: skip
    done.stderr, done.stdout = (re.sub(r"\x1b\[[0-9;]*m", "", text) for text in (done.stderr, done.stdout))
    return done
