"""Differences on one scale for all domains, with the band that reads as about equal."""

from collections.abc import Sequence
from dataclasses import replace

from nco.base.dutch import capital, count, domain_name, interval, number, pupils, step_code, step_short, texts

from ...blocks import Drawing
from ...dots import Dot, Look, draw, ends
from ...drawing import Scale, around_zero
from ..rows import Overall, ReportRow, step_order
from ..sentences import domain_slug
from ..verdicts import CLEAR, COUNTRY, REFERENCE, Figure, Rule

_CLOSE = 0.165  # inches a row: of ten steps, beside the same in points


def side_by_side(domains: Sequence[Overall], rule: Rule) -> Drawing | None:
    """Draw each domain, all steps together, beside its reference value and beside the country; None without any."""
    rows = [dot for each in domains for dot in _of_domain(each, rule)]
    if not rows:
        return None
    words = texts("standardised")
    expected = any(row.label == words[REFERENCE] for row in rows)
    caption = words["caption" if expected else "caption_country"] + (
        words["caption_careful"] if any(row.second is not None for row in rows) else ""
    )
    spoken, title = [], ""
    for row in rows:
        title = row.title or title
        bounds = interval(row.low, row.high, 2)
        second = words["alt_careful"].format(value=number(row.second, 2)) if row.second is not None else ""
        label = f"{title}, {row.label}"
        spoken.append(
            words["alt_point"].format(label=label, value=number(row.value, 2), interval=bounds, careful=second)
        )
    told = [replace(row, spoken=sentence) for row, sentence in zip(rows, spoken, strict=True)]
    svg = draw(told, *around_country(rows, rule.band, 1.5, 3.85))
    return Drawing("figuur-gestandaardiseerd", svg, caption, words["alt"].format(points=" ".join(spoken)))


def steps(domain: str, results: Sequence[ReportRow], rule: Rule) -> Drawing | None:
    """Draw the standardised growth of every step of a domain, beside the country; None without any.

    results: all pupils of the school, every step once, in standard deviations.
    """
    words, rows, spoken = texts("standardised"), [], []
    for result in sorted(results, key=lambda result: step_order(result.step)):
        if result.standardised is None or result.standardised_low is None:
            continue
        made = dot(f"{step_code(result.step)} ({count(result.n_pupils or 0)})", result, rule)
        told = words["alt_step"].format(
            step=capital(step_short(result.step)),
            pupils=pupils(result.n_pupils or 0),
            value=number(result.standardised, 2),
            interval=interval(made.low, made.high, 2),
        )
        rows.append(replace(made, spoken=told))
        spoken.append(told)
    if not rows:
        return None
    named = {"domain": domain_name(domain)}
    first = next(r for r in sorted(results, key=lambda r: step_order(r.step)) if r.standardised is not None)
    across, look = around_country(rows, rule.band, 0.95, 3.85)
    example = {"step": step_code(first.step), "words": step_short(first.step)}
    return Drawing(
        f"figuur-gestandaardiseerd-{domain_slug(domain)}",
        draw(rows, across, replace(look, row=_CLOSE)),
        words["caption_steps"].format(**named, **example),
        words["alt_steps"].format(**named, steps=" ".join(spoken)),
    )


def around_country(rows: Sequence[Dot], band: float, left: float, right: float) -> tuple[Scale, Look]:
    """Return the scale of standardised growth, from `left` to `right` inches, and what it says."""
    words = texts("standardised")
    look = Look(words["axis"], band=band, above=((0, words["band"], "center"),))
    return around_zero(ends(rows), left, right, 1.5), look


def dot(label: str, figure: Figure, rule: Rule) -> Dot:
    """Return the row of standardised growth: filled where that is higher or lower than in the country."""
    clear = rule.verdict(figure, COUNTRY) in CLEAR
    ends = figure.standardised_low, figure.standardised_high
    return Dot(label, figure.standardised, *ends, number(figure.standardised, 2), clear=clear)


def _of_domain(figure: Overall, rule: Rule) -> list[Dot]:
    words = texts("standardised")
    rows: list[Dot] = []
    for measure in (REFERENCE, COUNTRY):
        value, low, high, second = figure.on_one_scale(measure)
        if value is None or low is None or high is None:
            continue
        title = "" if rows else capital(domain_name(figure.domain))
        clear = rule.verdict(figure, measure) in CLEAR
        rows.append(Dot(words[measure], value, low, high, number(value, 2), second=second, title=title, clear=clear))
    return rows
