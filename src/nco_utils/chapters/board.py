"""A board's report: its schools of the round side by side, from what their own reports show."""

from collections.abc import Callable, Sequence

from .. import params
from ..blocks import Table
from ..charts import board as drawn
from ..dutch import capital, count, domain_name, listed, step_code, step_short, texts
from ..markdown import escape
from ..results import Overall, Result, step_order
from ..slices import BoardSlice, SchoolPart
from ..tables import DOMAINS
from ..wording import box, direction, domain_slug, national_verdict, steps_named
from . import Blocks, about_domain, account, annex, bounds, columns, compared
from .conversation import LOW_COVERAGE

MOST_NAMES = 6  # schools named in a sentence
MOST_PRINTED = 8  # schools of which every step is printed; of a larger board these are in the workbook only

Row = tuple[SchoolPart, Overall]


def blocks(report: BoardSlice) -> Blocks:
    """Return what stands out, an overview of all schools, and a section for each domain."""
    words = texts("board")
    title = f"# {texts('summary')['heading']}\n"
    intro = words["intro" if report.shown else "intro_nothing"].format(
        schools=_schools(len(report.schools)), year=report.school_year
    )
    if not report.shown:
        hidden = any(result.status == "hidden" for school in report.schools for result in school.results)
        nothing = words["nothing" if hidden else "nothing_computed"]
        whose = words["your_school" if len(report.schools) == 1 else "your_schools"]
        return [title, intro, box("kernpunt", nothing.format(schools=whose))]
    made: Blocks = [title, intro, *_stands_out(report), _overview(report)]
    for domain in DOMAINS:
        made += _domain(domain, report)
    return [*made, *_coverage(report), f"# {texts('conversation')['heading']}\n", _words("questions", report)]


def _words(name: str, report: BoardSlice) -> str:
    """A text about the schools, or about the only one."""
    words = texts("board")
    return words.get(f"{name}_one", words[name]) if len(report.schools) == 1 else words[name]


def account_blocks(report: BoardSlice) -> Blocks:
    """Return how to read the report, the method and the colophon."""
    return [f"# {texts('account')['heading']}\n", *account.explanation(report), *account.colophon(report)]


def annex_blocks(report: BoardSlice) -> Blocks:
    """Return the numbers behind the figures, and every step of every school."""
    if not report.shown:
        return []
    words = texts("annex")
    made: Blocks = [f"# {words['heading']}\n", annex.intro(_some_step(report))]
    for domain in DOMAINS:
        rows = _rows(domain, report)
        if rows:
            made += [f"## {capital(domain_name(domain))}\n", *_together_tables(domain, rows, report)]
            made += _steps_tables(domain, [school for school, _ in rows], report)
    if len(report.schools) > MOST_PRINTED:
        made.append(texts("board")["in_workbook"])
    return made


def _some_step(report: BoardSlice) -> str:
    return next(result.step for school in report.shown for result in school.results if result.shown)


def _rows(domain: str, report: BoardSlice) -> list[Row]:
    """The schools with a figure for the domain, with all its steps together."""
    return [(school, each) for school in report.shown for each in school.overall if each.domain == domain]


# --- what stands out ----------------------------------------------------------------------------


def _stands_out(report: BoardSlice) -> Blocks:
    """Per domain the schools that differ clearly from their reference value; without one, from the country."""
    words, told = texts("board"), []
    for domain in DOMAINS:
        rows = _rows(domain, report)
        for kind, wanted in ((kind, wanted) for kind in ("", "national_") for wanted in ("higher", "lower")):
            named = [school for school, each in rows if (kind, wanted) == _outcome(each, report.similar_band)]
            if named:
                sentence = words[f"stands_out_{kind}{wanted}"]
                told.append(sentence.format(domain=capital(domain_name(domain)), schools=_named(named)))
    nothing = _words("nothing_stands_out", report) if report.drawable else words["nothing_compared"]
    body = "\n".join(f"- {sentence}" for sentence in told) or nothing
    chance = [words["chance"]] if told and len(report.shown) > 1 else []
    return [f"## {texts('summary')['stands_out']}\n", box("kernpunt", body), *chance]


def _outcome(figure: Overall, band: float) -> tuple[str, str | None]:
    """What a school is compared with ("" for its reference value), and the outcome."""
    if figure.effect is None:
        return "national_", national_verdict(figure, band)
    return "", direction(figure.effect_low, figure.effect_high)


def _named(schools: Sequence[SchoolPart]) -> str:
    names = [escape(school.school_name) for school in schools[:MOST_NAMES]]
    if len(schools) > MOST_NAMES:
        names.append(texts("board")["more"].format(n=count(len(schools) - MOST_NAMES)))
    return listed(names)


def _overview(report: BoardSlice) -> Table:
    """One row a school, one column a domain: the outcome of the steps together, in words."""
    words, outcomes = texts("board"), texts("outcomes")

    def cell(school: SchoolPart, domain: str) -> str:
        figure = next((each for each in school.overall if each.domain == domain), None)
        if figure is None:
            there = any(result.domain == domain for result in school.results)
            return outcomes["hidden" if there else "none"]
        return outcomes[_outcome(figure, report.similar_band)[1] or "unclear"]

    rows = tuple((s.school_name, *(cell(s, domain) for domain in DOMAINS)) for s in report.schools)
    titled = columns((words["school"], *(capital(domain_name(d)) for d in DOMAINS)), *["words"] * (1 + len(DOMAINS)))
    return Table("tabel-overzicht", words["overview"].format(year=report.school_year), titled, rows)


