"""The annex: the numbers behind every figure and more, as tables of the workbook beside the report."""

from collections.abc import Mapping, Sequence

from nco.base import all_settings
from nco.base.dutch import capital, count, domain_name, step_code, step_short, texts
from nco_utils.params import PAIR_TRAITS, Subgroup
from nco_utils.subgroups import GROUP
from nco_utils.tables.computed import WITHOUT_GROWTH

from ...blocks import Cell, Table, TableColumn
from ..rows import NOT_COMPARED, Overall, ReportRow, Year, step_order, without_points
from ..sentences import domain_slug, maker, test_name, value_name
from ..slices import Slice
from ..verdicts import COUNTRY, REFERENCE
from . import about_domain, begin, bounds, by_domain, columns, groepen, has_reference, in_domain, period, table_name


def together(report: Slice) -> list[Table]:
    """Return all steps together of each domain, against the country and against the reference value."""
    rows = [(capital(domain_name(each.domain)), each) for each in report.overall]
    named = {"subject": texts("annex")["subject"], "of": "", "year": report.school_year}
    return together_tables(rows, named) if report.shown else []


def domains(report: Slice) -> list[str]:
    """Return the domains with figures."""
    return list(by_domain(report.shown))


def together_tables(
    rows: Sequence[tuple[str, Overall]], named: dict[str, str], suffix: str = "", about: tuple = ()
) -> list[Table]:
    """Return all steps together, against the country and against the reference value; rows: what a row is of, figures.

    named: `subject`, the heading of the first column; `of` and `year`, for the captions. All in one table leave too
    little room for the numbers.
    """
    words = texts("annex")
    points, others = ([row for row in rows if row[1].in_points is in_points] for in_points in (True, False))
    parts = {"overall": _together(points), "overall_all": _counted(others), "overall_standardised": _on_one_scale(rows)}
    for kind, measure in _COMPARED.items():
        parts |= {f"overall_{kind}": _lasting(points, kind, measure)}
        parts |= {f"overall_{kind}_all": _lasting(others, kind, measure, 2)}
    made = []
    for kind, (titles, found, types) in parts.items():
        name = f"tabel-samen{words['overall_kinds'][kind]}{suffix}"
        titled = columns([named["subject"], *(words["overall_titles"][title] for title in titles)], "words", *types)
        caption = words[kind].format(**named, period=period((each for _, each in rows), named["year"]))
        made.append(Table(name, caption, titled, tuple(found), words[f"{kind}_sheet"], about, printed=False))
    return [table for table in made if table.rows]


_COMPARED = {"country": COUNTRY, "reference": REFERENCE}  # by the kind of table
# The titles of the columns but the first, the rows, and the kinds of the columns.
_Part = tuple[Sequence[str], Sequence[tuple[Cell, ...]], Sequence[str | tuple[str, int]]]


def _together(rows: Sequence[tuple[str, Overall]]) -> _Part:
    found = [(name, e.n_steps, e.n_pupils, e.mean_growth) for name, e in rows]
    return ["steps", "pupils", "growth"], found, ["count", "count", "number"]


def _counted(rows: Sequence[tuple[str, Overall]]) -> _Part:
    """Of how many steps and pupils the figures of all tests together are."""
    return ["steps", "pupils"], [(name, each.n_steps, each.n_pupils) for name, each in rows], ["count", "count"]


def _on_one_scale(rows: Sequence[tuple[str, Overall]]) -> _Part:
    found = []
    for name, figure in rows:
        (of_country, *ends, careful), expected = figure.on_one_scale(COUNTRY), figure.on_one_scale(REFERENCE)
        if of_country is not None or expected[0] is not None:
            of_reference = (expected[0], bounds(*expected[1:3]), expected[3])
            found.append((name, of_country, bounds(*ends), careful, *of_reference))
    titles = ["standardised", "interval", "careful", "expected", "expected_interval", "expected_careful"]
    return titles, found, [("number", 2), ("interval", 2), ("number", 2)] * 2


