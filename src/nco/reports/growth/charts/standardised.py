"""Standardised growth with the band that reads as about equal to the country."""

from collections.abc import Sequence

from nco.base.dutch import capital, domain_name, interval, number, step_short, texts

from ...blocks import Drawing
from ...dots import Dot, Look, draw, ends
from ...drawing import Scale, around_zero
from ..rows import Overall, ReportRow
from ..sentences import in_years
from ..verdicts import CLEAR, COUNTRY, Figure, Rule


def together(domains: Sequence[Overall], rule: Rule) -> Drawing:
    """Draw every domain, all steps together; each has a standardised growth."""
    rows = [dot(capital(domain_name(each.domain)), each, rule) for each in domains]
    years = in_years(max(domains, key=lambda each: each.country_n_years or 1), COUNTRY)
    return _figure("figuur-gestandaardiseerd", rows, rule, texts("standardised")["caption_overall"].format(years=years))


def of_grade(grade: int, results: Sequence[ReportRow], rule: Rule) -> Drawing:
    """Draw the domains beside each other for every step that ends in a jaargroep; each has a standardised growth."""
    rows, titled = [], ""
    for result in results:
        step = capital(step_short(result.step))
        rows.append(dot(capital(domain_name(result.domain)), result, rule, "" if step == titled else step))
        titled = step
    caption = texts("standardised")["caption_grade"].format(grade=grade)
    return _figure(f"figuur-gestandaardiseerd-groep-{grade}", rows, rule, caption)


def around_country(rows: Sequence[Dot], band: float, left: float, right: float) -> tuple[Scale, Look]:
    """Return the scale of standardised growth, from `left` to `right` inches, and what it says."""
    words = texts("standardised")
    look = Look(words["axis"], band=band, above=((0, words["band"], "center"),))
    return around_zero(ends(rows), left, right, 1.5), look


def dot(label: str, figure: Figure, rule: Rule, title: str = "") -> Dot:
    """Return the row of standardised growth: filled where that is higher or lower than in the country."""
    clear = rule.verdict(figure, COUNTRY) in CLEAR
    ends = figure.standardised_low, figure.standardised_high
    return Dot(label, figure.standardised, *ends, number(figure.standardised, 2), title=title, clear=clear)


def _figure(name: str, rows: Sequence[Dot], rule: Rule, caption: str) -> Drawing:
    words = texts("standardised")
    svg = draw(rows, *around_country(rows, rule.band, 1.4, 3.75))
    spoken, title = [], ""
    for row in rows:
        title = row.title or title
        label = f"{title}, {row.label}" if title else row.label
        bounds = interval(row.low, row.high, 2)
        spoken.append(words["alt_point"].format(label=label, value=number(row.value, 2), interval=bounds))
    return Drawing(name, svg, caption, words["alt"].format(points=" ".join(spoken)))