# --- a domain -----------------------------------------------------------------------------------


def _domain(domain: str, report: BoardSlice) -> Blocks:
    rows = _rows(domain, report)
    if not rows:
        return []
    words = texts("board")
    made: Blocks = [f"# {capital(domain_name(domain))}\n"]
    if not compared(figure for _, figure in rows):
        return [
            *made,
            box("let-op", words["not_compared"].format(domain=domain_name(domain))),
            *_totals(domain, report),
        ]
    expected = [row for row in rows if row[1].effect is not None]
    if expected:
        intro = _words("effect_intro", report)
        made += [f"## {words['against_reference']}\n", intro, *drawn.effects(domain, expected)]
    placed = [row for row in rows if row[1].standardised is not None]
    if placed:
        made += [f"## {words['against_country']}\n", words["standardised_intro"]]
        made += drawn.standardised(domain, placed, report.similar_band)
    return [*made, *_steps(domain, report), *_totals(domain, report)]


def _test_of(scale: str) -> str:
    """Who makes the test of a scale; points of two tests are not to be compared."""
    known = params.load().scales.get(scale)
    return texts("providers")[known.provider] if known else scale


def _steps(domain: str, report: BoardSlice) -> Blocks:
    """For each school with one: the steps that differ clearly."""
    words, rows = texts("board"), []
    for school in report.shown:
        results = [r for r in school.results if r.domain == domain and r.shown]
        verdicts = [(_verdict(result, report.similar_band), result) for result in results]
        cells = [
            capital(steps_named(r for verdict, r in verdicts if verdict == wanted)) or None
            for wanted in ("higher", "lower")
        ]
        if any(cells):
            rows.append((school.school_name, *cells))
    title = f"## {words['steps_heading']}\n"
    if not rows:
        return [title, _words("steps_none", report)]
    caption = words["steps"].format(domain=domain_name(domain))
    titled = columns(words["steps_header"], "words", "words", "words")
    return [title, words["steps_intro"], Table(f"tabel-stappen-{domain_slug(domain)}", caption, titled, tuple(rows))]


def _verdict(result: Result, band: float) -> str | None:
    """Against the reference value; without one, against the country."""
    return direction(result.effect_low, result.effect_high) if result.has_reference else national_verdict(result, band)


def _totals(domain: str, report: BoardSlice) -> Blocks:
    """The shown schools of the board together, per step; nothing for a board of one school: that is its report."""
    totals = [t for t in report.totals if t.domain == domain and t.n_schools_shown > 1 and t.mean_growth is not None]
    if not totals:
        return []
    words = texts("board")
    rows = tuple(
        (capital(step_short(t.step)), _test_of(t.scale), t.n_schools_shown, t.n_pupils, t.mean_growth,
         bounds(t.mean_growth_low, t.mean_growth_high))
        for t in sorted(totals, key=lambda t: step_order(t.step))
    )  # fmt: skip
    titled = columns(words["totals_header"], "words", "words", "count", "count", "number", "interval")
    caption = words["totals"].format(domain=domain_name(domain), year=report.school_year)
    table = Table(
        f"tabel-bestuur-{domain_slug(domain)}", caption, titled, rows, words["totals_sheet"], about_domain(domain)
    )
    return [f"## {words['totals_heading']}\n", words["totals_intro"], table]


# --- coverage and annex -------------------------------------------------------------------------


def _coverage(report: BoardSlice) -> Blocks:
    """How many steps of each school are shown, and of how many many pupils have no growth."""
    words = texts("board")

    def counted(school: SchoolPart, wanted: Callable[[Result], bool]) -> int:
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
    table = Table("tabel-dekking", caption, titled, rows, texts("annex")["coverage_sheet"])
    return [f"# {words['coverage_heading']}\n", words["coverage_intro"].format(percent=LOW_COVERAGE), table]


def _together_tables(domain: str, rows: Sequence[Row], report: BoardSlice) -> list[Table]:
    ordered = sorted(rows, key=lambda row: row[1].effect or row[1].standardised or 0, reverse=True)
    of = texts("board")["of_domain"].format(domain=domain_name(domain))
    named = {"subject": texts("board")["school"], "of": of, "year": report.school_year}
    figures = [(school.school_name, each) for school, each in ordered]
    return annex.together_tables(figures, named, f"-{domain_slug(domain)}", about_domain(domain))


def _steps_tables(domain: str, schools: Sequence[SchoolPart], report: BoardSlice) -> list[Table]:
    """Every step of the domain, a table a school: a name in every row would leave no room for the numbers."""
    words = texts("board")
    kinds = ("words", "count", "number", "interval", "number", "number", "number", "interval")
    titled = columns(words["all_steps_header"], *kinds)
    made = []
    for school in schools:
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


def _schools(n: int) -> str:
    words = texts("board")
    return words["one_school"] if n == 1 else words["n_schools"].format(n=count(n))