def _lasting(rows: Sequence[tuple[str, Overall]], kind: str, measure: str, decimals: int = 1) -> _Part:
    """A difference over all school years that were shown, and where these are more than one, in the newest alone."""
    known = [(name, e) for name, e in rows if getattr(e, measure) is not None]
    several = any(getattr(e, f"{measure}_n_years") > 1 for _, e in known)
    found = []
    for name, e in known:
        parts = ("n_years", "n_steps", "low", "high", "shrunken", "year", "year_low", "year_high")
        years, steps, low, high, careful, year, *of_year = (getattr(e, f"{measure}_{part}") for part in parts)
        cells = (steps, getattr(e, measure), bounds(low, high), careful)
        found.append((name, years, *cells, year, bounds(*of_year)) if several else (name, *cells))
    value, ends = ("number", decimals), ("interval", decimals)
    titles = ["compared_steps", kind, "interval", "careful"]
    types: list[str | tuple[str, int]] = ["count", value, ends, value]
    if not several:
        return titles, found, types
    return ["years", *titles, "this_year", "this_year_interval"], found, ["count", *types, value, ends]


def by_test(report: Slice) -> list[Table]:
    """Return all steps together by each test, of a school that has several."""
    rows = [(f"{capital(domain_name(each.domain))}, {test_name(each.scale)}", each) for each in report.by_test]
    named = {"subject": texts("annex")["subject"], "of": texts("annex")["of_tests"], "year": report.school_year}
    return together_tables(rows, named, "-per-toets")


def tests(report: Slice, domain: str) -> list[str]:
    """Return the scales of the tests of which points are shown, now or a year ago."""
    rows = [row for row in in_domain([*report.shown, *report.earlier], domain) if row.shown and row.in_points]
    return list(dict.fromkeys(str(row.scale) for row in rows))


def _of(report: Slice, domain: str, scale: str) -> tuple[tuple[str, str], ...]:
    """What a table of one test is of: the test too, where a school has several."""
    return (*about_domain(domain), *([(texts("annex")["test"], test_name(scale))] if report.by_test else []))


def _name(report: Slice, kind: str, domain: str, scale: str) -> str:
    return table_name(kind, domain) + (f"-{scale.lower()}" if report.by_test else "")


def _by(results: Sequence[ReportRow], domain: str, scale: str) -> list[ReportRow]:
    return [row for row in in_domain(results, domain) if row.shown and row.in_points and row.scale == scale]


def growth(report: Slice, domain: str, scale: str) -> Table:
    """Return both cohorts of every step by one test, with all that the figure shows of them."""
    words = texts("annex")
    now, before = _by(report.shown, domain, scale), _by(report.earlier, domain, scale)
    reference = has_reference([*report.shown, *report.earlier])  # the same columns for all domains
    rows = tuple(
        (
            step_code(r.step), r.school_year, r.n_pupils, r.mean_growth,
            bounds(r.mean_growth_low, r.mean_growth_high), *([r.reference] if reference else []), r.national_mean,
            r.change,
        )
        for r in sorted((*now, *before), key=lambda r: (step_order(r.step), -int(r.school_year[:4])))
    )  # fmt: skip
    caption = words["growth"].format(domain=domain_name(domain))
    kinds = ["words", "words", "count", "number", "interval", *["number"] * (3 if reference else 2)]
    titled = columns(words["growth_reference_header" if reference else "growth_header"], *kinds)
    name, sheet = _name(report, "growth", domain, scale), words["growth_sheet"]
    return Table(name, caption, titled, rows, sheet, _of(report, domain, scale), printed=False)


