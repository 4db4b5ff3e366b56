"""A board's report: its schools of the round side by side, from what their own reports show."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from nco.base import all_settings
from nco.base.dutch import capital, count, domain_name, listed, number, step_code, step_words, texts
from nco.base.markdown import escape
from nco_utils.tables import DOMAINS

from ...blocks import Cell, Drawing, Item, Table, TableColumn
from .. import boards, norms
from ..boards import alphabetical
from ..boards import with_figure as _rows
from ..charts import board as drawn
from ..rows import NOT_COMPARED, Levels, Overall, ReportRow, middle, step_order
from ..sentences import box, domain_slug
from ..slices import BoardSlice, SchoolPart, Total
from ..verdicts import CLEAR, COUNTRY, REFERENCE, Rule, careful
from . import about_domain, bijlage, bounds, chance, columns, compared, outcome_word, period, told_against
from .gesprek import LOW_COVERAGE

MOST_NAMES = 6  # schools named in a sentence
MOST_CLEAR = 20  # rows of the table of what stands out: more is a list to look things up in
MOST_LISTED = 10  # schools of which is printed how many figures there are
MOST_STEPS = 8  # schools of which growth at every step is printed, with its number
MOST_YEARS = 3  # school years before this one beside the totals


def domains(report: BoardSlice) -> list[str]:
    """Return the domains in which a school has a figure."""
    return [domain for domain in DOMAINS if _rows(domain, report)]


def attention_heading(report: BoardSlice) -> str:
    """Return the heading of the first page."""
    return _words("attention_heading", report)


def intro(report: BoardSlice) -> str:
    """Return of how many schools the report is."""
    words = texts("board")
    told = words["intro" if report.shown else "intro_nothing"].format(
        schools=_schools(len(report.schools)), year=report.school_year
    )
    special = any(school.sector == boards.SBO for school in report.schools)
    return f"{told} {words['sbo_told']}" if special and report.shown else told


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


# --- which schools ask attention -----------------------------------------------------------------


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
        rows = sorted(_rows(domain, report), key=lambda row: _size(row[1]))
        for kind, wanted in ((kind, wanted) for kind in ("", "national_") for wanted in ("higher", "lower")):
            named = [school for school, each in rows if (kind, wanted) == _outcome(each, report.rule)]
            if named:
                sentence = words[f"stands_out_{kind}{wanted}"]
                told.append(sentence.format(domain=capital(domain_name(domain)), schools=_named(named)))
    return told


def _outcome(figure: Overall, rule: Rule) -> tuple[str, str | None]:
    """What a school is compared with ("" for its reference value), and the outcome."""
    measure = told_against(figure)
    return "" if measure == REFERENCE else "national_", rule.verdict(figure, measure)


def _named(schools: Sequence[SchoolPart]) -> str:
    names = [escape(boards.named(school)) for school in schools[:MOST_NAMES]]
    if len(schools) > MOST_NAMES:
        names.append(texts("board")["more"].format(n=count(len(schools) - MOST_NAMES)))
    return listed(names)


def _careful_in_sd(figure: Overall) -> float | None:
    """The careful estimate in standard deviations of school means; None where it is not known."""
    measure = told_against(figure)
    found, sd = careful(figure, measure), getattr(figure, f"{measure}_sd")
    return round(found / sd, 2) if found is not None and sd else None


def _size(figure: Overall) -> float:
    """By what the figures that stand out are ordered: the careful estimate, the largest first."""
    return -abs(_careful_in_sd(figure) or 0.0)


def attention(report: BoardSlice) -> Table | None:
    """Return the figures that are higher or lower: lower first, of each the largest careful estimate first.

    On one scale, because points of two tests are not to be compared; over all school years, and of this one alone.
    """
    clear = [
        (school, figure)
        for domain in DOMAINS
        for school, figure in _rows(domain, report)
        if report.rule.verdict(figure, told_against(figure)) in CLEAR
    ]
    if not clear:
        return None
    words = texts("board")

    def cells(school: SchoolPart, figure: Overall) -> tuple[Cell, ...]:
        measure = told_against(figure)
        ends = figure.in_sd(measure)
        sd = getattr(figure, f"{measure}_sd")
        year = [getattr(figure, f"{measure}_year{end}") for end in ("_low", "_high")]
        this_year = tuple(round(end / sd, 2) for end in year) if sd and None not in year else (None, None)
        outcome = words["compared_with"][measure].format(outcome=outcome_word(figure, measure, report.rule))
        years = getattr(figure, f"{measure}_n_years") or 1
        return (
            boards.named(school), words["short"][figure.domain], outcome, years,
            _careful_in_sd(figure), bounds(*ends), bounds(*this_year),
        )  # fmt: skip

    def order(row: tuple[SchoolPart, Overall]) -> tuple[bool, float]:
        return report.rule.verdict(row[1], told_against(row[1])) != "lower", _size(row[1])

    rows = tuple(cells(*row) for row in sorted(clear, key=order))
    kinds = ("words", "words", "words", "count", ("number", 2), ("interval", 2), ("interval", 2))
    return Table("tabel-aandacht", words["attention"], columns(words["attention_header"], *kinds), rows,
                 words["attention_sheet"], printed=len(rows) <= MOST_CLEAR)  # fmt: skip


def in_attention(report: BoardSlice) -> str:
    """Return what the numbers of the schools that ask attention are, or that they are in the workbook."""
    table = attention(report)
    if table is None:
        return ""
    return texts("board")["attention_intro" if table.printed else "attention_in_workbook"]


def overview(report: BoardSlice) -> Table | None:
    """Return the outcome of each domain's steps together, in words: a row a school, for a domain two comparisons."""
    if not report.shown:
        return None
    words = texts("board")
    measures = (COUNTRY, REFERENCE)

    def cell(school: SchoolPart, domain: str, measure: str) -> str:
        figure = next((each for each in school.overall if each.domain == domain), None)
        if figure is None:
            hidden = any(r.status == "hidden" for r in school.results if r.domain == domain)
            return words["outcomes"]["hidden" if hidden else "none"]
        return words["outcomes"][report.rule.verdict(figure, measure) or "unknown"]

    here = domains(report)
    rows = tuple(
        (boards.named(school), *(cell(school, domain, measure) for domain in here for measure in measures))
        for school in alphabetical(report.schools)
    )
    titles = [words["overview_column"][m].format(domain=words["short"][d]) for d in here for m in measures]
    titled = columns((words["school"], *titles), *["words"] * (1 + len(titles)))
    figures = [each for school in report.shown for each in school.overall]
    caption = words["overview"].format(period=period(figures, report.school_year))
    return Table("tabel-overzicht", caption, titled, rows)


