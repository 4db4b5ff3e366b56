"""The annex: the numbers behind every figure, as tables that go to the workbook too."""

from collections.abc import Mapping, Sequence

from nco.base.dutch import capital, domain_name, step_code, step_words, texts
from nco_utils.params import Subgroup

from ...blocks import Cell, Table
from ..rows import Overall, step_order
from ..sentences import value_name
from ..slices import Slice
from ..verdicts import COUNTRY, REFERENCE
from . import about_domain, begin, bounds, by_domain, columns, has_reference, in_domain, period, table_name
from .subgroepen import Groups, printed, shown_parts


def intro(report: Slice) -> str:
    """Return what the annex is; nothing when no figure may be shown."""
    return intro_of(report.shown[0].step) if report.shown else ""


def intro_of(step: str) -> str:
    """Return what the annex is, with how a step is written there."""
    words = texts("annex")
    example = words["example"].format(code=step_code(step), step=step_words(step))
    return words["intro"].format(example=example)


def together(report: Slice) -> list[Table]:
    """Return all steps together of each domain, against the country and against the reference value."""
    rows = [(capital(domain_name(each.domain)), each) for each in report.overall]
    named = {"subject": texts("annex")["subject"], "of": "", "year": report.school_year}
    return together_tables(rows, named) if report.shown else []


def domains(report: Slice) -> list[str]:
    """Return the domains with figures."""
    return list(by_domain(report.shown))


def percentiles(report: Slice) -> str:
    """Return what the columns of percentiles say."""
    return texts("annex")["percentiles"] if report.shown else ""


def together_tables(
    rows: Sequence[tuple[str, Overall]], named: dict[str, str], suffix: str = "", about: tuple = ()
) -> list[Table]:
    """Return all steps together, against the country and against the reference value; rows: what a row is of, figures.

    named: `subject`, the heading of the first column; `of` and `year`, for the captions. All in one table leave too
    little room for the numbers.
    """
    words = texts("annex")
    parts = {"overall": _together(rows), "overall_standardised": _on_one_scale(rows)}
    parts |= {f"overall_{kind}": _lasting(rows, kind, name) for kind, name in _COMPARED.items()}
    made = []
    for kind, (titles, found, types) in parts.items():
        name = f"tabel-samen{words['overall_kinds'][kind]}{suffix}"
        titled = columns([named["subject"], *(words["overall_titles"][title] for title in titles)], "words", *types)
        caption = words[kind].format(**named, period=period((each for _, each in rows), named["year"]))
        printed = kind != "overall"  # a chapter tells it; the table is for the workbook
        made.append(Table(name, caption, titled, tuple(found), words[f"{kind}_sheet"], about, printed))
    return [table for table in made if table.rows]


_COMPARED = {"country": COUNTRY, "reference": REFERENCE}  # by the kind of table
# The titles of the columns but the first, the rows, and the kinds of the columns.
_Part = tuple[Sequence[str], Sequence[tuple[Cell, ...]], Sequence[str | tuple[str, int]]]


def _together(rows: Sequence[tuple[str, Overall]]) -> _Part:
    found = [(name, e.n_steps, e.n_pupils, e.mean_growth) for name, e in rows]
    return ["steps", "pupils", "growth"], found, ["count", "count", "number"]


def _on_one_scale(rows: Sequence[tuple[str, Overall]]) -> _Part:
    found = [
        (name, e.standardised, bounds(e.standardised_low, e.standardised_high))
        for name, e in rows
        if e.standardised is not None
    ]
    return ["standardised", "interval"], found, [("number", 2), ("interval", 2)]


