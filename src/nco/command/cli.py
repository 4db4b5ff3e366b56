"""The command `nco`: parses, delegates, and says what happened. Nothing is computed here."""

import json
import os
import shlex
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from nco.base import all_settings, disk, journal, private
from nco.base.threads import ONE_THREAD
from nco.release.preloading import skip_slow_imports
from nco_utils import data_folder
from nco_utils.errors import UnusableInput

from . import console, exit_codes, interrupts

app = typer.Typer(
    cls=exit_codes.Guarded,
    help="Learning-growth (leergroei) reports for Dutch primary schools.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

RoundCode = Annotated[str, typer.Argument(metavar="ROUND", help="Round, such as 2022E (params/rounds.yml).")]
DataFolder = Annotated[Path, typer.Option("--data", metavar="DIR", help="Data folder: register, background, exports.")]
OutFolder = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where releases are published.")]
_PATHS = ("NCO_KEY_FILE", "NCO_PROJECT", "NCO_SIGNING_KEY")  # settings of the environment that are paths

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of prose.")]


_SHOWN = 10  # findings on the register and the background


@app.command()
def demo(
    data: DataFolder,
    real: Annotated[bool, typer.Option("--real", help="The 2,287 real pupils of the bdf data set.")] = False,
    schools: Annotated[
        int | None,
        typer.Option("--schools", metavar="N", min=1, help="A fictitious country of N schools, at most 6,500."),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", metavar="S", min=0, max=2**63 - 1, help="The same seed gives the same country.")
    ] = 1,
    defects: Annotated[bool, typer.Option("--defects", help="Put faults in, listed in DIR/defects.csv.")] = False,
    closure: Annotated[
        bool, typer.Option("--closure", help="With the school closures of 2020, and the round of their report.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a complete data folder to try the system with."""
    if real == (schools is not None):
        raise UnusableInput("Say which demo: --real (the bdf pupils) or --schools N (a fictitious country).")
    if schools is None:
        from nco.demo import bdf_data

        if defects or closure:
            option = "--defects" if defects else "--closure"
            raise UnusableInput(f"{option} goes with --schools N: the real pupils have none.")
        with private.made():
            written = bdf_data.write_real(data)
    else:
        from nco.demo.country import country_files

        with private.made():
            written = country_files.write_country(data, schools, seed, defects, closure=closure)
    counts = {name: getattr(written, name) for name in ("boards", "pupils", "schools", "results", "defects")}
    prose = f"Wrote {written.results:,} results of {written.pupils:,} pupils in {written.schools:,} schools to {data}."
    if written.defects:
        prose += f" It has {written.defects} defects, listed in {data / 'defects.csv'}."
    _tell({"data": str(data), "round": written.round} | counts, prose, as_json)


@app.command()
def validate(round_code: RoundCode, data: DataFolder, as_json: AsJson = False) -> None:
    """Read and validate every delivery of a round; exit code 1 when something is set aside."""
    from nco.release import round_pipeline

    with disk.watched(data), round_pipeline.turn(data):
        checked = round_pipeline.validate(round_code, data)
    severities = Counter(checked.findings["severity"])
    told = ", ".join(f"{n} {severity}" for severity, n in sorted(severities.items())) or "none"
    rows = checked.counts
    states = " + ".join(f"{n:,} {state}" for state, n in rows.items() if state != "rows")
    _tell(
        {"round": round_code, "results": len(checked.results), "rows": rows, "findings": dict(severities)}
        | ({"register": checked.own_findings} if checked.own_findings else {}),
        f"{len(checked.results):,} results can be used. Rows: {rows['rows']:,} = {states}. Findings: {told}.\n"
        f"Tables and delivery reports (leveringsverslag) are in {data / round_code}."
        + _first("\nOn the register, the background and what lies beside the deliveries:", checked.own_findings),
        as_json,
    )
    raise typer.Exit(0 if checked.clean else 1)


@app.command()
def status(round_code: RoundCode, data: DataFolder, as_json: AsJson = False) -> None:
    """Say who takes part in a round, who misses what, and until when; exit code 1 when something is missing."""
    from nco.deliveries import status

    found = status.status(round_code, data)
    if as_json:
        print(json.dumps(status.as_record(found), ensure_ascii=False))
    else:
        console.print_status(found)
    raise typer.Exit(0 if found.complete else 1)


@app.command()
def analyse(round_code: RoundCode, data: DataFolder, as_json: AsJson = False) -> None:
    """Compute growth, national means and reference values, and what each report may show."""
    from nco.release import round_pipeline
    from nco.reports import kinds

    with disk.watched(data), round_pipeline.turn(data):
        analysis = round_pipeline.analyse(round_code, data)
    schools = [facts for facts in analysis.all_facts if kinds.of(facts).subject == kinds.SCHOOL]
    shown = sum(bool(facts.n_shown) for facts in schools)
    pages = ", ".join(map(str, analysis.pages))
    _tell(
        {"round": round_code, "schools": len(schools), "shown": shown, "page": pages},
        f"{len(schools)} schools, {shown} with figures that may be shown. For the reviewer: {pages}",
        as_json,
    )


@app.command()
def compare(
    round_code: RoundCode,
    one: Annotated[str, typer.Argument(metavar="A", help="A variant, or `official`: what `nco analyse` wrote.")],
    other: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    data: DataFolder,
    as_json: AsJson = False,
) -> None:
    """Lay two variants of a round's analysis side by side. For researchers only: small groups are not hidden.

    A variant is what notebooks/landelijk.ipynb, run by hand, wrote to DIR/ROUND/variants/<name>/.
    """
    from nco.release import comparison

    found = comparison.between(round_code, data, one, other, all_settings.load())
    if as_json:
        print(json.dumps(comparison.as_record(found), ensure_ascii=False))
    else:
        console.print_comparison(found)


@app.command()
def release(
    round_code: RoundCode,
    data: DataFolder,
    out: OutFolder,
    engine: Annotated[str, typer.Option(help="auto, embedded or quarto.")] = "auto",
    engine_notebook: Annotated[
        str, typer.Option(help="What runs the chapters: nco (fast) or kernel (Jupyter's own).")
    ] = "nco",
    formats: Annotated[str, typer.Option(help="Formats, separated by commas.")] = "html,pdf,docx",
    workers: Annotated[int | None, typer.Option(min=1, help="Processes side by side (params/release.yml).")] = None,
    schools: Annotated[
        str | None, typer.Option(metavar="BRINVEST,...", help="A release of these schools only.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Let the workers of a dask scheduler do it: tcp://host:8786.")
    ] = None,
    shard: Annotated[
        str | None, typer.Option(metavar="I/N", help="Make part I of N and publish nothing (docs/operations.md).")
    ] = None,
    out_of_order: Annotated[
        bool,
        typer.Option("--out-of-order", help="Although a later round was released: more may be hidden."),
    ] = False,
    looser_review: Annotated[
        bool,
        typer.Option("--looser-review", help="Go by release.review as it is now, though the round waits for more."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make and publish every school's report; validates and analyses first.

    Publication may wait for reviewers (params/release.yml); see `nco review`.
    """
    from nco.release import planning, release, round_pipeline, shards

    if shard is not None and scheduler is not None:
        raise UnusableInput("--shard is one machine's part and --scheduler uses many: choose one of the two.")
    chosen = tuple(_listed(schools.upper())) if schools is not None else ()
    if schools is not None and not chosen:
        raise UnusableInput("--schools names no school. Leave it out for a release of all of them.")
    asked = tuple(_listed(formats.lower())), engine, engine_notebook, workers, chosen, scheduler
    request = planning.Request(round_code, data, out, *asked, looser_review=looser_review, out_of_order=out_of_order)
    if shard is not None:
        _shard(request, shards.parse(shard), as_json)
    started = time.perf_counter()
    with journal.Journal() as log, console.Bar(silent=as_json) as bar:
        finished = release.release(request, bar, log)
    seconds = time.perf_counter() - started
    aside = round_pipeline.set_aside(round_code, data)
    if as_json:
        record = release.as_record(finished) | {"round": round_code, "seconds": round(seconds, 1)}
        print(json.dumps(record | {"rows_set_aside": int(aside["n_rows"].sum())}, ensure_ascii=False))
    else:
        console.print_release(finished, seconds)
        console.print_set_aside(aside, round_code)
    code = 2 if not finished.folder and not finished.waiting else 1 if finished.failed or len(aside) else 0
    log.end(code)
    raise typer.Exit(code)


@app.command()
def document(
    round_code: RoundCode,
    subject: Annotated[str, typer.Argument(metavar="SCHOOL", help="Its brinvest; or the number of a board.")],
    data: DataFolder,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="A new folder: the report as a Quarto project.")],
    as_json: AsJson = False,
) -> None:
    """Write one report as a Quarto project, to change by hand; validates and analyses first where that is needed."""
    from nco.release import standalone

    with console.Bar(silent=as_json) as bar, interrupts.EndedBySignals():
        written = standalone.write(round_code, subject.upper(), data, to, lambda stage: bar(stage, 0, 1))
    prose = f"Wrote {console.near(written.path)} with {written.figures} figures. "
    prose += f"Render it with: quarto render {shlex.quote(str(to))}"
    if not written.published:
        prose += "\nIts figures are not those that were last published: show it to nobody before `nco release` did."
    _tell({"document": str(written.path), "figures": written.figures, "published": written.published}, prose, as_json)


def _shard(request, part, as_json: bool) -> None:
    """Make one part of a release; exit code 1 when a report failed."""
    from nco.release import release

    with journal.Journal() as log, console.Bar(silent=as_json) as bar:
        done = release.shard(request, part, bar, log)
    log.end(1 if done.errors else 0)
    result = {"round": request.round_code, "shard": str(part), "reports": done.n_reports, "made": done.n_made}
    told = "".join(f"  {subject}: {problem}\n" for subject, problem in sorted(done.errors.items()))
    _tell(
        result | {"failed": done.errors},
        f"{told}Part {part}: {done.n_reports:,} reports, {done.n_made:,} made now, {len(done.errors):,} failed.\n"
        "Nothing is published yet: when all parts are ready, run the same command without --shard.",
        as_json,
    )
    raise typer.Exit(1 if done.errors else 0)


@app.command()
def review(
    round_code: RoundCode,
    out: OutFolder,
    school: Annotated[str, typer.Option(metavar="BRINVEST,...", help="Of these reports; board numbers too.")] = "",
    approve: Annotated[bool, typer.Option("--approve", help="Let them be published as they are now.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="Keep them out of every release.")] = False,
    note: Annotated[str, typer.Option(help="Why; needed for --reject.")] = "",
    by: Annotated[str, typer.Option(metavar="NAME", help="Who decides, if not who is logged in.")] = "",
    seen: Annotated[
        str, typer.Option(metavar="DIGITS", help="Refuse if it was made anew since (the page of the review tells).")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Record the verdict of a reviewer on reports; without --approve or --reject say which are waited for."""
    from nco.release.review import reviewing

    asked = reviewing.Asked(tuple(_listed(school.upper())), approve, reject, note.strip(), by.strip(), seen.lower())
    done = reviewing.review_round(round_code, out, asked)
    if as_json:
        print(json.dumps(reviewing.as_record(done), ensure_ascii=False))
    else:
        console.print_review(done)


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(metavar="OUT/ROUND", help="A published release.")],
    key: Annotated[
        Path | None, typer.Option("--key", metavar="FILE", help="The publisher's public key; must have signed it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Prove that a release is what its manifest says; exit code 1 when a file is missing, new or changed.

    With --key also that its publisher made that manifest: who changes files and manifest together is found.
    """
    from nco.release import verify

    found = verify.verify(folder, key)
    prose = "\n".join(found.problems) or f"All {found.files:,} files of {folder} are as they were published."
    if found.by:
        prose += f" Signed with the publisher's key {found.by}."
    elif not key:
        what = "Its signature was not looked at" if found.signed else "It has no signature"
        prose += f"\n{what}: who changes files and manifest together is not found without `--key`."
    result = {"folder": str(folder), "files": found.files, "problems": list(found.problems)}
    _tell(result | {"signed": found.signed, "signed_by": found.by}, prose, as_json)
    raise typer.Exit(1 if found.problems else 0)


@app.command()
def publisher(
    new_key: Annotated[
        Path | None, typer.Option("--new-key", metavar="FILE", help="Make a key, and FILE.pub; replaces none.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say which key of the publisher releases are signed with, or make one."""
    from nco.release import signature

    if new_key:
        number, path = signature.new_key(new_key), new_key.resolve()
        prose = (
            f"Made {path} (publisher's key {number}): keep it, and keep it secret. Releases are signed with it after: "
            f"export {signature.ENVIRONMENT_VARIABLE}={path}\nGive {signature.public_path(path)} to who verifies: "
            f"nco verify OUT/ROUND --key {signature.public_path(path)}"
        )
    elif key := signature.in_use():
        number, path = signature.number(key.public_key()), signature.key_path()
        prose = f"Releases are signed with {path} (publisher's key {number})."
    else:
        number, path = None, None
        prose = (
            f"Releases are not signed: {signature.ENVIRONMENT_VARIABLE} names no key. Make one outside the project, "
            "data and output: nco publisher --new-key FILE"
        )
    _tell({"key": number, "file": str(path) if path else None}, prose, as_json)


@app.command()
def doctor(
    data: Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Look at this data folder too.")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Look at this output folder too.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what this machine has and misses for a release; exit code 1 when something is missing."""
    from . import doctor

    found = doctor.examine(data, out)
    if as_json:
        print(json.dumps([asdict(check) for check in found], ensure_ascii=False))
    else:
        console.print_checks(found)
    raise typer.Exit(1 if any(check.state == "missing" for check in found) else 0)


@app.command()
def pseudonymise(
    data: DataFolder,
    new_key: Annotated[
        Path | None, typer.Option("--new-key", metavar="FILE", help="Make a key; replaces none.")
    ] = None,
    rotate_to: Annotated[
        Path | None, typer.Option("--rotate-to", metavar="FILE", help="Re-map every round to the key in this file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say which key the pupils' pseudonyms are of, make a new one, or re-map a data folder to it."""
    from nco.deliveries import rotation
    from nco.register import keyfile
    from nco.release import round_pipeline

    if not data.is_dir():
        raise UnusableInput(f"{data} does not exist. Name the data folder with --data.")
    if new_key:
        key = keyfile.new_key(new_key, data)
        prose = f"Made {new_key} (key {key.number}). Keep it, and keep it secret."
    if rotate_to:
        path, key = rotate_to, keyfile.read_key(rotate_to, data)
        with round_pipeline.turn(data):
            done = rotation.rotate(keyfile.read_key(keyfile.key_path(), data), key, data)
        prose = (
            f"Re-mapped {done.n_tables} tables of {', '.join(done.rounds)} to key {key.number}. "
            f"Use it from now on: export {keyfile.ENVIRONMENT_VARIABLE}={path.resolve()}"
        )
    elif not new_key:
        path = keyfile.key_path()
        key = keyfile.read_key(path, data)
        prose = f"The key in use is {path} (key {key.number})."
    used = data_folder.rounds_by_key(data)
    if others := [code for code, number in used.items() if number != key.number]:
        prose += f" With another key: {', '.join(others)}."
    _tell({"data": str(data), "key": key.number, "rounds": used}, prose, as_json)


def run() -> None:
    """Run the command; `program.main` calls this."""
    skip_slow_imports()
    os.environ.update(ONE_THREAD | os.environ)
    for name in _PATHS:  # to the folder of a notebook, where its cells run, a relative one would be another
        if os.environ.get(name):
            os.environ[name] = str(Path(os.environ[name]).absolute())
    exit_codes.run(app)


def _first(title: str, lines: list[str]) -> str:
    more = [f"and {len(lines) - _SHOWN} more; table findings has all."] if len(lines) > _SHOWN else []
    return "\n  ".join([title, *lines[:_SHOWN], *more]) if lines else ""


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _tell(result: dict, prose: str, as_json: bool) -> None:
    print(json.dumps(result, ensure_ascii=False) if as_json else prose)
