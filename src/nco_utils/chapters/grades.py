"""Per jaargroep: where the pupils began, how much they grew, how far apart they were, and the classes."""

from collections.abc import Sequence

from ..blocks import Table
from ..charts import standardised
from ..dutch import capital, domain_name, step_short, texts
from ..results import Result, step_order
from ..slices import Slice
from ..subgroups import GROUP
from ..wording import national_verdict
from . import Blocks, begin, bounds, by_domain, columns, compared, has_reference
from .summary import outcome_word


def blocks(report: Slice) -> Blocks:
    """Return the chapter: a section for every jaargroep in which a step ends."""
    words = texts("grades")
    title = f"# {words['heading']}\n"
    if not report.shown:
        return [title, words["none"]]
    made: Blocks = [title, words["intro"], *_map(report)]
    explained = False
    for grade in sorted({result.grade for result in report.results}):
        results = sorted((r for r in report.results if r.grade == grade), key=lambda r: step_order(r.step))
        shown = [result for result in results if result.shown]
        made.append(f"## {words['section'].format(grade=grade)}\n")
        if not shown:
            made.append(words["hidden"].format(grade=grade))
            continue
        drawable = [result for result in shown if result.standardised is not None]
        if drawable:
            made.append(standardised.of_grade(grade, drawable, report.similar_band))
        made.append(_table(grade, shown))
        if not explained:
            made.append(words["half"])
            explained = True
        made += _classes(grade, [r for r in report.parts if r.grade == grade and r.trait == GROUP and r.shown])
    return made


def _map(report: Slice) -> Blocks:
    """Which step of which domain has which outcome; only when there is more than one step, and any comparison."""
    words, outcomes = texts("grades"), texts("outcomes")
    domains = by_domain(report.results)
    steps = list(dict.fromkeys(r.step for r in sorted(report.results, key=lambda r: step_order(r.step))))
    if len(steps) < 2 or not compared(report.shown):
        return []
    reference = has_reference(report.shown)
    found = {(r.domain, r.step): r for r in report.results}

    def cell(domain: str, step: str) -> str:
        result = found.get((domain, step))
        if result is None:
            return outcomes["none"]
        if not result.shown:
            return outcomes["hidden"]
        return outcome_word(result) if reference else outcomes[national_verdict(result, report.similar_band)]

    rows = tuple((capital(step_short(step)), *(cell(domain, step) for domain in domains)) for step in steps)
    titles = (words["map_step"], *(capital(domain_name(domain)) for domain in domains))
    caption = words["map_reference" if reference else "map_national"].format(year=report.school_year)
    table = Table("tabel-kaart", caption, columns(titles, *["words"] * len(titles)), rows)
    return [f"## {words['map_heading']}\n", words["map_words"], table]


def _table(grade: int, shown: Sequence[Result]) -> Table:
    words = texts("grades")
    rows = tuple(
        (_named(r), r.n_pupils, begin(r), r.national_before, r.mean_growth, bounds(r.p25, r.p75)) for r in shown
    )
    titled = columns(words["header"], "words", "count", "interval", "number", "number", "interval")
    caption = words["table"].format(grade=grade)
    about = ((texts("annex")["grade"], str(grade)),)
    return Table(f"tabel-groep-{grade}", caption, titled, rows, texts("annex")["grades_sheet"], about)


def _classes(grade: int, parts: Sequence[Result]) -> Blocks:
    if not parts:
        return []
    words = texts("grades")
    rows = tuple(
        (r.value, _named(r), r.n_pupils, r.mean_growth, bounds(r.mean_growth_low, r.mean_growth_high))
        for r in sorted(parts, key=lambda r: (r.value, step_order(r.step)))
    )
    titled = columns(words["classes_header"], "words", "words", "count", "number", "interval")
    about = ((texts("annex")["grade"], str(grade)),)
    caption = words["classes"].format(grade=grade)
    return [Table(f"tabel-klassen-groep-{grade}", caption, titled, rows, texts("annex")["classes_sheet"], about)]


def _named(result: Result) -> str:
    pattern = texts("grades")["row"]
    return pattern.format(domain=capital(domain_name(result.domain)), step=step_short(result.step))
