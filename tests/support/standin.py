"""A stand-in for Quarto 1.10 where there is none: as strict about arguments and paths; it sets by the embedded engine.

Like Quarto it runs where it is started, knows its inputs by paths from there, stops at the first document that fails,
then has no file of that one in any format, and makes nothing when it cannot read one of them. Words in a document make
it fail in a way of Quarto's. `STANDIN_SAMPLE` names a folder of files to copy in place of rendering.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import yaml

VERSION = "1.10.18"
# Options of `quarto render` and how many values each takes; any other would be handed to pandoc, which refuses it.
OPTIONS = {
    "--to": 1, "-t": 1, "--output": 1, "-o": 1, "--output-dir": 1, "--metadata": 1, "-M": 1, "--execute": 0,
    "--no-execute": 0, "--execute-param": 1, "-P": 1, "--execute-dir": 1, "--no-clean": 0, "--debug": 0, "--quiet": 0,
    "--log": 1, "--log-level": 1, "--log-format": 1, "--profile": 1,
}  # fmt: skip
SUFFIXES = {"nco-html": "html", "nco-typst": "pdf", "nco-docx": "docx"}
NO_VERAPDF = (
    "PDF standard validation requested but verapdf is not installed.\n"
    "Install with: quarto install verapdf\nStandards requested: ua-1, a-2a"
)
NOT_KEPT = "PDF validation failed for ua-1:\nContent shall be marked as Artifact or tagged as real content"
# Words of a document, and the format at which Quarto stops with what it then says.
FAILS = {
    "STUK": ("nco-html", "error: deze deugt niet"),
    "GEENPDF": ("nco-typst", "Typst compilation failed"),
}


def stop(message: str) -> NoReturn:
    print(f"\x1b[91mERROR: {message}\n\nStack trace:\n    at iets\x1b[39m", file=sys.stderr)
    sys.exit(1)


def warn(message: str) -> None:
    print(f"\x1b[33mWARN: {message}\x1b[39m", file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> None:
    if list(arguments) == ["--version"]:
        print(VERSION)
        return
    if not arguments or arguments[0] != "render":
        stop(f"Unknown command {' '.join(arguments[:1])!r}")
    inputs, formats = parsed(arguments[1:])
    for each in inputs:
        if not Path(each).exists():  # from where we run
            stop("No valid input files passed to render")
        if not Path(each).is_dir():
            stop("The stand-in renders projects only")
        render(Path(each), formats)


def parsed(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The inputs, and the formats of --to; inputs come first, as Quarto wants them."""
    inputs: list[str] = []
    formats: list[str] = []
    rest = list(arguments)
    while rest:
        name = rest.pop(0)
        if not name.startswith("-"):
            inputs.append(name)
            continue
        if name not in OPTIONS:
            stop(f"Unknown option {name}.\nTry pandoc.exe --help for more information.")
        values = [rest.pop(0) for _ in range(min(OPTIONS[name], len(rest)))]
        if len(values) < OPTIONS[name]:
            stop(f'Missing value for option "{name}"')
        if name in ("-t", "--to"):
            formats = values[0].split(",")
        if name in ("-P", "--execute-param") and ":" not in values[0]:
            stop(f"Invalid execute parameter {values[0]}")
    return inputs or ["."], formats


def render(project: Path, chosen: Sequence[str]) -> None:
    settings = read(project / "_quarto.yml")
    formats = list(chosen or settings["format"])
    targets = settings["project"]["render"]
    note(targets, formats)
    for name in formats:
        if name not in SUFFIXES:
            stop(f"Unable to read the extension '{name}'")
    if "pre-render" in settings["project"]:
        prepare(project, settings["project"]["pre-render"])
    require_extension(project, formats)
    for target in targets:
        if not (project / target).is_file():
            stop(f"The file {target} of project.render does not exist")
        if "ONLEESBAAR" in (project / target).read_text(encoding="utf-8"):
            stop("YAMLException")
    output = project / settings["project"]["output-dir"]
    for number, target in enumerate(targets, start=1):
        time.sleep(float(os.environ.get("STANDIN_PAUSE", "0")))
        if len(targets) > 1:
            print(f"\r[{number:>{len(str(len(targets)))}}/{len(targets)}] {target}", file=sys.stderr, flush=True)
        for path in made(project, project / target, formats):
            place = output / path.parent.relative_to(project)
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)
    print(f"Output created: {settings['project']['output-dir']}/{targets[0]}", file=sys.stderr)


