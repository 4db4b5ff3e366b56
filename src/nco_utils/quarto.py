"""One `quarto render` call over a project folder that holds many reports.

Quarto needs seconds to start, so a whole batch goes into one call. Two calls in one folder race and give a
report another school's figures: every worker has a project folder of its own.
"""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import yaml

from . import strict_yaml
from .errors import UnusableInput

DOCUMENTS = "documents"
# Our names of the formats, and those that _extension.yml contributes.
FORMATS = {"html": "nco-html", "pdf": "nco-typst", "docx": "nco-docx"}
# Documents in one call: many, because Quarto needs seconds to start; not all, because a refused one stops the call.
LARGEST_CALL = 40
# A call that hangs must still end: seconds for the start, and for each document ten times what a slow machine needs.
PATIENCE, PATIENCE_EACH = 120, 60


def find() -> Path | None:
    """Return the `quarto` on the PATH, if there is one."""
    found = shutil.which("quarto")
    return Path(found) if found else None


def version(program: Path) -> str:
    """Return Quarto's version; raises UnusableInput if the program does not start."""
    try:
        done = _run([program, "--version"], Path.cwd(), {}, PATIENCE)
    except OSError as problem:
        raise UnusableInput(f"{program} does not start: {problem.strerror}. Install Quarto again.") from None
    if done.returncode:
        raise UnusableInput(f"{program} does not start: {done.stderr.strip()[-300:]}")
    return done.stdout.strip()


def render(
    program: Path, project: Path, folders: Mapping[str, Path], formats: Sequence[str], timestamp: datetime
) -> tuple[dict[tuple[str, str], Path], str]:
    """Render the report in each folder; return the files made by (name, format), and what Quarto said.

    A document that Quarto refuses stops the call: those after it have no file either, and if it cannot even be
    read, none has.
    """
    shutil.rmtree(project / DOCUMENTS, ignore_errors=True)
    for name, folder in folders.items():
        _copy(folder, project / DOCUMENTS / name)
    output = _write_targets(project, list(folders), formats)
    clock = {"SOURCE_DATE_EPOCH": str(int(timestamp.timestamp()))}
    patience = PATIENCE + PATIENCE_EACH * len(folders)
    done = _run([program, "render", project], project, clock, patience)
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
    settings = strict_yaml.read(path)
    known = settings.get("format", {})
    settings["project"]["render"] = [f"{DOCUMENTS}/{name}/report.qmd" for name in names]
    settings["format"] = {FORMATS[wanted]: known.get(FORMATS[wanted], "default") for wanted in formats}
    path.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")
    output = project / settings["project"].get("output-dir", ".")
    shutil.rmtree(output / DOCUMENTS, ignore_errors=True) if output != project else None
    return output


def _run(
    command: Sequence[str | Path], folder: Path, more: Mapping[str, str], patience: float
) -> "subprocess.CompletedProcess[str]":
    """Run Quarto, and end it with everything that it started when it takes too long or we are stopped."""
    with subprocess.Popen(
        [str(part) for part in command],
        cwd=folder, env={**os.environ, "NO_COLOR": "1", **more}, text=True, errors="replace",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            said = process.communicate(timeout=patience)
        except BaseException as stop:
            # `quarto` is a script that starts others: ending only the script would leave those at work.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if not isinstance(stop, subprocess.TimeoutExpired):
                raise
            said = ("", f"ERROR: Quarto was not ready after {patience:.0f} seconds and has been stopped.")
    out, errors = (re.sub(r"\x1b\[[0-9;]*m", "", text) for text in said)
    return subprocess.CompletedProcess(process.args, process.returncode, out, errors)
