"""A board's report: its schools of the round side by side, from what their own reports show."""

from collections.abc import Callable, Sequence

from nco.base import all_settings
from nco.base.dutch import capital, count, domain_name, listed, step_code, step_short, texts
from nco.base.markdown import escape
from nco_utils.tables import DOMAINS

from ...blocks import Drawing, Table
from ..charts import board as drawn
from ..rows import Overall, ReportRow, step_order
from ..sentences import box, domain_slug, steps_named
from ..slices import BoardSlice, SchoolPart
from ..verdicts import COUNTRY, REFERENCE, Figure, Rule
from . import about_domain, absent_word, bijlage, bounds, chance, columns, compared, outcome_word, period
from .gesprek import LOW_COVERAGE

MOST_NAMES = 6  # schools named in a sentence
MOST_PRINTED = 8  # schools of which every step is printed; of a larger board these are in the workbook only

Row = tuple[SchoolPart, Overall]


def domains(report: BoardSlice) -> list[str]:
    """Return the domains in which a school has a figure."""
    return [domain for domain in DOMAINS if _rows(domain, report)]


def intro(report: BoardSlice) -> str:
    """Return of how many schools the report is."""
    named = texts("board")["intro" if report.shown else "intro_nothing"]
    return named.format(schools=_schools(len(report.schools)), year=report.school_year)


def no_figures(report: BoardSlice) -> str:
    """Return that there is no figure to show, where that is so."""
    if report.shown:
        return ""
    words = texts("board")
    hidden = any(result.status == "hidden" for school in report.schools for result in school.results)
    whose = words["your_school" if len(report.schools) == 1 else "your_schools"]
    return box("kernpunt", words["nothing" if hidden else "nothing_computed"].format(schools=whose))


def questions(report: BoardSlice) -> str:
    """Return the questions for the conversation; nothing where there is no figure."""
    return _words("questions", report) if report.shown else ""


def _words(name: str, report: BoardSlice) -> str:
    """A text about the schools, or about the only one."""
    words = texts("board")
    return words.get(f"{name}_one", words[name]) if len(report.schools) == 1 else words[name]


def _rows(domain: str, report: BoardSlice) -> list[Row]:
    """The schools with a figure for the domain, with all its steps together."""
    return [(school, each) for school in report.shown for each in school.overall if each.domain == domain]


# --- what stands out ----------------------------------------------------------------------------


def key_finding(report: BoardSlice) -> str:
    """Return the schools that differ clearly from their reference value, or that none does.

    Per domain; without a reference value, those that differ from the country.
    """
    if not report.shown:
        return ""
    nothing = _words("nothing_stands_out", report) if report.drawable else texts("board")["nothing_compared"]
    return box("kernpunt", "\n".join(f"- {sentence}" for sentence in _stand_out(report)) or nothing)


def by_chance(report: BoardSlice) -> str:
    """Return that among several schools some stand out by chance, where one does."""
    if not _stand_out(report):
        return ""
    return " ".join([chance(report), *([texts("board")["no_ranking"]] if len(report.shown) > 1 else [])])


def _stand_out(report: BoardSlice) -> list[str]:
    words, told = texts("board"), []
    for domain in DOMAINS:
        rows = _rows(domain, report)
        for kind, wanted in ((kind, wanted) for kind in ("", "national_") for wanted in ("higher", "lower")):
            named = [school for school, each in rows if (kind, wanted) == _outcome(each, report.rule)]
            if named:
                sentence = words[f"stands_out_{kind}{wanted}"]
                told.append(sentence.format(domain=capital(domain_name(domain)), schools=_named(named)))
    return told


def _outcome(figure: Overall, rule: Rule) -> tuple[str, str | None]:
    """What a school is compared with ("" for its reference value), and the outcome."""
    measure = _measure(figure)
    return "" if measure == REFERENCE else "national_", rule.verdict(figure, measure)


def _measure(figure: Figure) -> str:
    """The reference value; of a figure without one, the country."""
    return REFERENCE if figure.has_reference else COUNTRY