# --- a domain -----------------------------------------------------------------------------------


def not_compared(report: BoardSlice, domain: str) -> str:
    """Return that the domain cannot be compared with anything, where that is so."""
    if _is_compared(report, domain):
        return ""
    return box("let-op", texts("board")["not_compared"].format(domain=domain_name(domain)))


def several_scales(report: BoardSlice, domain: str) -> bool:
    """Whether schools have tests of different makers, whose points are not to be compared, or are shown no points."""
    figures = [figure for _, figure in _rows(domain, report)]
    return len({figure.scale for figure in figures}) > 1 or not all(figure.in_points for figure in figures)


def effects_intro(report: BoardSlice, domain: str) -> str:
    """Return what the figures of the difference with the reference value show."""
    unit = texts("board")["effect_unit"]["sd" if several_scales(report, domain) else "points"]
    return _words("effect_intro", report).format(unit=unit)


def effects(report: BoardSlice, domain: str) -> list[Drawing]:
    """Return the figures of the difference with the reference value, of every school that has one."""
    several = several_scales(report, domain)
    measure, rows = boards.drawn(domain, report, several)
    return drawn.effects(domain, rows, report.rule, several) if rows and measure == REFERENCE else []


def standardised(report: BoardSlice, domain: str) -> list[Drawing]:
    """Return the figures of standardised growth, where no school has a reference value to be drawn beside."""
    measure, rows = boards.drawn(domain, report, several_scales(report, domain))
    return drawn.standardised(domain, rows, report.rule) if rows and measure == COUNTRY else []


def beside(figures: Sequence[Drawing], absent: str) -> list[Item]:
    """Return the figures of a domain with the schools that are in none of them; nothing without a figure."""
    return [*figures, absent] if figures else []


