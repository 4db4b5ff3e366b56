"""One `quarto render` call over a project folder that holds many reports.

Quarto needs seconds to start, so a whole batch goes into one call. Two calls in one folder race and give a
report another school's figures: every worker has a project folder of its own.
"""

import os
import re
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml

from nco_utils import strict_yaml
from nco_utils.errors import UnusableInput

DOCUMENTS = "documents"
SOURCE = "report.qmd"
# Our names of the formats, and those that _extension.yml contributes.
FORMATS = {"html": "nco-html", "pdf": "nco-typst", "docx": "nco-docx"}
# Documents in one call: many, because Quarto needs seconds to start; not all, because a refused one stops the call.
LARGEST_CALL = 40
# A call that hangs must still end: seconds for the start, and for each document ten times what a slow machine needs.
PATIENCE, PATIENCE_EACH = 120, 60
_PART = re.compile(r"\r\[ *(\d+)/\d+\] (.*)")  # said when it begins with a document, of several: its number and path
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# Quarto colours a warning of its own from its first to its last letter; pandoc and the filters write a line.
_WARNING = re.compile(r"\x1b\[33mWARN: (.*?)\x1b\[39m|^(?:\[WARNING\]|WARNING) (.+?)$", re.DOTALL | re.MULTILINE)
_LONGEST = 300  # letters of a warning
# What Quarto says when veraPDF finds that a PDF does not keep a standard; it goes on, so it is no more than a warning.
_NOT_KEPT = "PDF validation failed for "


@dataclass(frozen=True)
class Call:
    """What became of one call: the files made by (name, format), what Quarto said if it failed, and its warnings."""

    made: dict[tuple[str, str], Path]
    said: str
    warnings: dict[str, tuple[str, ...]]  # by name of the document

    def not_kept(self, name: str) -> str:
        """Return what veraPDF found wrong in the PDF of a document; nothing where it is not installed."""
        return " ".join(told for told in self.warnings[name] if told.startswith(_NOT_KEPT))


def find() -> Path | None:
    """Return the `quarto` on the PATH, or beside this Python, where the extra `quarto` puts it, if there is one."""
    found = shutil.which("quarto") or shutil.which("quarto", path=str(Path(sys.executable).parent))
    return Path(found).absolute() if found else None  # a folder of the PATH may be relative


def version(program: Path) -> str:
    """Return Quarto's version; raises UnusableInput if the program does not start."""
    try:
        done = _run([program, "--version"], Path.cwd(), {}, PATIENCE)
    except OSError as problem:
        raise UnusableInput(f"{program} does not start: {problem.strerror}. Install Quarto again.") from None
    if done.returncode:
        raise UnusableInput(f"{program} does not start: {_COLOUR.sub('', done.stderr).strip()[-300:]}")
    return done.stdout.strip()


def render(
    program: Path,
    project: Path,
    folders: Mapping[str, Path],
    formats: Sequence[str],
    timestamp: datetime,
    progress: Callable[[int], None] = lambda _: None,
) -> Call:
    """Render the report in each folder; progress: called with how many of the documents are ready.

    A document that Quarto refuses stops the call: those after it have no file either, and if it cannot even be
    read, none has.
    """
    project = project.absolute()  # Quarto runs in it: from there a relative path would be another
    shutil.rmtree(project / DOCUMENTS, ignore_errors=True)
    for name, folder in folders.items():
        put_document(folder, project / DOCUMENTS / name)
    output = write_targets(project, [f"{DOCUMENTS}/{name}/{SOURCE}" for name in folders], formats)
    clock = {"SOURCE_DATE_EPOCH": str(int(timestamp.timestamp()))}
    patience = PATIENCE + PATIENCE_EACH * len(folders)
    done = _run([program, "render", project], project, clock, patience, lambda said: progress(_ready(said)))
    made = {
        (name, wanted): path
        for name in folders
        for wanted in formats
        if (path := output / DOCUMENTS / name / f"report.{wanted}").is_file()
    }
    failed = "" if done.returncode == 0 else _COLOUR.sub("", done.stderr + done.stdout)
    return Call(made, failed, _warnings(done.stderr, list(folders)))


