"""About this report: which pupils are in, how to read it, privacy, method, terms and colophon."""

from nco.base import all_settings
from nco.base.dutch import by_kind, capital, count, date_words, domain_name, number, step_short, texts
from nco_utils.tables.computed import WITHOUT_GROWTH

from ... import cover, kinds
from ...blocks import Table
from ..rows import ReportRow
from ..sentences import domain_slug
from ..slices import Growth, Slice
from . import about_domain, columns, in_domain
from .referentie import traits


def coverage(report: Slice) -> str:
    """Return which pupils are counted at a step."""
    return texts("account")["coverage"].format(limit=report.minimum_group - 1)


def coverage_table(report: Slice, domain: str) -> Table:
    """Return how many pupils of each step have growth and how many have not, and why."""
    words = texts("account")
    rows = tuple(_coverage_row(result) for result in in_domain(report.results, domain))
    titled = columns(words["coverage_header"], "words", "count", "count", "count", "words")
    caption = words["coverage_table"].format(domain=domain_name(domain), year=report.school_year)
    name, sheet = f"tabel-dekking-{domain_slug(domain)}", texts("annex")["coverage_sheet"]
    return Table(name, caption, titled, rows, sheet, about_domain(domain))


def percentages(report: Slice) -> str:
    """Return how percentages are shown; for a school without any result that there is none."""
    return texts("account")["percentages"] if report.results else texts("summary")["nothing"]


def reading(report: Growth) -> str:
    """Return how to read the figures; nothing where there is none."""
    return by_kind(texts("account"), "reading", report.kind) if report.drawable else ""


def privacy(report: Growth) -> str:
    """Return what is not shown, for whose privacy."""
    return texts("account")["privacy"].format(limit=report.minimum_group - 1)


def method(report: Growth) -> str:
    """Return how the figures are computed."""
    words = texts("account")
    reference = by_kind(words, "method_reference", report.kind)
    if kinds.of(report).has_reference:
        reference = reference[report.estimator].format(traits=traits(report))
    method = words["method"].format(band=number(report.similar_band))
    return f"{method}\n{reference}\n\n{words['method_rounding']}"


def limits(report: Growth) -> str:
    """Return what the report does not say."""
    return by_kind(texts("account"), "limits", report.kind)


def terms() -> str:
    """Return the words of the report with their meaning."""
    return "\n\n".join(f"{term}\n:   {meaning}" for term, meaning in texts("account")["terms"].items())


def colophon(report: Growth) -> Table:
    """Return what this report is and what it was made from."""
    words = texts("account")
    rows = [*cover.pairs(report).items()]
    rows += [
        (words["data_date"], date_words(report.export_date)),
        (words["compared"], _compared(report)),
        (
            words["estimator"],
            words["estimator_name"][report.estimator if kinds.of(report).has_reference else "none"],
        ),
        (words["software"], f"nco-utils {report.version}"),
        (words["fingerprint"], report.fingerprint[:16]),
    ]
    return Table("tabel-colofon", words["colophon"], columns(words["colophon_header"], "words", "words"), tuple(rows))


def _compared(report: Growth) -> str:
    words = texts("account")
    before = sorted({r.school_year for r in report.earlier})
    if not before:
        return words["compared_none"].format(now=report.school_year)
    return words["compared_with"].format(now=report.school_year, before=before[-1])


def _coverage_row(result: ReportRow) -> tuple:
    words, hidden = texts("account"), texts("report")["not_shown"]
    step = capital(step_short(result.step))
    if not result.shown:
        n, why = (hidden, words["reason_hidden"]) if result.status == "hidden" else (0, words[result.status])
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