def _named(schools: Sequence[SchoolPart]) -> str:
    names = [escape(school.school_name) for school in schools[:MOST_NAMES]]
    if len(schools) > MOST_NAMES:
        names.append(texts("board")["more"].format(n=count(len(schools) - MOST_NAMES)))
    return listed(names)


def overview(report: BoardSlice) -> Table | None:
    """Return the outcome of each domain's steps together, in words: a row a school, a column a domain."""
    if not report.shown:
        return None
    words = texts("board")

    def cell(school: SchoolPart, domain: str) -> str:
        figure = next((each for each in school.overall if each.domain == domain), None)
        if figure is None:
            return absent_word(result for result in school.results if result.domain == domain)
        return outcome_word(figure, _measure(figure), report.rule)

    rows = tuple((s.school_name, *(cell(s, domain) for domain in DOMAINS)) for s in report.schools)
    titled = columns((words["school"], *(capital(domain_name(d)) for d in DOMAINS)), *["words"] * (1 + len(DOMAINS)))
    figures = [each for school in report.shown for each in school.overall]
    caption = words["overview"].format(period=period(figures, report.school_year))
    return Table("tabel-overzicht", caption, titled, rows)


# --- a domain -----------------------------------------------------------------------------------


def not_compared(report: BoardSlice, domain: str) -> str:
    """Return that the domain cannot be compared with anything, where that is so."""
    if _is_compared(report, domain):
        return ""
    return box("let-op", texts("board")["not_compared"].format(domain=domain_name(domain)))


def effects_intro(report: BoardSlice) -> str:
    """Return what the figures of the difference with the reference value show."""
    return _words("effect_intro", report)


def effects(report: BoardSlice, domain: str) -> list[Drawing]:
    """Return the figures of the difference with the reference value, of every school that has one."""
    expected = [row for row in _rows(domain, report) if row[1].effect is not None]
    return drawn.effects(domain, expected, report.rule) if expected else []


def standardised(report: BoardSlice, domain: str) -> list[Drawing]:
    """Return the figures of standardised growth, of every school that has it."""
    placed = [row for row in _rows(domain, report) if row[1].standardised is not None]
    return drawn.standardised(domain, placed, report.rule) if placed else []


def _is_compared(report: BoardSlice, domain: str) -> bool:
    return compared(figure for _, figure in _rows(domain, report))


def _test_of(scale: str) -> str:
    """Who makes the test of a scale; points of two tests are not to be compared."""
    known = all_settings.load().scales.get(scale)
    return texts("providers")[known.provider] if known else scale


def steps_intro(report: BoardSlice, domain: str) -> str:
    """Return which steps stand out, or that none does; nothing where nothing is compared."""
    if not _is_compared(report, domain):
        return ""
    return texts("board")["steps_intro"] if _clear_steps(report, domain) else _words("steps_none", report)


def steps(report: BoardSlice, domain: str) -> Table | None:
    """Return the steps that differ clearly, of each school with one."""
    rows = _clear_steps(report, domain)
    if not rows:
        return None
    words = texts("board")
    caption = words["steps"].format(domain=domain_name(domain))
    titled = columns(words["steps_header"], "words", "words", "words")
    return Table(f"tabel-stappen-{domain_slug(domain)}", caption, titled, rows)


def _clear_steps(report: BoardSlice, domain: str) -> tuple[tuple[str | None, ...], ...]:
    """School, steps that are higher, steps that are lower; nothing where nothing is compared."""
    rows = []
    for school in report.shown if _is_compared(report, domain) else ():
        results = [r for r in school.results if r.domain == domain and r.shown]
        verdicts = [(report.rule.verdict(result, _measure(result)), result) for result in results]
        cells = [
            capital(steps_named(r for verdict, r in verdicts if verdict == wanted)) or None
            for wanted in ("higher", "lower")
        ]
        if any(cells):
            rows.append((school.school_name, *cells))
    return tuple(rows)


