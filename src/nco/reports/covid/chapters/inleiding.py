"""In the short: what the report is about, what stands out, and each domain beside the years before and the country."""

from collections.abc import Iterable

from nco.base.dutch import capital, domain_name, listed, number, step_short, texts
from nco_utils.tables import ALL

from ...blocks import Table
from ...growth.chapters import bounds, chance, columns
from ...growth.sentences import box
from ...growth.verdicts import CLEAR, COUNTRY, apart, careful
from ..slices import Delay, Slice
from . import DELAY, domains, outcome, places, together, years

MOST = 3  # things that stand out: more is a list, not a summary


def intro(report: Slice) -> list[str]:
    """Return what the report is about, and what it counts in."""
    words = texts("covid")
    told = words["intro"].format(affected=report.affected, before=years(report))
    return [told, words["place"]] if report.shown or (report.steps and report.country) else [told]


def no_figures(report: Slice) -> str:
    """Return that there is no figure of the school, where that is so, and whether there is one of the country."""
    if report.shown:
        return ""
    words = texts("covid")
    if not report.steps:
        return box("kernpunt", words["no_tests"].format(affected=report.affected))
    return box("kernpunt", f"{words['nothing']} {words['with_country' if report.country else 'no_country']}")


def key_finding(report: Slice) -> str:
    """Return what stands out: a domain beside the years before or the country; or that nothing does."""
    if not report.shown:
        return ""
    told = "\n".join(f"- {each}" for each in stands_out(report))
    return box("kernpunt", told or texts("covid")["nothing_stands_out"])


def stands_out(report: Slice) -> list[str]:
    """Return at most MOST sentences, the largest difference first: each of a figure that is higher or lower.

    Domains as a whole before steps, and of a domain no step that says the same.
    """
    told: set[tuple[str, str]] = set()
    sentences: list[str] = []
    for rows in (report.overall, report.shown):
        clear = [(measure, row) for measure in (DELAY, COUNTRY) for row in _clear(report, rows, measure)]
        new = [(measure, row) for measure, row in clear if (row.domain, measure) not in told]
        new.sort(key=lambda each: abs(getattr(each[1], each[0])), reverse=True)
        sentences += [_told(report, row, measure) for measure, row in new]
        told |= {(row.domain, measure) for measure, row in new}
    return sentences[:MOST]


def by_chance(report: Slice) -> str:
    """Return how chance is reckoned with, where something stands out, or lies beside zero and does not."""
    if stands_out(report):
        return chance(report)
    beside = any(apart(row, measure) for row in report.overall for measure in (DELAY, COUNTRY))
    return texts("summary")["chance_apart"] if beside else ""


def outcomes(report: Slice) -> Table | None:
    """Return a row for every domain: the difference, how sure it is, and beside the country."""
    if not report.shown:
        return None
    words, rule = texts("covid"), report.rule
    rows = []
    for domain in domains(report):
        row = together(report, domain)
        cells = (row.delay, bounds(row.delay_low, row.delay_high)) if row else (None, None)
        beside = outcome(row, DELAY, rule), row.national if row else None, outcome(row, COUNTRY, rule)
        rows.append((capital(domain_name(domain)), *cells, *beside))
    titled = columns(words["header"], "words", "number", "interval", "words", "number", "words")
    return Table("tabel-samenvatting", words["table"].format(affected=report.affected), titled, tuple(rows))


def of_country(report: Slice) -> str:
    """Return how it went in the whole country; nothing where that may not be told."""
    words = texts("covid")
    found = [(domain, report.of_country(domain)) for domain in domains(report)]
    item = words["of_country_item"]
    items = [item.format(difference=number(row.delay), domain=domain_name(domain)) for domain, row in found if row]
    return words["of_country"].format(list=listed(items)) if items else ""


def _clear(report: Slice, rows: Iterable[Delay], measure: str) -> list[Delay]:
    return [row for row in rows if report.rule.verdict(row, measure) in CLEAR]


def _told(report: Slice, row: Delay, measure: str) -> str:
    """The sentence of a domain, or of a step of it, that is higher or lower."""
    step = "" if row.step == ALL else f", {step_short(row.step)}"
    value: float = getattr(row, measure)
    estimate = careful(row, measure)
    return texts("covid")["stands_out"][f"{measure}_{report.rule.verdict(row, measure)}"].format(
        what=f"{capital(domain_name(row.domain))}{step}",
        measured=places(value),
        careful=places(value if estimate is None else estimate),
    )