def reference(report: Slice, domain: str, scale: str) -> Table | None:
    """Return the reference value of every step and the difference with it; nothing where there is none."""
    words, results = texts("annex"), _by(report.shown, domain, scale)
    if not has_reference(results):
        return None
    rows = tuple(
        (
            step_code(r.step), r.reference, bounds(r.reference_low, r.reference_high),
            r.effect, bounds(r.effect_low, r.effect_high), r.effect_shrunken, r.reliability,
        )
        for r in results
        if r.has_reference
    )  # fmt: skip
    caption = words["reference"].format(domain=domain_name(domain), year=report.school_year)
    kinds = ("words", "number", "interval", "number", "interval", "number", ("number", 2))
    titled = columns(words["reference_header"], *kinds)
    name, sheet = _name(report, "reference", domain, scale), words["reference_sheet"]
    return Table(name, caption, titled, rows, sheet, _of(report, domain, scale), printed=False)


def standardised(report: Slice, domain: str) -> Table | None:
    """Return the standardised growth of every step; nothing where the country is not shown."""
    words, results = texts("annex"), in_domain(report.shown, domain)
    if all(result.national_schools is None for result in results):
        return None
    rows = tuple(
        (
            _step(r, report), r.standardised, bounds(r.standardised_low, r.standardised_high),
            r.national_schools, r.national_pupils,
        )
        for r in results
    )  # fmt: skip
    caption = words["standardised"].format(domain=domain_name(domain), year=report.school_year)
    titled = columns(words["standardised_header"], "words", ("number", 2), ("interval", 2), "count", "count")
    name = table_name("standardised", domain)
    return Table(name, caption, titled, rows, words["standardised_sheet"], about_domain(domain), printed=False)


def every_test(report: Slice, domain: str) -> list[Table]:
    """Return the steps over all tests together, of a domain with several: beside the country, and what is expected."""
    if domain not in (each.domain for each in report.by_test):
        return []
    words, results = texts("annex"), [without_points(r) for r in in_domain(report.by_step, domain) if r.shown]
    rows = tuple(
        (
            step_code(r.step), r.n_pupils, r.standardised, bounds(r.standardised_low, r.standardised_high),
            r.country_shrunken, r.effect, bounds(r.effect_low, r.effect_high), r.effect_shrunken,
        )
        for r in sorted(results, key=lambda r: step_order(r.step))
    )  # fmt: skip
    caption = words["standardised_all"].format(domain=domain_name(domain), year=report.school_year)
    value, ends = ("number", 2), ("interval", 2)
    titled = columns(words["standardised_all_header"], "words", "count", value, ends, value, value, ends, value)
    name, sheet = f"{table_name('standardised', domain)}-alle-toetsen", words["standardised_all_sheet"]
    return [Table(name, caption, titled, rows, sheet, about_domain(domain), printed=False)]


def spread(report: Slice, domain: str, scale: str) -> Table | None:
    """Return where the pupils of every step began, and how far apart their growth was."""
    words, results = texts("annex"), _by(report.shown, domain, scale)
    if not results:
        return None
    rows = tuple((step_code(r.step), begin(r), r.national_before, r.p10, r.p25, r.p50, r.p75, r.p90) for r in results)
    caption = words["spread"].format(domain=domain_name(domain), year=report.school_year)
    titled = columns(words["spread_header"], "words", "interval", *["number"] * 6)
    name, sheet = _name(report, "spread", domain, scale), words["spread_sheet"]
    return Table(name, caption, titled, rows, sheet, _of(report, domain, scale), printed=False)


def coverage(report: Slice, domain: str) -> Table:
    """Return how many pupils of each step have growth and how many have not, and why."""
    words = texts("account")
    rows = tuple(_coverage_row(result, _test(result, report)) for result in in_domain(report.results, domain))
    titled = columns(words["coverage_header"], "words", "count", "count", "count", "words")
    caption = words["coverage_table"].format(domain=domain_name(domain), year=report.school_year)
    name, sheet = f"tabel-dekking-{domain_slug(domain)}", texts("annex")["coverage_sheet"]
    return Table(name, caption, titled, rows, sheet, about_domain(domain), printed=False)