def not_drawn(report: BoardSlice, domain: str) -> str:
    """Return which schools are not in the figure of a domain, and why; nothing where all are, or there is no figure."""
    measure, rows = boards.drawn(domain, report, several_scales(report, domain))
    words = texts("board")["absent"]
    found = boards.absent(domain, report, measure, rows) if rows else {}
    told = [
        words[why].format(schools=listed(escape(boards.named(school)) for school in schools))
        for why, schools in found.items()
    ]
    return " ".join([words["lead"], *told]) if told else ""


def _is_compared(report: BoardSlice, domain: str) -> bool:
    return compared(figure for _, figure in _rows(domain, report))


def _test_of(scale: str) -> str:
    """Who makes the test of a scale; points of two tests are not to be compared."""
    known = all_settings.load().scales.get(scale)
    return texts("providers")[known.provider] if known else scale


def _steps(report: BoardSlice, domain: str) -> list[str]:
    found = {result.step for school in report.schools for result in school.results if result.domain == domain}
    return sorted(found, key=step_order)


def steps_intro(report: BoardSlice, domain: str) -> str:
    """Return how the table of every school by step is read; nothing where that is in the workbook only."""
    words = texts("board")
    if not _prints_steps(report):
        return ""
    unit = words["steps_unit"]["sd" if several_scales(report, domain) else "points"]
    step = next((result.step for school in report.shown for result in school.results if result.shown), None)
    example = texts("annex")["example"].format(code=step_code(step), step=step_words(step)) if step else ""
    return words["steps_intro"].format(unit=unit, example=example)


def _prints_steps(report: BoardSlice) -> bool:
    return len(report.schools) <= MOST_STEPS


def steps(report: BoardSlice, domain: str) -> Table | None:
    """Return growth of every school at every step: the sign of its verdict, and the difference that it is of.

    With its reference value, or else with the country; in points, or where tests differ on the standardised scale. Of
    many schools it is not printed: the workbook has every step of every school.
    """
    several, wanted = several_scales(report, domain), _steps(report, domain)

    def cell(_: SchoolPart, result: ReportRow) -> str:
        measure = told_against(result)
        value = middle(result.in_sd(measure)) if several else getattr(result, measure)
        if value is None:
            return texts("board")["signs"]["unknown"]
        sign = texts("board")["signs"][report.rule.verdict(result, measure) or "unknown"]
        return f"{sign}{number(value)}"

    made = _matrix(report, domain, wanted, cell, [step.replace("-", " – ") for step in wanted])
    if made is None or not any(any(map(str.isdigit, cell)) for row in made[1] for cell in row[1:]):
        return None
    caption = texts("board")["steps"].format(domain=domain_name(domain), year=report.school_year)
    return Table(f"tabel-stappen-{domain_slug(domain)}", caption, *made, printed=_prints_steps(report))


def by_norm(report: BoardSlice, domain: str, make: Callable[[BoardSlice, str], Item]) -> Item:
    """Return what a function makes of a domain beside the chosen norm, and on the page beside the others too."""
    return norms.beside_each(report, lambda name: _is_known(report, domain, name), lambda each: make(each, domain),
                              texts("board")["norms"])  # fmt: skip


def _is_known(report: BoardSlice, domain: str, norm: str) -> bool:
    shown = ((s, r) for s in report.shown for r in s.results if r.domain == domain and r.shown)
    return any(r.level[0] is not None and norms.value(s, r, norm) is not None for s, r in shown)


def _norm(report: BoardSlice, domain: str) -> str:
    return report.norm if _is_known(report, domain, report.norm) else norms.NATIONAL


def norm_told(report: BoardSlice, domain: str) -> str:
    """Return which norm stands in the table instead of the chosen one, or which schools have none of this kind."""
    words, norm = texts("board"), _norm(report, domain)
    if norm != report.norm:
        named = words["norms"]
        return words["norm_absent"].format(norm=named[report.norm], national=named[norm], domain=domain_name(domain))
    return words["norm_lacking"][norm] if _lacks(report, domain, norm) else ""


def _lacks(report: BoardSlice, domain: str, norm: str) -> bool:
    """Whether a level is shown that has no norm beside it, while others have."""
    told = [
        (s, r) for s in report.shown for r in s.results if r.domain == domain and r.shown and r.level[0] is not None
    ]
    missing = [norms.value(s, r, norm) is None for s, r in told]
    return any(missing) and not all(missing)


