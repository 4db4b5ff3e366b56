"""The school against its predicted reference value: the difference per step, how sure it is, and in words."""

from nco.base.dutch import domain_name, listed, points, step_short, texts

from ...blocks import Drawing
from ..charts import reference as drawn
from ..rows import ReportRow
from ..sentences import box, reference_detail, reference_sentence, trait_name
from ..slices import Growth, Slice
from ..verdicts import REFERENCE
from . import by_domain, has_reference, higher_and_lower, in_domain, in_table, table_name, together, whole


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


def reading(report: Slice) -> str:
    """Return how to read the figures, with the first step that has a careful estimate."""
    if not has_reference(report.shown):
        return ""
    read = next((r for r in report.shown if r.effect_shrunken is not None), None)
    return box("uitleg", _read_step(read)) if read else ""


def domains(report: Slice) -> list[str]:
    """Return the domains with figures; none for a school without any reference value."""
    return list(by_domain(report.shown)) if has_reference(report.shown) else []


def none_here(report: Slice, domain: str) -> str:
    """Return that the domain has no reference value, and why, where that is so."""
    if _compared(report, domain):
        return ""
    reason = reference_sentence(in_domain(report.shown, domain)[0], report.rule)
    return texts("chapter_reference")["none_domain"].format(domain=domain_name(domain), reason=reason)


def sentence(report: Slice, domain: str) -> str:
    """Return the difference with the reference value in words, of all steps together or of the only one."""
    return reference_detail(whole(report, domain, REFERENCE), report.rule) if _compared(report, domain) else ""


def per_step(report: Slice, domain: str) -> str:
    """Return at which steps growth is higher or lower than expected; nothing for a single step."""
    compared = _compared(report, domain)
    if len(compared) < 2:
        return ""
    words = texts("chapter_reference")
    named = higher_and_lower(((report.rule.verdict(r, REFERENCE), r) for r in compared), words["count"])
    return words["counts"].format(list=named) if named else words["count_none"]


def effects(report: Slice, domain: str) -> Drawing | None:
    """Return the figure of the difference with the reference value at every step."""
    compared = _compared(report, domain)
    return drawn.effects(domain, compared, together(report, domain), report.rule) if compared else None


def in_annex(report: Slice, domain: str) -> str:
    """Return in which table the figure's numbers are."""
    return in_table("reference", table_name("reference", domain)) if _compared(report, domain) else ""


def _compared(report: Slice, domain: str) -> list[ReportRow]:
    return [result for result in in_domain(report.shown, domain) if result.effect is not None]


def _read_step(result: ReportRow) -> str:
    return texts("chapter_reference")["reading"].format(
        step=step_short(result.step),
        domain=domain_name(result.domain),
        effect=points(result.effect),
    )