def trend(report: Slice) -> list[Table | None]:
    """Return all steps together of every domain in every school year; nothing where no year may be told.

    By each test in points; and of all tests of a domain together in standard deviations.
    """
    words = texts("annex")
    several = tuple(
        (
            capital(domain_name(y.domain)), y.school_year, y.n_steps, y.country, bounds(y.country_low, y.country_high),
            y.effect, bounds(y.effect_low, y.effect_high),
        )
        for y in report.trend
        if not y.in_points
    )  # fmt: skip
    names = ("words", "words", "count", ("number", 2), ("interval", 2), ("number", 2), ("interval", 2))
    together = columns(words["trend_sd_header"], *names)
    rows = tuple(
        (
            _of_year(report, y), y.school_year, y.n_steps, y.country, bounds(y.country_low, y.country_high),
            y.effect, bounds(y.effect_low, y.effect_high),
            y.standardised, bounds(y.standardised_low, y.standardised_high),
        )
        for y in report.trend
        if y.in_points
    )  # fmt: skip
    kinds = ("words", "words", "count", "number", "interval", "number", "interval", ("number", 2), ("interval", 2))
    titled = columns(words["trend_header"], *kinds)
    return [
        _of_workbook("tabel-verloop", words["trend"], titled, rows, words["trend_sheet"]),
        _of_workbook("tabel-verloop-spreidingen", words["trend_sd"], together, several, words["trend_sd_sheet"]),
    ]


def _of_year(report: Slice, year: Year) -> str:
    """The domain of a year; of a school with several tests the test too."""
    named = capital(domain_name(year.domain))
    return f"{named}, {test_name(year.scale)}" if report.by_test else named


def grade(report: Slice, grade: int) -> Table | None:
    """Return where the jaargroep's pupils began, how much they grew, and how far apart."""
    words = texts("grades")
    in_points = (r for r in report.shown if r.grade == grade and r.in_points)
    shown = sorted(in_points, key=lambda r: step_order(r.step))
    rows = tuple(
        (_named(r, report), r.n_pupils, begin(r), r.national_before, r.mean_growth, bounds(r.p25, r.p75)) for r in shown
    )
    titled = columns(words["header"], "words", "count", "interval", "number", "number", "interval")
    about = ((texts("annex")["grade"], str(grade)),)
    caption = words["table"].format(grade=grade)
    return _of_workbook(f"tabel-groep-{grade}", caption, titled, rows, texts("annex")["grades_sheet"], about)


def classes(report: Slice, grade: int) -> Table | None:
    """Return the growth of each class of the jaargroep; nothing where none may be shown."""
    words = texts("grades")
    parts = [r for r in report.parts if r.grade == grade and r.trait == GROUP and r.shown]
    rows = tuple(
        (r.value, _named(r, report), r.n_pupils, r.mean_growth, bounds(r.mean_growth_low, r.mean_growth_high))
        for r in sorted(parts, key=lambda r: (r.value, step_order(r.step)))
    )
    titled = columns(words["classes_header"], "words", "words", "count", "number", "interval")
    about = ((texts("annex")["grade"], str(grade)),)
    caption, name = words["classes"].format(grade=grade), f"tabel-klassen-groep-{grade}"
    return _of_workbook(name, caption, titled, rows, texts("annex")["classes_sheet"], about)


def grades(report: Slice) -> list[int]:
    """Return the jaargroepen in which a step ends."""
    return sorted({result.grade for result in report.results})


def groups_together(report: Slice, groups: groepen.Groups) -> list[Table | None]:
    """Return the groups of pupils, all steps together, beside the same group of the country and beside each other."""
    return [_groups_together(report, [g for g in groups if g.in_points is points], points) for points in (True, False)]


def _groups_together(report: Slice, groups: groepen.Groups, in_points: bool) -> Table | None:
    words, named = texts("annex"), texts("subgroups")["names"]
    rows = tuple(
        (
            capital(domain_name(g.domain)), named[g.trait], value_name(g.trait, g.value), g.n_steps, g.n_pupils,
            g.country, bounds(g.country_low, g.country_high), g.gap, bounds(g.gap_low, g.gap_high),
        )
        for g in groups
    )  # fmt: skip
    value, ends = ("number", 1 if in_points else 2), ("interval", 1 if in_points else 2)
    titled = columns(words["groups_together_header"], *["words"] * 3, "count", "count", value, ends, value, ends)
    key = "groups_together" if in_points else "groups_together_sd"
    name, caption = f"tabel-groepen-samen{'' if in_points else '-spreidingen'}", words[key]
    return _of_workbook(name, caption.format(year=report.school_year), titled, rows, words[f"{key}_sheet"])