def levels(report: BoardSlice, domain: str) -> list[Item]:
    """Return the level of every grade beside the norm, on the page beside each norm, and what the norm is."""
    table = by_norm(report, domain, grades)
    return [texts("board")["grades_intro"], table, by_norm(report, domain, norm_told)] if table else []


def grades(report: BoardSlice, domain: str) -> Table | None:
    """Return of every school and jaargroep where the level lies beside the norm, and the outcome of growth.

    Both of the last step of the jaargroep, in words.
    """
    words, norm = texts("board"), _norm(report, domain)
    growth = words["growth_words"]
    last = {step[-1]: step for step in _steps(report, domain)}  # of each jaargroep the last step
    short, none = texts("school_analysis")["level_short"], words["signs"]["none"]

    def cell(school: SchoolPart, result: ReportRow) -> str:
        level = short[report.rule.level(result.level, norms.value(school, result, norm)) or "unknown"]
        grew = growth[report.rule.verdict(result, told_against(result)) or "unknown"]
        return none if level == grew == none else words["level_and_growth"].format(level=level, growth=grew)

    titles = [words["grade"].format(grade=grade) for grade in last]
    made = _matrix(report, domain, [*last.values()], cell, titles, "words")
    if made is None or {cell for row in made[1] for cell in row[1:]} <= {none, words["signs"]["hidden"]}:
        return None
    caption = words["grades"].format(domain=domain_name(domain), year=report.school_year, norm=words["norms"][norm])
    return Table(f"tabel-niveau-{domain_slug(domain)}", caption, *made)


def _matrix(
    report: BoardSlice,
    domain: str,
    wanted: list[str],
    cell: Callable[[SchoolPart, ReportRow], str],
    titles: list[str],
    kind: str = "count",
) -> tuple[tuple[TableColumn, ...], tuple[tuple[str, ...], ...]] | None:
    """Columns and rows of a table: a row a school, a column a step, of all its tests. A hidden figure is called so."""
    words = texts("board")
    signs = words["signs"]

    def row(school: SchoolPart) -> tuple[str, ...]:
        found = {result.step: result for result in school.by_step if result.domain == domain}
        told = [boards.named(school)]
        for step in wanted:
            result = found.get(step)
            if result is None:
                told.append(signs["none"])
            else:
                told.append(cell(school, result) if result.shown else signs[result.status])
        return tuple(told)

    rows = [row(s) for s in alphabetical(report.shown) if any(r.domain == domain for r in s.results)]
    titled = columns([words["school"], *titles], "words", *[kind] * len(titles))
    return (titled, tuple(rows)) if rows else None


def totals_intro(report: BoardSlice, domain: str) -> str:
    """Return of which schools the totals are, and which of them cannot be compared with others."""
    words = texts("board")
    taken = _taken(report, domain)
    steps_of = {step: None for each in taken for step in [each.total.step]}
    left: dict[str, tuple[SchoolPart, list[str]]] = {}
    for each in taken:
        for school in each.left_out:
            left.setdefault(school.brinvest, (school, []))[1].append(each.total.step)
    told = [words["totals_intro"]]
    if len(_by_schools(_now(report, domain))) > 1:
        told.append(words["totals_others"])
    if left:
        items = listed(_left_out(school, steps, len(steps_of)) for school, steps in left.values())
        told.append(words["totals_left_out"].format(schools=items))
    if any(each.national is None and each.reference is None for each in taken):
        told.append(words["totals_not_compared"])
    return " ".join(told)


def _left_out(school: SchoolPart, steps: list[str], of: int) -> str:
    """A school that does not count, with the steps at which it does not, where those are not all."""
    name = escape(boards.named(school))
    return name if len(steps) == of else f"{name} ({', '.join(map(step_code, steps))})"


def _taken(report: BoardSlice, domain: str) -> list[boards.Together]:
    """The totals of this school year that are of two schools or more, of the test of most schools."""
    now = _now(report, domain)
    first = next(iter(_by_schools(now)), None)
    return [boards.together(t, report) for t in now if t.scale == first]


def _now(report: BoardSlice, domain: str) -> list[Total]:
    here = [t for t in report.totals if t.domain == domain and t.mean_growth is not None and t.n_schools_shown > 1]
    return [t for t in here if t.school_year in ("", report.school_year)]


