"""Growth per domain: every step of two cohorts, beside the country and the reference value."""

from collections.abc import Sequence

from ..charts import growth as drawn
from ..charts import standardised
from ..dutch import capital, domain_name, interval, number, points, pupils, step_short, texts
from ..results import Overall, Result
from ..slices import Slice
from ..wording import (
    box,
    change_verdict,
    growth_sentence,
    hidden_reason,
    national_verdict,
    other_scale_sentence,
    steps_named,
)
from . import Blocks, by_domain, has_reference, higher_and_lower, in_table, table_name


def blocks(report: Slice) -> Blocks:
    """Return the chapter: what growth is, every domain, and the domains beside each other."""
    words = texts("growth")
    made: Blocks = [f"# {words['heading']}\n", words["intro"].format(below=_below(report))]
    scales = dict.fromkeys(result.scale for result in report.shown)
    made += [box("let-op", texts("scales")[scale]) for scale in scales if scale in texts("scales")]
    if report.shown:
        # Before the first figure: a domain of ten steps fills its page.
        _, first = next(iter(by_domain(report.shown).items()))
        made.append(box("uitleg", _reading(first[len(first) // 2])))
    for domain, results in by_domain(report.results).items():
        made += _domain(domain, results, report)
    return made + _side_by_side(report)


def _below(report: Slice) -> str:
    """What the chapter shows, as far as it does."""
    words = texts("growth")
    if not report.shown:
        return words["below_why" if report.results else "below_nothing"]
    told = any(result.national_mean is not None for result in report.shown)
    reference = words["intro_reference"] if has_reference(report.shown) else ""
    return words["below"].format(national=words["intro_national"] if told else "", reference=reference)


def _domain(domain: str, results: Sequence[Result], report: Slice) -> Blocks:
    shown = [result for result in results if result.shown]
    earlier = [result for result in report.earlier if result.domain == domain]
    made: Blocks = [f"## {capital(domain_name(domain))}\n"]
    if shown:
        together = next(each for each in report.overall if each.domain == domain)
        figure = together if len(shown) > 1 else shown[0]
        made.append(growth_sentence(figure, report.similar_band))
        if len(shown) > 1 and any(result.standardised is not None for result in shown):
            made.append(_against_country(shown, report.similar_band))
        made.append(_since_last_year(shown, report))
        drawn_rows = [*shown, *(r for r in earlier if r.step in {s.step for s in shown} and r.shown)]
        made.append(drawn.bars(domain, drawn_rows))
        made.append(in_table("growth", table_name("growth", domain)))
    made += _not_shown([result for result in results if not result.shown], report, whole=not shown)
    return made


def _against_country(shown: Sequence[Result], band: float) -> str:
    words = texts("growth")
    named = higher_and_lower(((national_verdict(r, band), r) for r in shown), words["count"])
    return words["counts"].format(list=named) if named else words["count_none"]


def _since_last_year(shown: Sequence[Result], report: Slice) -> str:
    words = texts("growth")
    compared = [(change_verdict(result), result) for result in shown]
    if any(verdict for verdict, _ in compared):
        named = higher_and_lower(compared, words["change"])
        return words["change_list"].format(list=named) if named else words["change_none"]
    return words["change_hidden" if any(r.status == "hidden" for r in report.earlier) else "change_first"]


def _reading(result: Result) -> str:
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


def _not_shown(results: Sequence[Result], report: Slice, whole: bool = False) -> Blocks:
    """Which steps are not in the figure and why, the steps of one reason together; whole: there is no figure."""
    if not results:
        return []
    words = texts("growth")
    items = [other_scale_sentence(r) for r in results if r.status == "other_scale"]
    for status in ("hidden", "no_growth"):
        steps = [result for result in results if result.status == status]
        if steps:
            every = whole and len(steps) == len(results) > 1
            named = words["all_steps"] if every else capital(steps_named(steps))
            reason = hidden_reason(steps[0], report.minimum_group)
            items.append(words["not_shown_item"].format(steps=named, reason=reason))
    return [box("let-op", "\n\n".join(dict.fromkeys(items)))]


def _side_by_side(report: Slice) -> Blocks:
    """The domains on one scale: all steps of each together."""
    drawable: list[Overall] = [each for each in report.overall if each.standardised is not None]
    if not drawable:
        return []
    words = texts("standardised")
    first = drawable[0]
    made: Blocks = [
        f"## {words['heading']}\n",
        words["intro"].format(band=number(report.similar_band)),
        standardised.together(drawable, report.similar_band),
        in_table("overall", "tabel-samen"),
    ]
    if first.standardised_low is not None:
        text = words["reading"].format(
            label=domain_name(first.domain),
            value=number(first.standardised, 2),
            interval=interval(first.standardised_low, first.standardised_high, 2),
        )
        made.append(box("uitleg", text))
    return made