def totals(report: BoardSlice, domain: str) -> Table | None:
    """Return the shown schools together, per step; nothing for a board of one school: that is its report."""
    sums = [t for t in report.totals if t.domain == domain and t.n_schools_shown > 1 and t.mean_growth is not None]
    if not sums:
        return None
    words = texts("board")
    rows = tuple(
        (capital(step_short(t.step)), _test_of(t.scale), t.n_schools_shown, t.n_pupils, t.mean_growth,
         bounds(t.mean_growth_low, t.mean_growth_high))
        for t in sorted(sums, key=lambda t: step_order(t.step))
    )  # fmt: skip
    titled = columns(words["totals_header"], "words", "words", "count", "count", "number", "interval")
    caption = words["totals"].format(domain=domain_name(domain), year=report.school_year)
    name = f"tabel-bestuur-{domain_slug(domain)}"
    return Table(name, caption, titled, rows, words["totals_sheet"], about_domain(domain))


# --- coverage and annex -------------------------------------------------------------------------


def coverage_intro() -> str:
    """Return what the table of what is shown counts."""
    return texts("board")["coverage_intro"].format(percent=LOW_COVERAGE)


def coverage(report: BoardSlice) -> Table | None:
    """Return how many steps of each school are shown, and of how many many pupils have no growth."""
    if not report.shown:
        return None
    words = texts("board")

    def counted(school: SchoolPart, wanted: Callable[[ReportRow], bool]) -> int:
        return sum(wanted(result) for result in school.results)

    rows = tuple(
        (
            school.school_name,
            counted(school, lambda r: r.shown),
            counted(school, lambda r: r.status == "hidden"),
            counted(school, lambda r: r.status in ("other_scale", "no_growth")),
            counted(school, lambda r: r.percent_with_growth is not None and r.percent_with_growth <= LOW_COVERAGE),
        )
        for school in report.schools
    )
    titled = columns(words["coverage_header"], "words", *["count"] * 4)
    caption = words["coverage"].format(year=report.school_year)
    return Table("tabel-dekking", caption, titled, rows, texts("annex")["coverage_sheet"])


def annex_intro(report: BoardSlice) -> str:
    """Return what the annex is; nothing when no figure may be shown."""
    step = next((result.step for school in report.shown for result in school.results if result.shown), None)
    return bijlage.intro_of(step) if step else ""


def together(report: BoardSlice, domain: str) -> list[Table]:
    """Return all steps of the domain together, a row a school, the highest first."""
    ordered = sorted(_rows(domain, report), key=lambda row: row[1].effect or row[1].standardised or 0, reverse=True)
    of = texts("board")["of_domain"].format(domain=domain_name(domain))
    named = {"subject": texts("board")["school"], "of": of, "year": report.school_year}
    figures = [(school.school_name, each) for school, each in ordered]
    return bijlage.together_tables(figures, named, f"-{domain_slug(domain)}", about_domain(domain))


def every_step(report: BoardSlice, domain: str) -> list[Table]:
    """Return every step of the domain, a table a school: a name in every row would leave no room for the numbers."""
    words = texts("board")
    kinds = ("words", "count", "number", "interval", "number", "number", "number", "interval")
    titled = columns(words["all_steps_header"], *kinds)
    made = []
    for school, _ in _rows(domain, report):
        rows = tuple(
            (
                step_code(r.step), r.n_pupils, r.mean_growth, bounds(r.mean_growth_low, r.mean_growth_high),
                r.national_mean, r.reference, r.effect, bounds(r.effect_low, r.effect_high),
            )
            for r in sorted(school.results, key=lambda r: step_order(r.step))
            if r.domain == domain and r.shown
        )  # fmt: skip
        name = f"tabel-stappen-{domain_slug(domain)}-{school.brinvest.lower()}"
        named = {"domain": domain_name(domain), "school": escape(school.school_name), "year": report.school_year}
        about = (*about_domain(domain), (words["school"], school.school_name))
        printed = len(report.schools) <= MOST_PRINTED
        caption = words["all_steps"].format(**named)
        made.append(Table(name, caption, titled, rows, words["all_steps_sheet"], about, printed))
    return made


def in_workbook(report: BoardSlice) -> str:
    """Return that every step of every school is in the workbook, for a board of which the annex has no room for it."""
    return texts("board")["in_workbook"] if report.shown and len(report.schools) > MOST_PRINTED else ""


def _schools(n: int) -> str:
    words = texts("board")
    return words["one_school"] if n == 1 else words["n_schools"].format(n=count(n))