def _ready(said: str) -> int:
    """How many documents are ready, by what Quarto has said so far: one less than it has begun with."""
    begun = _PART.findall(said)
    return int(begun[-1][0]) - 1 if begun else 0


def _warnings(said: str, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """What Quarto warned of, by document; what it says before it begins with one is about the first."""
    found: dict[str, list[str]] = {name: [] for name in names}
    parts = _PART.split(said)
    for path, part in [("", parts[0]), *zip(parts[2::3], parts[3::3], strict=True)]:
        warnings = found.get(Path(path).parent.name, found[names[0]])
        for own, line in _WARNING.findall(part):
            told = " ".join(_COLOUR.sub("", own or line).split())[:_LONGEST]
            if told not in warnings:
                warnings.append(told)
    return {name: tuple(warnings) for name, warnings in found.items()}


def put_document(folder: Path, target: Path) -> None:
    """Put what Quarto needs of the document in `folder` into the folder `target`: text and drawings, nothing else."""
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(folder / "report.md", target / SOURCE)
    if (folder / "figures").is_dir():
        shutil.copytree(folder / "figures", target / "figures")


def write_targets(project: Path, targets: Sequence[str], formats: Sequence[str]) -> Path:
    """Point the staged project at these documents (paths in it) and formats; return its output folder."""
    path = project / "_quarto.yml"
    settings = strict_yaml.read(path)
    known = settings.get("format", {})
    settings["project"].pop("pre-render", None)  # it is staged already, once for all workers
    settings["project"]["render"] = list(targets)
    settings["format"] = {FORMATS[wanted]: known.get(FORMATS[wanted], "default") for wanted in formats}
    path.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")
    output = project / settings["project"].get("output-dir", ".")
    shutil.rmtree(output / DOCUMENTS, ignore_errors=True) if output != project else None
    return output


def _run(
    command: Sequence[str | Path],
    folder: Path,
    more: Mapping[str, str],
    patience: float,
    heard: Callable[[str], None] = lambda _: None,
) -> "subprocess.CompletedProcess[str]":
    """Run Quarto, and end it with everything that it started when it takes too long or we are stopped.

    heard: called with what it has said on stderr, each time that this is more.
    """
    # Colours tell where a warning ends.
    wished = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | more
    with subprocess.Popen(
        [str(part) for part in command], cwd=folder, env=wished, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            out, errors = _listen(process, time.monotonic() + patience, heard)
        except BaseException as stop:
            # `quarto` is a script that starts others: ending only the script would leave those at work.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if not isinstance(stop, TimeoutError):
                raise
            out, errors = "", f"ERROR: Quarto was not ready after {patience:.0f} seconds and has been stopped."
    return subprocess.CompletedProcess(process.args, process.returncode, out, errors)


def _listen(process: "subprocess.Popen[bytes]", late: float, heard: Callable[[str], None]) -> tuple[str, str]:
    """What a process says on stdout and on stderr until it ends; raises TimeoutError when that is too late."""
    said = {process.stdout: bytearray(), process.stderr: bytearray()}
    with selectors.DefaultSelector() as waiting:
        for stream in said:
            waiting.register(stream, selectors.EVENT_READ)
        while waiting.get_map():
            ready = waiting.select(max(0.0, late - time.monotonic()))
            if not ready:
                raise TimeoutError
            for key, _ in ready:
                said[key.fileobj] += (piece := os.read(key.fd, 65536))
                if not piece:
                    waiting.unregister(key.fileobj)
                elif key.fileobj is process.stderr:
                    heard(said[process.stderr].decode("utf-8", "replace"))
    process.wait()
    return tuple(text.decode("utf-8", "replace") for text in said.values())
