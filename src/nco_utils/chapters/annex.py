"""The annex: the numbers behind every figure, as tables that go to the workbook too."""

from collections.abc import Sequence
from dataclasses import replace

from ..blocks import Table
from ..dutch import capital, domain_name, step_code, step_words, texts
from ..results import Overall, Result, step_order
from ..slices import Slice
from ..wording import value_name
from . import Blocks, about_domain, begin, bounds, by_domain, columns, has_reference, table_name
from .subgroups import printed, shown_parts


def blocks(report: Slice) -> Blocks:
    """Return the annex; nothing when no figure may be shown."""
    if not report.shown:
        return []
    words = texts("annex")
    made: Blocks = [f"# {words['heading']}\n", intro(report.shown[0].step)]
    rows = [(capital(domain_name(each.domain)), each) for each in report.overall]
    made += together_tables(rows, {"subject": words["subject"], "of": "", "year": report.school_year})
    for domain, results in by_domain(report.shown).items():
        made.append(f"## {capital(domain_name(domain))}\n")
        made.append(_growth_table(domain, results, report))
        if any(result.has_reference for result in results):
            made.append(_reference_table(domain, results, report))
        if any(result.national_schools is not None for result in results):
            made.append(_standardised_table(domain, results, report))
        made.append(_spread_table(domain, results, report))
    made.append(words["percentiles"])
    parts = shown_parts(report)
    if parts and printed(parts):
        made.append(f"## {texts('subgroups')['heading']}\n")
    for trait, found in parts.items():
        tables = [_subgroup_table(trait, domain, each, report) for domain, each in by_domain(found).items()]
        made += [replace(table, printed=printed(parts)) for table in tables]
    return made


def intro(step: str) -> str:
    """Return what the annex is, with how a step is written there."""
    words = texts("annex")
    example = words["example"].format(code=step_code(step), step=step_words(step))
    return words["intro"].format(example=example)


def together_tables(
    rows: Sequence[tuple[str, Overall]], named: dict[str, str], suffix: str = "", about: tuple = ()
) -> list[Table]:
    """Return all steps together, against the country and against the reference value; rows: what a row is of, figures.

    named: `subject`, the heading of the first column; `of` and `year`, for the captions. Both in one table leave too
    little room for the numbers.
    """
    words = texts("annex")
    country = tuple(
        (
            name,
            e.n_steps,
            e.mean_growth,
            e.national_mean,
            e.standardised,
            bounds(e.standardised_low, e.standardised_high),
        )
        for name, e in rows
    )
    reference = tuple(
        (name, e.n_steps_reference, e.reference, e.effect, bounds(e.effect_low, e.effect_high))
        for name, e in rows
        if e.has_reference
    )
    kinds = {
        "overall": (country, ("words", "count", "number", "number", ("number", 2), ("interval", 2))),
        "overall_reference": (reference, ("words", "count", "number", "number", "interval")),
    }
    made = []
    for kind, (found, types) in kinds.items():
        titled = columns([named["subject"], *words[f"{kind}_header"]], *types)
        name = f"tabel-samen{'-referentie' if kind == 'overall_reference' else ''}{suffix}"
        made.append(Table(name, words[kind].format(**named), titled, found, words[f"{kind}_sheet"], about))
    return [table for table in made if table.rows]


def _growth_table(domain: str, now: Sequence[Result], report: Slice) -> Table:
    """Both cohorts of every step, with all that the figure shows of them."""
    words = texts("annex")
    before = [r for r in report.earlier if r.domain == domain and r.shown]
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


def _reference_table(domain: str, results: Sequence[Result], report: Slice) -> Table:
    words = texts("annex")
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


def _standardised_table(domain: str, results: Sequence[Result], report: Slice) -> Table:
    words = texts("annex")
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


def _spread_table(domain: str, results: Sequence[Result], report: Slice) -> Table:
    words = texts("annex")
    rows = tuple((step_code(r.step), begin(r), r.national_before, r.p10, r.p25, r.p50, r.p75, r.p90) for r in results)
    caption = words["spread"].format(domain=domain_name(domain), year=report.school_year)
    titled = columns(words["spread_header"], "words", "interval", *["number"] * 6)
    return Table(table_name("spread", domain), caption, titled, rows, words["spread_sheet"], about_domain(domain))


def _subgroup_table(trait: str, domain: str, parts: Sequence[Result], report: Slice) -> Table:
    words, named = texts("annex"), texts("subgroups")["names"][trait]
    rows = tuple(
        (
            step_code(r.step), value_name(trait, r.value), r.n_pupils, r.mean_growth,
            bounds(r.mean_growth_low, r.mean_growth_high), r.national_mean, r.national_schools,
        )
        for r in parts
    )  # fmt: skip
    caption = words["subgroups"].format(domain=domain_name(domain), trait=named, year=report.school_year)
    about = (*about_domain(domain), (words["trait"], named))
    titled = columns(words["subgroups_header"], "words", "words", "count", "number", "interval", "number", "count")
    return Table(table_name(trait, domain), caption, titled, rows, words["subgroups_sheet"], about)
