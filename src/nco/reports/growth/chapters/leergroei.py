"""Growth per domain: every step of two cohorts, beside the country and the reference value."""

from nco.base.dutch import capital, domain_name, interval, number, points, pupils, step_short, texts

from ...blocks import Drawing
from ..charts import growth as drawn
from ..charts import standardised
from ..rows import Overall, ReportRow
from ..sentences import (
    box,
    growth_sentence,
    hidden_reason,
    other_scale_sentence,
    steps_named,
)
from ..slices import Slice
from ..verdicts import CHANGE, COUNTRY
from . import by_domain, has_reference, higher_and_lower, in_domain, in_table, table_name, together, whole


def intro(report: Slice) -> str:
    """Return what growth is, and what the chapter shows of it."""
    return texts("growth")["intro"].format(below=_below(report))


def scales(report: Slice) -> list[str]:
    """Return what there is to know of the scales of the figures."""
    notes = texts("scales")
    return [box("let-op", notes[scale]) for scale in dict.fromkeys(r.scale for r in report.shown) if scale in notes]


def reading(report: Slice) -> str:
    """Return how to read the figures, with a step of the first one; nothing without a figure."""
    if not report.shown:
        return ""
    first = next(iter(by_domain(report.shown).values()))
    return box("uitleg", read_step(first[len(first) // 2]))


def sentence(report: Slice, domain: str) -> str:
    """Return how much the pupils grew in the domain, against the country."""
    shown = in_domain(report.shown, domain)
    if not shown:
        return ""
    return growth_sentence(whole(report, domain, COUNTRY) if len(shown) == 1 else together(report, domain), report.rule)


def against_country(report: Slice, domain: str) -> str:
    """Return at which steps growth is higher or lower than in the country; nothing for a single step."""
    shown = in_domain(report.shown, domain)
    if len(shown) < 2 or all(result.standardised is None for result in shown):
        return ""
    words = texts("growth")
    named = higher_and_lower(((report.rule.verdict(r, COUNTRY), r) for r in shown), words["count"])
    return words["counts"].format(list=named) if named else words["count_none"]


def since_last_year(report: Slice, domain: str) -> str:
    """Return at which steps growth is higher or lower than a year ago, or that this is not known."""
    shown = in_domain(report.shown, domain)
    if not shown:
        return ""
    words = texts("growth")
    compared = [(report.rule.verdict(result, CHANGE), result) for result in shown]
    if any(verdict for verdict, _ in compared):
        named = higher_and_lower(compared, words["change"])
        return words["change_list"].format(list=named) if named else words["change_none"]
    return words["change_hidden" if any(r.status == "hidden" for r in report.earlier) else "change_first"]


def bars(report: Slice, domain: str) -> Drawing | None:
    """Return the figure of every step, in two cohorts, beside the country and the reference value."""
    shown = in_domain(report.shown, domain)
    if not shown:
        return None
    steps = {result.step for result in shown}
    earlier = [r for r in in_domain(report.earlier, domain) if r.step in steps and r.shown]
    return drawn.bars(domain, [*shown, *earlier])


def in_annex(report: Slice, domain: str) -> str:
    """Return in which table the figure's numbers are."""
    return in_table("growth", table_name("growth", domain)) if in_domain(report.shown, domain) else ""


def not_shown(report: Slice, domain: str) -> str:
    """Return which steps are not in the figure and why, the steps of one reason together."""
    here = in_domain(report.results, domain)
    results = [result for result in here if not result.shown]
    if not results:
        return ""
    words = texts("growth")
    items = [other_scale_sentence(r) for r in results if r.status == "other_scale"]
    for status in ("hidden", "no_growth"):
        steps = [result for result in results if result.status == status]
        if steps:
            every = len(steps) == len(here) > 1
            named = words["all_steps"] if every else capital(steps_named(steps))
            reason = hidden_reason(steps[0], report.minimum_group)
            items.append(words["not_shown_item"].format(steps=named, reason=reason))
    return box("let-op", "\n\n".join(dict.fromkeys(items)))


def side_by_side_intro(report: Slice) -> str:
    """Return how growth in two domains is compared; nothing where none can be."""
    words = texts("standardised")["intro"]
    return words.format(band=number(report.similar_band)) if _on_one_scale(report) else ""


def side_by_side(report: Slice) -> Drawing | None:
    """Return the figure of the domains on one scale: all steps of each together."""
    drawable = _on_one_scale(report)
    return standardised.together(drawable, report.rule) if drawable else None


def side_by_side_in_annex(report: Slice) -> str:
    """Return in which table the numbers of the domains on one scale are."""
    return in_table("overall", "tabel-samen-gestandaardiseerd") if _on_one_scale(report) else ""


def side_by_side_reading(report: Slice) -> str:
    """Return how to read the figure of the domains on one scale, with its first domain."""
    first = next(iter(_on_one_scale(report)), None)
    if first is None or first.standardised_low is None:
        return ""
    text = texts("standardised")["reading"].format(
        label=domain_name(first.domain),
        value=number(first.standardised, 2),
        interval=interval(first.standardised_low, first.standardised_high, 2),
    )
    return box("uitleg", text)


def _on_one_scale(report: Slice) -> list[Overall]:
    return [each for each in report.overall if each.standardised is not None]


def _below(report: Slice) -> str:
    """What the chapter shows, as far as it does."""
    words = texts("growth")
    if not report.shown:
        return words["below_why" if report.results else "below_nothing"]
    told = any(result.national_mean is not None for result in report.shown)
    reference = words["intro_reference"] if has_reference(report.shown) else ""
    return words["below"].format(national=words["intro_national"] if told else "", reference=reference)


def read_step(result: ReportRow) -> str:
    """Return how to read one step of the figure, with its own numbers."""
    words = texts("growth")
    national, reference = "", ""
    if result.national_mean is not None:
        national = words["reading_national"].format(national=points(result.national_mean))
    if result.has_reference:
        reference = words["reading_reference"].format(reference=points(result.reference))
    return words["reading_fell" if result.mean_growth < 0 else "reading"].format(
        step=step_short(result.step),
        domain=domain_name(result.domain),
        year=result.school_year,
        pupils=pupils(result.n_pupils),
        growth=points(abs(result.mean_growth)),
        interval=interval(result.mean_growth_low, result.mean_growth_high),
        national=national,
        reference=reference,
    )
