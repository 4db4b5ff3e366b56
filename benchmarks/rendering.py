"""One typical school's report on one core: processor time of its chapters and every format, and the files' sizes.

Three domains of ten steps, two cohorts, and the newest by sex; in a process of its own, which forks as a worker does.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from nco.base import all_settings

from . import watched

DOMAINS = ("begrijpend_lezen", "spelling", "rekenen_wiskunde")
STEPS = ("M3-E3", "E3-M4", "M4-E4", "E4-M5", "M5-E5", "E5-M6", "M6-E6", "E6-M7", "M7-E7", "E7-M8")
YEARS = ("2021-2022", "2020-2021")
GOAL = 0.5  # seconds of processor time for all files of a school together
_TIMES = 5  # the least of so many: other work on the machine only adds
_MOMENT = datetime(2022, 10, 3, tzinfo=UTC)


def measure() -> Iterator[tuple[str, str, str]]:
    """Yield (what, measured, goal): seconds of processor time and bytes, for one school."""
    command = [sys.executable, "-m", "benchmarks.rendering"]
    run = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    yield "running the chapters of a school", f"{run['chapters']:.2f} s of work", ""
    for name, seconds in run["seconds"].items():
        size = f"{run['bytes'][name] / 1e3:.0f} kB" if name in run["bytes"] else "refused"
        yield f"{name} of a school, embedded engine", f"{seconds:.2f} s of work, {size}", ""
    yield "all files of a school, embedded engine", f"{run['together']:.2f} s of work", f"{GOAL} s"


def _slice():
    """A fictitious school that may show all its figures; they differ from step to step, as figures do."""
    from nco.reports.growth.rows import ReportRow, overall
    from nco.reports.growth.slices import Slice

    def result(domain: str, step: str, year: str, trait: str = "all", value: str = "all") -> ReportRow:
        place = DOMAINS.index(domain) * 10 + STEPS.index(step) + 3 * YEARS.index(year) + len(value)
        growth, pupils = 4.0 + place % 7 * 1.3, 24 - place % 5
        return ReportRow(
            domain=domain, step=step, school_year=year, trait=trait, value=value, scale=f"SCHAAL-{domain[:2]}",
            status="shown", n_pupils=pupils, n_without_growth=place % 3, n_one_moment=1, n_other_scale=0,
            n_other_grade=0, n_out_of_window=0, percent_with_growth=92, mean_growth=growth,
            mean_growth_low=growth - 3.2, mean_growth_high=growth + 3.2, mean_before_low=89.4 + 8 * place,
            mean_before_high=91.4 + 8 * place, p25=growth - 4,
            p50=growth, p75=growth + 4, standardised=place % 9 / 10 - 0.4, standardised_low=place % 9 / 10 - 1.0,
            standardised_high=place % 9 / 10 + 0.2, national_pupils=2300, national_before=91.0 + 8 * place,
            national_mean=6.7, model="fitted", reference=6.1, reference_low=4.9, reference_high=7.3,
            effect=growth - 6.1, effect_low=growth - 9.5, effect_high=growth - 2.7,
            effect_shrunken=(growth - 6.1) * 0.8, reliability=0.86,
        )  # fmt: skip

    newest = [result(domain, step, YEARS[0]) for domain in DOMAINS for step in STEPS]
    before = [result(domain, step, YEARS[1]) for domain in DOMAINS for step in STEPS]
    sexes = [result(d, step, YEARS[0], "sex", sex) for d in DOMAINS for step in STEPS for sex in ("jongen", "meisje")]
    return Slice(
        kind="school", round_code="2022E", round_label="Eind schooljaar 2021-2022", school_year=YEARS[0],
        export_date="2022-08-01", publication="2022-10-03", brinvest="99AA00", school_name="Basisschool De Meetlat",
        board_number="99801", board_name="Stichting Meten", sector="bo", denomination="Openbaar",
        notice="Fictieve school", minimum_group=6, similar_band=0.5, false_discovery_rate=0.05,
        model_terms=("score_before", "sex"), estimator="random_intercept",
        results=tuple(newest), others=(*before, *sexes), overall=overall(newest),
    )  # fmt: skip


def _seconds(work: Callable[[], object]) -> float:
    """The least processor time of several runs."""
    spent = []
    for _ in range(_TIMES):
        before = watched.work()
        work()
        spent.append(watched.work() - before)
    return min(spent)


def main() -> None:
    """Print the seconds of chapters, formats, all together and cards, and the bytes of the files, as JSON."""
    from nco.release import make, preloading
    from nco.render import cards, engines, sheets, spreadsheet, workbook
    from nco.reports import house_style, kinds
    from nco_utils import params

    preloading.preload()
    root, school = params.project_root(), _slice()
    with tempfile.TemporaryDirectory(prefix="nco-bench-") as folder:
        given, made = Path(folder) / "slice.json", Path(folder) / "report"
        school.write(given)
        notebooks = tuple(
            root / "notebooks" / f"{name}.ipynb" for name in all_settings.load().reports["school"].chapters
        )

        source = make.Source.of("99AA00", given, school.fingerprint, notebooks, "")

        def chapters() -> None:
            shutil.rmtree(made, ignore_errors=True)
            make.write_document(source, made, made.with_suffix(".failed"))

        spent = {"chapters": _seconds(chapters)}
        project = engines.stage_project(Path(folder) / "project")
        style, engine, document = (
            house_style.read(project),
            engines.EmbeddedEngine(),
            engines.ReportDocument("99AA00", made),
        )

        def files(*formats: str) -> None:
            for result in engine.render([document], formats, project, _MOMENT):
                if result.error:
                    print(result.error, file=sys.stderr)

        seconds = {name: _seconds(lambda n=name: files(n)) for name in engines.OUTPUTS}
        for kind in (workbook, spreadsheet):
            seconds[kind.FORMAT] = _seconds(lambda kind=kind: kind.write(sheets.read(made), made, style))
        spent["together"] = _seconds(lambda: (files(*engines.OUTPUTS), list(make.tables_of([document], style))))
        kind = kinds.of(school)
        spent["cards"] = _seconds(lambda: cards.write([kind.card(school, role) for role in kind.roles], made, project))
        paths = {name: made / f"report.{name}" for name in seconds}
        sizes = {name: path.stat().st_size for name, path in paths.items() if path.is_file()}
    print(json.dumps(spent | {"seconds": seconds, "bytes": sizes}))


if __name__ == "__main__":
    main()
