"""What is made of a round before its reports: validated results, national tables, one slice per school."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from . import disclosure, enrolment, execute, params, review, slices, tables, validation
from .errors import UnusableInput

NATIONAL_NOTEBOOK = "landelijk"


@dataclass(frozen=True)
class Analysis:
    """The slices in order of school, and the reviewer's page of the national notebook."""

    slices: tuple[slices.Slice, ...]
    page: Path


def validate(round_code: str, data: Path) -> validation.Validation:
    """Validate the deliveries of a round and write tables `results` and `findings` to `data/<round>/`.

    Raises UnusableInput, naming the first errors, when a delivery fails; then there are findings and no
    results, so that nothing is made from an earlier delivery by mistake.
    """
    checked = validation.validate_round(round_code, data)
    folder = data / round_code
    findings_file = tables.write(checked.findings, tables.FINDINGS, folder)
    if not checked.passed:
        _results_file(folder).unlink(missing_ok=True)
        validation.require_passed(checked, round_code, findings_file)
    tables.write(checked.results, tables.RESULTS, folder)
    return checked


def analyse(round_code: str, data: Path) -> Analysis:
    """Compute growth and reference values of all schools together and write their slices.

    Writes the national tables, the executed national notebook with its page, table `report` and one
    slice per enrolled school to `data/<round>/`. Raises UnusableInput when there are no validated results.
    """
    settings = params.load()
    round_ = settings.round(round_code)
    folder = data / round_code
    if not _results_file(folder).is_file():
        raise UnusableInput(f"{folder} has no validated results. Run `nco validate {round_code} --data {data}` first.")
    page = _national_notebook(round_code, data)
    profile = settings.disclosure[settings.release.disclosure]
    report = disclosure.report_table(
        tables.read(tables.COVERAGE, folder),
        tables.read(tables.REFERENCE, folder),
        tables.read(tables.NATIONAL, folder),
        profile,
    )
    tables.write(report, tables.REPORT, folder)
    context = slices.Context(
        round_code,
        round_,
        enrolment.read_notice(data),
        profile.minimum_group,
        settings.reference.similar_band,
        settings.reference.terms,
    )
    return Analysis(_write_slices(report, context, data), page)


def slice_path(data: Path, round_code: str, brinvest: str) -> Path:
    """Return where the slice of a school's report lies."""
    return data / round_code / "slices" / f"{brinvest}.json"


def _write_slices(report: pd.DataFrame, context: slices.Context, data: Path) -> tuple[slices.Slice, ...]:
    register = enrolment.read_register(data)
    cut = slices.cut(register.schools, register.boards, report, context)
    shutil.rmtree(slice_path(data, context.round_code, "").parent, ignore_errors=True)
    for content in cut:
        slices.write(content, slice_path(data, context.round_code, content.brinvest))
    return tuple(cut)


def _national_notebook(round_code: str, data: Path) -> Path:
    """Run the national notebook, which computes and writes the tables, and render it for the reviewer."""
    source = params.project_root() / "notebooks" / f"{NATIONAL_NOTEBOOK}.ipynb"
    output = data.resolve() / round_code / source.name
    values = {"data": str(data.resolve()), "round_code": round_code}
    execute.execute(source, output, values, cwd=source.parent)
    page = output.with_suffix(".html")
    review.write_html(output, page)
    return page


def _results_file(folder: Path) -> Path:
    return folder / f"{tables.RESULTS.name}.parquet"