def subgroups(report: Slice, traits: Mapping[str, Subgroup]) -> list[Table]:
    """Return the growth of each group of pupils at each step, a table a trait and domain."""
    made = []
    for trait, split in traits.items():
        # A slice of an earlier analysis may have values that are settings no longer.
        parts = [part for part in report.parts if part.trait == trait and part.shown and part.value in split.values]
        parts.sort(key=lambda r: (step_order(r.step), str(r.scale), split.values.index(r.value)))
        if trait not in PAIR_TRAITS and report.shown:
            made += [_subgroup(report, parts, trait, domain) for domain in by_domain(parts)]
    return made


def _subgroup(report: Slice, parts: Sequence[ReportRow], trait: str, domain: str) -> Table:
    words, named = texts("annex"), texts("subgroups")["names"][trait]
    rows = tuple(
        (
            _step(r, report), value_name(trait, r.value), r.n_pupils, r.mean_growth,
            bounds(r.mean_growth_low, r.mean_growth_high), r.national_mean, r.national_schools,
        )
        for r in in_domain(parts, domain)
    )  # fmt: skip
    caption = words["subgroups"].format(domain=domain_name(domain), trait=named, year=report.school_year)
    about = (*about_domain(domain), (words["trait"], named))
    titled = columns(words["subgroups_header"], "words", "words", "count", "number", "interval", "number", "count")
    return Table(table_name(trait, domain), caption, titled, rows, words["subgroups_sheet"], about, printed=False)


def _of_workbook(
    name: str, caption: str, titled: tuple[TableColumn, ...], rows: tuple, sheet: str, about: tuple = ()
) -> Table | None:
    return Table(name, caption, titled, rows, sheet, about, printed=False) if rows else None


def _named(result: ReportRow, report: Slice) -> str:
    pattern, test = texts("grades")["row"], _test(result, report)
    return pattern.format(domain=capital(domain_name(result.domain)), step=f"{step_short(result.step)}{test}")


def _step(result: ReportRow, report: Slice) -> str:
    return f"{step_code(result.step)}{_test(result, report)}"


def _test(result: ReportRow, report: Slice) -> str:
    """By which test a result is, of a school with several."""
    return f" ({maker(result.scale)})" if report.by_test and result.scale else ""


def _coverage_row(result: ReportRow, test: str = "") -> tuple:
    words, hidden = texts("account"), texts("report")["not_shown"]
    step = f"{capital(step_short(result.step))}{test}"
    if not result.shown:
        why = words["reason_hidden"] if result.status == "hidden" else words[result.status]
        n = hidden if result.status in ("hidden", NOT_COMPARED) else 0
        return (step, n, hidden, hidden, why)
    percent = hidden if result.percent_with_growth is None else _percent(result.percent_with_growth)
    without = hidden if result.n_without_growth is None else result.n_without_growth
    reasons = "–" if without == 0 else _reasons(result) or words["reason_hidden"]
    return (step, result.n_pupils, percent, without, reasons)


def _percent(value: int) -> int | str:
    """A percentage; at the ends of what is told more or less than it."""
    least, most = all_settings.load().profile.percentages
    words = texts("account")
    if least < value < most:
        return value
    return words["percent_most" if value >= most else "percent_least"].format(n=count(value))


def _reasons(result: ReportRow) -> str:
    """Why pupils have no growth, each with its number; nothing where that may not be told."""
    told = {name: getattr(result, name) for name in WITHOUT_GROWTH}
    return "; ".join(texts("account")["reasons"][name].format(n=count(n)) for name, n in told.items() if n)
