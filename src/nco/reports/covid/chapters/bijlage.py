"""Data and processing: what the figures are of, how they are computed, and the numbers, as tables of the workbook."""

from nco.base import all_settings
from nco.base.dutch import date_words, domain_name, number, step_code, texts
from nco_utils.tables import ALL

from ...blocks import Cell, Table
from ...growth.chapters import about_domain, bounds, columns, in_domain
from ...growth.sentences import domain_slug, value_name
from ..slices import CountryDelay, Delay, Slice
from . import DELAY, domains, outcome, together, years


def use(report: Slice) -> str:
    """Return what a school can do with the figures."""
    told: str = texts("covid")["use"]
    return told if report.shown else ""


def data(report: Slice) -> str:
    """Return which tests and pupils the figures are of."""
    return texts("covid")["data"].format(
        years=f"{report.before[0][:4]} tot {report.affected[-4:]}",
        export=date_words(report.export_date),
        least=all_settings.load().covid.least_years,
    )


def method(report: Slice) -> str:
    """Return how the figures are computed."""
    return texts("covid")["method"].format(affected=report.affected, band=number(report.similar_band))


def colophon(report: Slice) -> Table:
    """Return what this report is and what it was made from."""
    words, named = texts("account"), texts("covid")["colophon_rows"]
    rows = [
        (words["data_date"], date_words(report.export_date)),
        (named["tests"], texts("covid")["tests_of"]),
        (named["affected"], report.affected),
        (named["before"], years(report)),
        (words["software"], f"nco-utils {report.version}"),
        (words["fingerprint"], report.fingerprint[:16]),
    ]
    titled = columns(words["colophon_header"], "words", "words")
    return Table("tabel-colofon", texts("covid")["colophon"], titled, tuple(rows))


def steps(report: Slice) -> list[Table]:
    """Return all numbers of every step, and of all together, a table a domain."""
    made = []
    for domain in domains(report):
        whole = together(report, domain)
        rows = [*in_domain(report.steps, domain), *([whole] if whole else [])]
        kinds = ("words", "words", "count", "count", "count", "number", "interval", "number", "number", "number",
                 "interval", ("number", 2), ("interval", 2))  # fmt: skip
        made.append(_table("steps", domain, kinds, tuple(_step(report, row) for row in rows)))
    return made


def groups(report: Slice) -> list[Table]:
    """Return all numbers of groups of pupils, a table a domain."""
    kinds = ("words", "words", "count", "count", "number", "interval", "number", "number", "interval")
    found = {domain: tuple(map(_group, in_domain(report.groups, domain))) for domain in domains(report)}
    return [_table("groups", domain, kinds, rows) for domain, rows in found.items() if rows]


def cohorts(report: Slice) -> list[Table]:
    """Return the growth of every cohort, a table a domain."""
    kinds = ("words", "count", "number", "interval", "number")
    made = []
    for domain in domains(report):
        here = [row for row in report.shifts if row.domain == domain]
        rows = tuple((r.school_year, r.n_pupils, r.shift, (r.shift_low, r.shift_high), r.national) for r in here)
        made += [_table("years", domain, kinds, rows)] if rows else []
    return made


def country(report: Slice) -> list[Table]:
    """Return all that may be told of the country, a table a domain, and of the three domains together."""
    kinds = ("words", "words", "words", "count", "count", "count", "number", "interval", ("number", 2), ("interval", 2))
    made = []
    for domain in dict.fromkeys(row.domain for row in report.country):
        rows = tuple(_of_country(row) for row in report.country if row.domain == domain)
        made.append(_table("country", domain, kinds, rows))
    return made


def _table(kind: str, domain: str, kinds: tuple, rows: tuple[tuple[Cell, ...], ...]) -> Table:
    words = texts("covid")
    named = words["all_domains"] if domain == ALL else domain_name(domain)
    about = about_domain(domain) if domain != ALL else ((texts("annex")["subject"], named),)
    titled = columns(words[f"{kind}_header"], *kinds)
    name, caption = f"tabel-{kind}-{domain_slug(domain)}", words[f"{kind}_table"].format(domain=named)
    return Table(name, caption, titled, rows, words["sheets"][kind], about, printed=False)


def _step(report: Slice, row: Delay) -> tuple[Cell, ...]:
    words = texts("covid")
    name = words["all_steps"] if row.step == ALL else step_code(row.step)
    told = outcome(row, DELAY, report.rule)
    return (
        name, told, row.n_affected, row.n_before, row.n_years, row.delay, bounds(row.delay_low, row.delay_high),
        row.delay_shrunken, row.national, row.country, bounds(row.country_low, row.country_high), row.standardised,
        bounds(row.standardised_low, row.standardised_high),
    )  # fmt: skip


def _group(row: Delay) -> tuple[Cell, ...]:
    return (
        texts("subgroups")["names"][row.trait], value_name(row.trait, row.value), row.n_affected, row.n_before,
        row.delay, bounds(row.delay_low, row.delay_high), row.national, row.gap, bounds(row.gap_low, row.gap_high),
    )  # fmt: skip


def _of_country(row: CountryDelay) -> tuple[Cell, ...]:
    words, whole = texts("covid"), row.trait == ALL
    return (
        words["all_steps"] if row.step == ALL else step_code(row.step),
        words["everyone"] if whole else texts("subgroups")["names"][row.trait],
        words["everyone"] if whole else value_name(row.trait, row.value),
        row.n_schools, row.n_affected, row.n_before, row.delay, bounds(row.delay_low, row.delay_high),
        row.standardised, bounds(row.standardised_low, row.standardised_high),
    )  # fmt: skip