def totals(report: BoardSlice, domain: str) -> list[Table]:
    """Return the shown schools together, per step, beside the country, the reference value and earlier years.

    Nothing for a board of one school: that is its report. Printed for the test of most schools; those of other tests
    are in the workbook. The country and the reference value are those of the same schools, weighted by their pupils.
    """
    here = [t for t in report.totals if t.domain == domain and t.mean_growth is not None]
    now = _now(report, domain)
    if not now:
        return []
    words = texts("board")
    years = sorted({t.school_year for t in here if "" < t.school_year < report.school_year}, reverse=True)[:MOST_YEARS]
    before = {(t.step, t.scale, t.school_year): t for t in here if t.n_schools_shown > 1}

    def row(made: boards.Together) -> tuple[Cell, ...]:
        t = made.total
        return (
            step_code(t.step), t.n_schools_shown, t.n_pupils, t.mean_growth,
            bounds(t.mean_growth_low, t.mean_growth_high), made.national, made.reference,
            *(getattr(before.get((t.step, t.scale, year)), "mean_growth", None) for year in years),
        )  # fmt: skip

    kinds = ("words", "count", "count", "number", "interval", *["number"] * (2 + len(years)))
    titled = columns([*words["totals_header"], *(_short_year(year) for year in years)], *kinds)
    made = []
    for place, scale in enumerate(_by_schools(now)):
        of_test = sorted((t for t in now if t.scale == scale), key=lambda t: step_order(t.step))
        rows = tuple(row(boards.together(t, report)) for t in of_test)
        test = texts("board")["of_test"].format(test=_test_of(scale))
        caption = words["totals"].format(domain=domain_name(domain), test=test, year=report.school_year)
        name = f"tabel-bestuur-{domain_slug(domain)}" + (f"-{place + 1}" if place else "")
        sheet = f"{words['totals_sheet']} {words['short'][domain]}"
        about = ((words["test"], _test_of(scale)),)
        made.append(Table(name, caption, titled, rows, sheet, about, printed=place == 0))
    return made


def _by_schools(sums: Sequence[Total]) -> list[str]:
    """The scales, that of most schools first."""
    most: dict[str, int] = {}
    for each in sums:
        most[each.scale] = max(most.get(each.scale, 0), each.n_schools_shown)
    return sorted(most, key=lambda scale: (-most[scale], scale))


def _short_year(year: str) -> str:
    return f"{year[:5]}{year[-2:]}"


# --- reference levels ---------------------------------------------------------------------------


def levels_intro(report: BoardSlice) -> str:
    """Return what the reference levels are beside, and of which years."""
    known = [school.levels for school in report.schools if school.levels]
    if not known:
        return ""
    rules, first = all_settings.load().reference_levels, min(each.first_year for each in known)
    return texts("board")["levels_intro"].format(
        edition=rules.edition, few=rules.few, first=first, last=max(each.last_year for each in known)
    )


def reached(report: BoardSlice) -> Table | None:
    """Return the reference levels of each school beside the inspectorate's values for its schoolweging."""
    named = [(boards.named(school), school.levels) for school in alphabetical(report.schools) if school.levels]
    if not named:
        return None
    words = texts("board")
    titled = columns(words["levels_header"], "words", "words", *["count"] * 7, "words")
    rows = tuple((name, *levels_row(levels)) for name, levels in named)
    return Table("tabel-referentieniveaus", words["levels"], titled, rows, words["levels_sheet"])


def levels_row(levels: Levels) -> tuple[Cell, ...]:
    """Return what a table says of reference levels: schoolweging, pupils, and beside each level two values."""
    words = texts("board")
    absent = "*" if levels.status == "few" else words["signs"]["hidden"]

    def percent(value: float | None, at_least: bool = False) -> str:
        told = absent if value is None else number(value)
        return words["at_least"].format(value=told) if at_least else told

    def known(value: float | None) -> str:
        return "–" if value is None else number(value)

    weging = "–"
    if levels.weging_from is not None and levels.weging_to is not None:
        weging = words["weging"].format(low=count(round(levels.weging_from)), high=count(round(levels.weging_to)))
    return (
        weging, absent if levels.n_pupils is None else count(levels.n_pupils),
        percent(levels.reached_1f, levels.least_1f), known(levels.signal_1f), known(levels.similar_1f),
        percent(levels.reached_2f), known(levels.signal_2f), known(levels.similar_2f), _below_signal(levels),
    )  # fmt: skip