def read(path: Path) -> dict:
    if not path.is_file():
        stop("The specified directory is not a Quarto project")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def note(targets: Sequence[str], formats: Sequence[str]) -> None:
    """Add the call to the file that `STANDIN_LOG` names."""
    if place := os.environ.get("STANDIN_LOG"):
        with Path(place).open("a", encoding="utf-8") as log:
            print("render", *targets, *formats, os.environ.get("SOURCE_DATE_EPOCH"), sep="|", file=log)


def prepare(project: Path, script: str) -> None:
    """Run the project's own step, in the project's folder and with the first Python of the PATH, as Quarto does."""
    done = subprocess.run(["python3", *script.split()], cwd=project, check=False)
    if done.returncode:
        stop("The pre-render script failed")


def require_extension(project: Path, formats: Sequence[str]) -> None:
    folder = project / "_extensions" / "nco"
    contributed = read(folder / "_extension.yml")["contributes"]["formats"]
    for name in formats:
        own = contributed[name.removeprefix("nco-")]
        needed = [*own.get("template-partials", []), *own.get("css", []), *contributed["common"]["filters"]]
        needed += [own[key] for key in ("template", "reference-doc") if key in own]
        for each in needed:
            if not (folder / each).is_file():
                stop(f"Template partial {project / each} was not found. Please confirm that the path is correct.")


def made(project: Path, source: Path, formats: Sequence[str]) -> list[Path]:
    """The files of one document, or none at all."""
    text = source.read_text(encoding="utf-8")
    if "TRAAG" in text:
        Path(f"{os.environ['STANDIN_LOG']}.child").write_text(str(subprocess.Popen(["sleep", "600"]).pid))
        time.sleep(600)
    drawings = list((source.parent / "figures").glob("*.svg"))
    if "nco-docx" in formats and not all(drawing.with_suffix(".png").is_file() for drawing in drawings):
        stop("Could not convert image: rsvg-convert is not installed")
    for name in formats:
        for word, (at, message) in FAILS.items():
            if word in text and at == name:
                stop(message)
        if name == "nco-typst":
            warn(NOT_KEPT if "ONGELDIG" in text else NO_VERAPDF)
    return list(
        copied(source.parent, formats) if os.environ.get("STANDIN_SAMPLE") else set_by_us(source, project, formats)
    )


def copied(folder: Path, formats: Sequence[str]) -> Iterator[Path]:
    for name in formats:
        yield Path(shutil.copy(Path(os.environ["STANDIN_SAMPLE"]) / f"report.{SUFFIXES[name]}", folder))


def set_by_us(source: Path, project: Path, formats: Sequence[str]) -> Iterator[Path]:
    from nco.render import engines

    shutil.copy(source, source.with_name("report.md"))
    document = engines.ReportDocument(source.parent.name, source.parent)
    moment = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), UTC)
    wanted = [SUFFIXES[name] for name in formats]
    for each in engines.EmbeddedEngine().render([document], wanted, project, moment):
        if each.error:
            stop(each.error)
        yield each.path


def install(folder: Path) -> Path:
    """Write the program `quarto` into a folder for the PATH; return it."""
    program = folder / "quarto"
    folder.mkdir(parents=True, exist_ok=True)
    # Not by a shebang of Python: that cannot hold a path with a space.
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).resolve()}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return program


if __name__ == "__main__":
    main(sys.argv[1:])
