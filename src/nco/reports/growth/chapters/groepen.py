"""Per jaargroep: where the pupils began, how much they grew, how far apart they were, and the classes."""

from nco.base.dutch import capital, domain_name, step_short, texts
from nco_utils.subgroups import GROUP

from ...blocks import Drawing, Table
from ..charts import standardised as drawn
from ..rows import ReportRow, step_order
from ..slices import Slice
from ..verdicts import REFERENCE
from . import absent_word, begin, bounds, by_domain, columns, compared, compared_with, outcome_word


def intro(report: Slice) -> str:
    """Return what the chapter shows, or that there is nothing to show."""
    return texts("grades")["intro" if report.shown else "none"]


def grades(report: Slice) -> list[int]:
    """Return the jaargroepen in which a step ends; none for a school without figures."""
    return sorted({result.grade for result in report.results}) if report.shown else []


def hidden(report: Slice, grade: int) -> str:
    """Return that nothing of the jaargroep may be shown, where that is so."""
    return "" if _shown(report, grade) else texts("grades")["hidden"].format(grade=grade)


def standardised(report: Slice, grade: int) -> Drawing | None:
    """Return the figure of the jaargroep's steps of all domains, on one scale."""
    drawable = [result for result in _shown(report, grade) if result.standardised is not None]
    return drawn.of_grade(grade, drawable, report.rule) if drawable else None


def half(report: Slice, grade: int) -> str:
    """Return what the last column of the tables says; with the first jaargroep that has one."""
    first = min((result.grade for result in report.shown), default=None)
    return texts("grades")["half"] if grade == first else ""


def outcomes_by_step(report: Slice) -> Table | None:
    """Return the map: which step of which domain has which outcome.

    Only when there is more than one step, and any comparison.
    """
    words = texts("grades")
    domains = by_domain(report.results)
    steps = list(dict.fromkeys(r.step for r in sorted(report.results, key=lambda r: step_order(r.step))))
    if len(steps) < 2 or not compared(report.shown):
        return None
    measure = compared_with(report)
    found = {(r.domain, r.step): r for r in report.results}

    def cell(domain: str, step: str) -> str:
        result = found.get((domain, step))
        if result is None or not result.shown:
            return absent_word([result] if result else [])
        return outcome_word(result, measure, report.rule)

    rows = tuple((capital(step_short(step)), *(cell(domain, step) for domain in domains)) for step in steps)
    titles = (words["map_step"], *(capital(domain_name(domain)) for domain in domains))
    caption = words["map_reference" if measure == REFERENCE else "map_national"].format(year=report.school_year)
    return Table("tabel-kaart", caption, columns(titles, *["words"] * len(titles)), rows)


def table(report: Slice, grade: int) -> Table | None:
    """Return where the jaargroep's pupils began, how much they grew, and how far apart."""
    shown = _shown(report, grade)
    if not shown:
        return None
    words = texts("grades")
    rows = tuple(
        (_named(r), r.n_pupils, begin(r), r.national_before, r.mean_growth, bounds(r.p25, r.p75)) for r in shown
    )
    titled = columns(words["header"], "words", "count", "interval", "number", "number", "interval")
    caption = words["table"].format(grade=grade)
    about = ((texts("annex")["grade"], str(grade)),)
    return Table(f"tabel-groep-{grade}", caption, titled, rows, texts("annex")["grades_sheet"], about)


def classes(report: Slice, grade: int) -> Table | None:
    """Return the growth of each class of the jaargroep; nothing where none may be shown."""
    parts = [r for r in report.parts if r.grade == grade and r.trait == GROUP and r.shown]
    if not parts or not _shown(report, grade):
        return None
    words = texts("grades")
    rows = tuple(
        (r.value, _named(r), r.n_pupils, r.mean_growth, bounds(r.mean_growth_low, r.mean_growth_high))
        for r in sorted(parts, key=lambda r: (r.value, step_order(r.step)))
    )
    titled = columns(words["classes_header"], "words", "words", "count", "number", "interval")
    about = ((texts("annex")["grade"], str(grade)),)
    caption = words["classes"].format(grade=grade)
    return Table(f"tabel-klassen-groep-{grade}", caption, titled, rows, texts("annex")["classes_sheet"], about)


def _shown(report: Slice, grade: int) -> list[ReportRow]:
    return sorted((r for r in report.shown if r.grade == grade), key=lambda r: step_order(r.step))


def _named(result: ReportRow) -> str:
    pattern = texts("grades")["row"]
    return pattern.format(domain=capital(domain_name(result.domain)), step=step_short(result.step))
