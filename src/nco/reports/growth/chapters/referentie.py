"""The school against its predicted reference value: the difference per step, how sure it is, and in words."""

from nco.base.dutch import domain_name, interval, listed, number, texts

from ...blocks import Drawing
from ..charts import standardised
from ..rows import ReportRow
from ..sentences import box, reference_detail, reference_sentence, trait_name
from ..slices import Growth, Slice
from ..verdicts import COUNTRY, REFERENCE
from . import has_reference, higher_and_lower, in_domain, in_workbook, whole


def none(report: Slice) -> str:
    """Return that the school has no reference value at all, and why, where that is so."""
    if has_reference(report.shown):
        return ""
    reason = reference_sentence(report.shown[0], report.rule) if report.shown else ""
    return box("let-op", texts("chapter_reference")["none"].format(reason=reason))


def intro(report: Slice) -> str:
    """Return what the reference value is and what it looks at; nothing where there is none."""
    words = texts("chapter_reference")["intro"]
    return words.format(traits=traits(report)) if has_reference(report.shown) else ""


def traits(report: Growth) -> str:
    """Return what the reference model looks at, in words."""
    return listed(map(trait_name, report.model_terms))


def side_by_side(report: Slice) -> Drawing | None:
    """Return the figure of the domains on one scale: all steps of each, beside the reference value and the country."""
    return standardised.side_by_side(report.overall, report.rule)


def reading(report: Slice) -> str:
    """Return how to read the figure, with its first row; nothing without a figure."""
    words = texts("standardised")
    for figure in report.overall:
        for measure in (REFERENCE, COUNTRY):
            value, low, high, second = figure.on_one_scale(measure)
            if None not in (value, low, high):
                text = words["reading"].format(
                    domain=domain_name(figure.domain),
                    compared=words[measure],
                    interval=interval(low, high, 2),
                    band=number(report.similar_band),
                    careful=words["reading_careful"] if second is not None else "",
                )
                return box("uitleg", text)
    return ""


def where(report: Slice) -> str:
    """Return where the numbers of the figure are, and those of every step."""
    if not side_by_side(report):
        return ""
    expected = {
        "overall_reference" if e.in_points else "overall_reference_all" for e in report.overall if e.has_reference
    }
    by_step = has_reference([result for result in report.shown if result.in_points])
    return in_workbook("overall_standardised", *sorted(expected), *(["reference"] if by_step else []))


def sentence(report: Slice, domain: str) -> str:
    """Return the difference with the reference value in words, of all steps together or of the only one.

    Of a domain without one, in a school that has others: that there is none, and why.
    """
    if _compared(report, domain):
        return reference_detail(whole(report, domain, REFERENCE), report.rule)
    shown = in_domain(report.shown, domain)
    if not shown or not has_reference(report.shown):
        return ""
    reason = reference_sentence(shown[0], report.rule)
    return texts("chapter_reference")["none_domain"].format(domain=domain_name(domain), reason=reason)


def per_step(report: Slice, domain: str) -> str:
    """Return at which steps growth is higher or lower than expected; nothing for a single step."""
    compared = _compared(report, domain)
    if len(compared) < 2:
        return ""
    words = texts("chapter_reference")
    named = higher_and_lower(((report.rule.verdict(r, REFERENCE), r) for r in compared), words["count"])
    return words["counts"].format(list=named) if named else words["count_none"]


def _compared(report: Slice, domain: str) -> list[ReportRow]:
    return [result for result in in_domain(report.by_step, domain) if result.effect is not None]
