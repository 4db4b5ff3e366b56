"""The command `nco document`: one report as a Quarto project of its own, for who knows Quarto and wants to change it.

It holds what the published report holds, and no more: text, drawings and the style. The executed notebook, the slice,
and the numbers of the workbook stay behind.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nco.base import all_settings, disk, pictures, workers
from nco.base.typst_call import brand_fonts
from nco.disclosure import earlier_releases
from nco.render import engines, quarto
from nco_utils import params, write_whole
from nco_utils.errors import UnusableInput

from . import apart, make, round_pipeline


@dataclass(frozen=True)
class Written:
    """Where the document is, how many figures it has, and whether its figures are those that were last published."""

    path: Path
    figures: int
    published: bool


def write(round_code: str, subject: str, data: Path, to: Path, stage: Callable[[str], None]) -> Written:
    """Write the report of a school (its brinvest) or a board (its number) as a Quarto project into the new folder `to`.

    Validates and analyses first where that is needed; stage: called with what begins. Raises UnusableInput when there
    is no such report, for a folder with something in it or that lies among what is delivered or published, and what
    `making.write_document` raises.
    """
    data, to = data.absolute(), to.resolve()
    apart.require_new(to, data)
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise UnusableInput(f"{to} is there already. Name a new folder with --to: nothing is written over.")
    engines.check_fonts()
    building = to.with_name(f".{to.name}.{write_whole.unique()}")
    with disk.watched(data, to.parent):
        source = _source(round_code, subject, data, stage)
        try:
            n_figures = _build(source, building, data / round_code / "failed")
            to.mkdir(parents=True, exist_ok=True)
            building.replace(to)  # the empty folder gives way
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return Written(to / quarto.SOURCE, n_figures, earlier_releases.is_kept(round_code, data))


def _source(round_code: str, subject: str, data: Path, stage: Callable[[str], None]) -> make.Source:
    analysis = round_pipeline.up_to_date(round_code, data, stage, workers.apart)
    facts = next((each for each in analysis.all_facts if each.subject == subject), None)
    if facts is None:
        raise UnusableInput(f"No report of {subject} in round {round_code}. `nco status` says which schools take part.")
    report = all_settings.load().reports[facts.kind]
    notebooks = tuple(params.project_root() / name for name in report.notebooks)
    slice_path = round_pipeline.slice_path(data, round_code, subject)
    parts = tuple(report.parts.items())
    return make.Source.of(subject, slice_path, facts.fingerprint, notebooks, "", parts)


def _build(source: make.Source, project: Path, failed: Path) -> int:
    """Make the project; return how many figures its document has."""
    project.parent.mkdir(parents=True, exist_ok=True)
    engines.stage_project(project)
    made = project / ".made"
    n_figures = make.write_document(source, made, failed)
    pictures.rasterise(made, brand_fonts(project))
    quarto.put_document(made, project)
    shutil.rmtree(made)
    quarto.write_targets(project, [quarto.SOURCE], list(quarto.FORMATS))
    return n_figures
