"""About this report: which pupils are in, how to read it, privacy, method, terms and colophon."""

from collections.abc import Sequence

from ..blocks import Table
from ..dutch import capital, count, date_words, domain_name, step_short, texts
from ..figure_tables import WITHOUT_GROWTH
from ..results import Result
from ..slices import BoardSlice, Slice
from ..wording import domain_slug
from . import Blocks, about_domain, by_domain, columns, cover
from .reference import traits


def blocks(report: Slice) -> Blocks:
    """Return the chapter of a school's report."""
    return [f"# {texts('account')['heading']}\n", *coverage(report), *explanation(report), *colophon(report)]


def coverage(report: Slice) -> Blocks:
    """Return which pupils have growth and which have not, and why."""
    words = texts("account")
    made: Blocks = [f"## {words['coverage_heading']}\n", words["coverage"].format(limit=report.minimum_group - 1)]
    made += [_coverage_table(domain, results, report) for domain, results in by_domain(report.results).items()]
    return [*made, words["percentages"]] if report.results else [*made, texts("summary")["nothing"]]


def explanation(report: Slice | BoardSlice) -> Blocks:
    """Return how to read the report, privacy, method, limits and terms."""
    words, sbo = texts("account"), report.kind == "sbo"
    reading = words.get(f"reading_{report.kind}", words["reading"])
    method = [words["method"], words["method_sbo"] if sbo else words["method_reference"].format(traits=traits(report))]
    terms = "\n\n".join(f"{term}\n:   {meaning}" for term, meaning in words["terms"].items())
    sections = {
        "reading": reading,
        "privacy": words["privacy"].format(limit=report.minimum_group - 1),
        "method": "\n".join(method) + f"\n\n{words['method_rounding']}",
        "limits": words["limits_sbo" if sbo else "limits"],
        "terms": terms,
    }
    if not report.drawable:
        del sections["reading"]
    return [f"## {words[f'{name}_heading']}\n\n{text}" for name, text in sections.items()]


def colophon(report: Slice | BoardSlice) -> Blocks:
    """Return what this report is and what it was made from."""
    words = texts("account")
    rows = [*cover.pairs(report).items()]
    rows += [
        (words["data_date"], date_words(report.export_date)),
        (words["compared"], _compared(report)),
        (words["estimator"], words["estimator_none" if report.kind == "sbo" else "estimator_name"]),
        (words["software"], f"nco-utils {report.version}"),
        (words["fingerprint"], report.fingerprint[:16]),
    ]
    titled = columns(words["colophon_header"], "words", "words")
    table = Table("tabel-colofon", words["colophon"], titled, tuple(rows))
    return [f"## {words['colophon_heading']}\n", table]


def _compared(report: Slice | BoardSlice) -> str:
    words = texts("account")
    before = sorted({r.school_year for r in report.earlier}) if isinstance(report, Slice) else []
    if not before:
        return words["compared_none"].format(now=report.school_year)
    return words["compared_with"].format(now=report.school_year, before=before[-1])


def _coverage_table(domain: str, results: Sequence[Result], report: Slice) -> Table:
    words = texts("account")
    rows = tuple(_coverage_row(result) for result in results)
    titled = columns(words["coverage_header"], "words", "count", "count", "count", "words")
    caption = words["coverage_table"].format(domain=domain_name(domain), year=report.school_year)
    name, sheet = f"tabel-dekking-{domain_slug(domain)}", texts("annex")["coverage_sheet"]
    return Table(name, caption, titled, rows, sheet, about_domain(domain))


def _coverage_row(result: Result) -> tuple:
    words, hidden = texts("account"), texts("report")["not_shown"]
    step = capital(step_short(result.step))
    if not result.shown:
        n, why = (hidden, words["reason_hidden"]) if result.status == "hidden" else (0, words[result.status])
        return (step, n, hidden, hidden, why)
    percent = hidden if result.percent_with_growth is None else result.percent_with_growth
    without = hidden if result.n_without_growth is None else result.n_without_growth
    reasons = "–" if without == 0 else _reasons(result) or words["reason_hidden"]
    return (step, result.n_pupils, percent, without, reasons)


def _reasons(result: Result) -> str:
    """Why pupils have no growth, each with its number; nothing where that may not be told."""
    told = {name: getattr(result, name) for name in WITHOUT_GROWTH}
    return "; ".join(texts("account")["reasons"][name].format(n=count(n)) for name, n in told.items() if n)
