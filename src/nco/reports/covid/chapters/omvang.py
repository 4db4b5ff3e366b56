"""How large the difference is: the domains beside each other, in places and in spreads, and every step."""

from nco.base.dutch import capital, domain_name, step_short, texts
from nco_utils.tables import ALL

from ...blocks import Cell, Drawing, Table
from ...growth.chapters import bounds, columns
from ...growth.rows import step_order
from ..charts import delays as drawn
from ..slices import Slice
from . import DELAY, domains, more, outcome, places, together


def intro(report: Slice) -> str:
    """Return what the chapter shows, and how large the difference of the three domains together is in the country."""
    words, country = texts("covid"), report.of_country(ALL)
    told = words["size_together"].format(places=places(country.delay), more=more(country.delay)) if country else ""
    return f"{words['size_intro']} {told}".strip()


def figure(report: Slice) -> Drawing | None:
    """Return the figure of the domains, all steps together."""
    return drawn.of_domains(report.overall, report.affected, report.rule) if report.overall else None


def sizes(report: Slice) -> Table | None:
    """Return the difference of each domain in standard deviations of pupils' growth, of the school and the country."""
    words, rows = texts("covid"), []
    for domain in domains(report):
        own, country = together(report, domain), report.of_country(domain)
        of_country: tuple[Cell, Cell] = None, None
        if country:
            of_country = country.standardised, bounds(country.standardised_low, country.standardised_high)
        if own is None and country is None:
            continue
        of_school: tuple[Cell, Cell] = (
            (own.standardised, bounds(own.standardised_low, own.standardised_high)) if own else (None, None)
        )
        rows.append((capital(domain_name(domain)), *of_school, *of_country))
    kinds = ("words", ("number", 2), ("interval", 2), ("number", 2), ("interval", 2))
    return (
        Table("tabel-spreidingen", words["size_table"], columns(words["size_header"], *kinds), tuple(rows))
        if rows
        else None
    )


def by_step(report: Slice) -> Table | None:
    """Return which step of which domain has which outcome; nothing where no step is shown."""
    if not report.shown:
        return None
    words, there = texts("covid"), domains(report)
    found = {(row.domain, row.step): row for row in (*report.steps, *report.shown)}  # of two scales the shown one
    rows = tuple(
        (capital(step_short(step)), *(outcome(found.get((domain, step)), DELAY, report.rule) for domain in there))
        for step in _steps(report)
    )
    titles = [words["map_step"], *(capital(domain_name(domain)) for domain in there)]
    return Table(
        "tabel-kaart", words["map"].format(affected=report.affected), columns(titles, *["words"] * len(titles)), rows
    )


def country_by_step(report: Slice) -> Table | None:
    """Return the country's difference at every step; nothing where none may be told."""
    words = texts("covid")
    there = [domain for domain in domains(report) if report.of_country(domain)]
    if not there:
        return None
    steps = sorted({r.step for r in report.country if r.trait == ALL and r.step != ALL}, key=step_order)
    rows = [(capital(step_short(step)), *(_delay(report, domain, step) for domain in there)) for step in steps]
    rows.append((words["all_steps"], *(_delay(report, domain, ALL) for domain in there)))
    titles = [words["map_step"], *(capital(domain_name(domain)) for domain in there)]
    titled = columns(titles, "words", *["number"] * len(there))
    return Table("tabel-land", words["map_country"], titled, tuple(rows))


def _delay(report: Slice, domain: str, step: str) -> float | None:
    row = report.of_country(domain, step)
    return row.delay if row else None


def _steps(report: Slice) -> list[str]:
    return sorted({row.step for row in report.steps}, key=step_order)
