"""About this report: which pupils are in, how to read it, privacy, method, terms and colophon."""

from nco.base.dutch import (
    by_kind,
    date_words,
    domain_name,
    interval,
    number,
    points,
    pupils,
    step_code,
    step_short,
    texts,
)

from ... import kinds
from ...blocks import Table
from .. import verdicts
from ..rows import ReportRow
from ..sentences import amount
from ..slices import BoardSlice, Growth, SchoolPart, Slice
from ..verdicts import COUNTRY, REFERENCE
from . import columns, compared, has_reference


def figures(report: Growth) -> str:
    """Return where the numbers are; nothing where there is none."""
    return by_kind(texts("account"), "figures", report.kind) if report.drawable else ""


def reading(report: Slice) -> str:
    """Return how to read the figures, with a step of the first one; nothing where there is none."""
    if not report.drawable:
        return ""
    words = texts("account")["reading"]
    there = {"country": any(each.country is not None for each in report.shown)}
    there["reference"] = has_reference(report.shown)
    lines = [words["own"], *(words[name] for name, shown in there.items() if shown), words["interval"]]
    return "\n".join([*lines, read_step(_first(report))])


def reading_of_board(report: BoardSlice) -> str:
    """Return how to read the figures of a board's report; nothing where there is none."""
    words = texts("account")["reading"]
    return f"{words['own_board']}\n{words['interval']}" if report.drawable else ""


def _first(report: Slice) -> ReportRow:
    """A step in the middle of the first domain with figures."""
    best = [result for result in report.shown if result.in_points] or report.shown
    here = [result for result in best if result.domain == best[0].domain]
    return here[len(here) // 2]


def read_step(result: ReportRow) -> str:
    """Return how to read one step of the figure, with its own numbers."""
    words = texts("growth")
    if not result.in_points:
        value = result.standardised or 0.0
        return words["reading_sd"].format(
            step=step_code(result.step),
            words=step_short(result.step),
            domain=domain_name(result.domain),
            pupils=pupils(result.n_pupils or 0),
            value=amount(result, abs(value)),
            more=texts("summary")["more"]["higher" if value >= 0 else "lower"],
            interval=interval(result.standardised_low, result.standardised_high, 2),
        )
    growth, n = result.mean_growth or 0.0, result.n_pupils or 0  # of what is shown both are known
    national, reference = "", ""
    if result.national_mean is not None:
        national = words["reading_national"].format(national=points(result.national_mean))
    if result.reference is not None:
        reference = words["reading_reference"].format(reference=points(result.reference))
    return words["reading_fell" if growth < 0 else "reading"].format(
        step=step_code(result.step),
        words=step_short(result.step),
        domain=domain_name(result.domain),
        pupils=pupils(n),
        growth=points(abs(growth)),
        interval=interval(result.mean_growth_low, result.mean_growth_high),
        national=national,
        reference=reference,
    )


def privacy(report: Growth) -> str:
    """Return what is not shown, for whose privacy."""
    return texts("account")["privacy"].format(limit=report.minimum_group - 1)


def method(report: Growth) -> str:
    """Return how the figures are computed: of what the report has."""
    words = texts("account")
    reference = by_kind(words, "method_reference", report.kind)
    if kinds.of(report).has_reference:
        reference = reference[report.estimator]
    overall = [each for part in report.of_schools for each in part.overall]
    compared_to = words["method_compared"].format(band=number(report.similar_band)) if compared(overall) else ""
    careful = any(verdicts.careful(each, measure) is not None for each in overall for measure in (REFERENCE, COUNTRY))
    end = f"{compared_to}{words['method_careful'] if careful else ''}"
    return f"{words['method']}{reference}{end}\n{words['method_rounding']}"


def limits(report: Growth) -> str:
    """Return what the report does not say."""
    return by_kind(texts("account"), "limits", report.kind)


def colophon(report: Growth) -> Table:
    """Return what this report is and what it was made from."""
    words = texts("account")
    rows = [
        (words["data_date"], date_words(report.export_date)),
        (words["compared"], _compared(report)),
        (
            words["estimator"],
            words["estimator_name"][report.estimator if any(map(_with_reference, report.of_schools)) else "none"],
        ),
        (words["software"], f"nco-utils {report.version}"),
        (words["fingerprint"], report.fingerprint[:16]),
    ]
    return Table("tabel-colofon", words["colophon"], columns(words["colophon_header"], "words", "words"), tuple(rows))


def _with_reference(part: Slice | SchoolPart) -> bool:
    return has_reference([result for result in part.results if result.shown])


def _compared(report: Growth) -> str:
    words = texts("account")
    before = sorted({r.school_year for r in report.earlier})
    if not before:
        return by_kind(words, "compared_none", report.kind).format(now=report.school_year)
    return words["compared_with"].format(now=report.school_year, before=before[-1])