def _lasting(rows: Sequence[tuple[str, Overall]], kind: str, measure: str) -> _Part:
    """A difference over all school years that were shown, and where these are more than one, in the newest alone."""
    known = [(name, e) for name, e in rows if getattr(e, measure) is not None]
    several = any(getattr(e, f"{measure}_n_years") > 1 for _, e in known)
    found = []
    for name, e in known:
        parts = ("n_years", "n_steps", "low", "high", "shrunken", "year", "year_low", "year_high")
        years, steps, low, high, careful, year, *of_year = (getattr(e, f"{measure}_{part}") for part in parts)
        cells = (steps, getattr(e, measure), bounds(low, high), careful)
        found.append((name, years, *cells, year, bounds(*of_year)) if several else (name, *cells))
    titles, types = ["compared_steps", kind, "interval", "careful"], ["count", "number", "interval", "number"]
    if not several:
        return titles, found, types
    return ["years", *titles, "this_year", "this_year_interval"], found, ["count", *types, "number", "interval"]


def growth(report: Slice, domain: str) -> Table:
    """Return both cohorts of every step, with all that the figure shows of them."""
    words = texts("annex")
    now = in_domain(report.shown, domain)
    before = [r for r in in_domain(report.earlier, domain) if r.shown]
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
    return Table(table_name("growth", domain), caption, titled, rows, words["growth_sheet"], about_domain(domain))


def reference(report: Slice, domain: str) -> Table | None:
    """Return the reference value of every step and the difference with it; nothing where there is none."""
    words, results = texts("annex"), in_domain(report.shown, domain)
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
    return Table(table_name("reference", domain), caption, titled, rows, words["reference_sheet"], about_domain(domain))


def standardised(report: Slice, domain: str) -> Table | None:
    """Return the standardised growth of every step; nothing where the country is not shown."""
    words, results = texts("annex"), in_domain(report.shown, domain)
    if all(result.national_schools is None for result in results):
        return None
    rows = tuple(
        (
            step_code(r.step), r.standardised, bounds(r.standardised_low, r.standardised_high),
            r.national_schools, r.national_pupils,
        )
        for r in results
    )  # fmt: skip
    caption = words["standardised"].format(domain=domain_name(domain), year=report.school_year)
    titled = columns(words["standardised_header"], "words", ("number", 2), ("interval", 2), "count", "count")
    name = table_name("standardised", domain)
    return Table(name, caption, titled, rows, words["standardised_sheet"], about_domain(domain))


def spread(report: Slice, domain: str) -> Table:
    """Return where the pupils of every step began, and how far apart their growth was."""
    words, results = texts("annex"), in_domain(report.shown, domain)
    rows = tuple((step_code(r.step), begin(r), r.national_before, r.p10, r.p25, r.p50, r.p75, r.p90) for r in results)
    caption = words["spread"].format(domain=domain_name(domain), year=report.school_year)
    titled = columns(words["spread_header"], "words", "interval", *["number"] * 6)
    return Table(table_name("spread", domain), caption, titled, rows, words["spread_sheet"], about_domain(domain))


def groups(report: Slice, traits: Mapping[str, Subgroup]) -> Groups:
    """Return what may be shown of each trait; nothing when no figure of the whole may be."""
    return shown_parts(report, traits) if report.shown else {}


def subgroup(report: Slice, groups: Groups, trait: str, domain: str) -> Table:
    """Return the growth of each group of a trait; of very many groups in the workbook only."""
    words, named = texts("annex"), texts("subgroups")["names"][trait]
    rows = tuple(
        (
            step_code(r.step), value_name(trait, r.value), r.n_pupils, r.mean_growth,
            bounds(r.mean_growth_low, r.mean_growth_high), r.national_mean, r.national_schools,
        )
        for r in in_domain(groups[trait], domain)
    )  # fmt: skip
    caption = words["subgroups"].format(domain=domain_name(domain), trait=named, year=report.school_year)
    about = (*about_domain(domain), (words["trait"], named))
    titled = columns(words["subgroups_header"], "words", "words", "count", "number", "interval", "number", "count")
    name, sheet = table_name(trait, domain), words["subgroups_sheet"]
    return Table(name, caption, titled, rows, sheet, about, printed(groups))