def _below_signal(levels: Levels) -> str:
    """Which of the told percentages is below its signaleringswaarde, or that it cannot be said.

    Of the percentages as they are told: so it says no more than these. At least so much is not below when it is not.
    """
    words, told = texts("board")["below_signal"], {}
    for name, value, signal, at_least in (
        ("1F", levels.reached_1f, levels.signal_1f, levels.least_1f),
        ("1S/2F", levels.reached_2f, levels.signal_2f, False),
    ):
        if value is not None and signal is not None and (value >= signal or not at_least):
            told[name] = value < signal
    if below := [name for name, is_below in told.items() if is_below]:
        return listed(below)
    return words["above"] if len(told) == 2 else words["unsure"]


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
            boards.named(school),
            counted(school, lambda r: r.shown),
            counted(school, lambda r: r.status in ("hidden", NOT_COMPARED)),
            counted(school, lambda r: r.status in ("other_scale", "no_growth")),
            counted(school, lambda r: r.percent_with_growth is not None and r.percent_with_growth <= LOW_COVERAGE),
        )
        for school in alphabetical(report.schools)
    )
    titled = columns(words["coverage_header"], "words", *["count"] * 4)
    caption = words["coverage"].format(year=report.school_year)
    printed = len(rows) <= MOST_LISTED
    return Table("tabel-dekking", caption, titled, rows, texts("annex")["coverage_sheet"], printed=printed)


def together(report: BoardSlice, domain: str) -> list[Table]:
    """Return all steps of the domain together, a row a school, for the workbook."""
    of = texts("board")["of_domain"].format(domain=domain_name(domain))
    named = {"subject": texts("board")["school"], "of": of, "year": report.school_year}
    figures = [(boards.named(school), each) for school, each in _rows(domain, report)]
    made = bijlage.together_tables(figures, named, f"-{domain_slug(domain)}", about_domain(domain))
    return [replace(table, printed=False) for table in made]


def every_step(report: BoardSlice, domain: str) -> list[Table]:
    """Return every step of the domain, a table a school, for the workbook: growth, and its level beside all norms."""
    words, made = texts("board"), []
    kinds = ("words", "count", "number", "interval", *["number"] * 3, "interval", "words", "interval", *["number"] * 4,
             "words")  # fmt: skip
    titled = columns(words["all_steps_header"], *kinds)
    for school, _ in _rows(domain, report):
        shown = [r for r in sorted(school.results, key=lambda r: step_order(r.step)) if r.domain == domain and r.shown]
        rows = tuple(_step_row(report, school, r) for r in shown)
        name = f"tabel-stappen-{domain_slug(domain)}-{school.brinvest.lower()}"
        named = {"domain": domain_name(domain), "school": escape(boards.named(school)), "year": report.school_year}
        about = (*about_domain(domain), (words["school"], boards.named(school)))
        caption = words["all_steps"].format(**named)
        made.append(Table(name, caption, titled, rows, words["all_steps_sheet"], about, printed=False))
    return made


def _step_row(report: BoardSlice, school: SchoolPart, r: ReportRow) -> tuple[Cell, ...]:
    beside = [norms.value(school, r, name) for name in norms.NORMS]
    norm = norms.value(school, r, _norm(report, r.domain))
    level = texts("school_analysis")["level_words"][report.rule.level(r.level, norm) or "unknown"]
    return (
        step_code(r.step), r.n_pupils, r.mean_growth, bounds(r.mean_growth_low, r.mean_growth_high),
        r.national_mean, r.reference, r.effect, bounds(r.effect_low, r.effect_high),
        outcome_word(r, told_against(r), report.rule), bounds(*r.level), *beside, level,
    )  # fmt: skip


def in_workbook(report: BoardSlice) -> str:
    """Return that every step of every school is in the workbook."""
    return texts("board")["in_workbook"] if report.shown else ""


def _schools(n: int) -> str:
    words = texts("board")
    return words["one_school"] if n == 1 else words["n_schools"].format(n=count(n))
