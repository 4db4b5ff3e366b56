"""Groups of pupils, all steps together: each beside the same group of the country, a plot for every domain."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from nco.base.dutch import capital, domain_name, interval, number, texts
from nco_utils.tables import DOMAINS

from ...blocks import Drawing
from ...drawing import Canvas, Scale, around_zero
from ..rows import Group
from ..sentences import decimals, unit, value_name

_LEFT, _RIGHT, _BETWEEN = 1.32, 4.26, 0.12  # where the plots stand, and what is between two
_HEAD, _ROW, _GAP, _FOOT = 0.26, 0.17, 0.06, 0.4


_Key = tuple[str, str, str]  # trait, value and domain


def groups(
    rows: Sequence[Group],
    order: Sequence[tuple[str, str]],
    words: Mapping[str, str] | None = None,
    beside: Mapping[_Key, float] = MappingProxyType({}),
) -> Drawing:
    """Draw the groups, each with its difference with the country, in every domain.

    rows: each of a group whose country is known; order: of the traits and values. words: caption, alternative text and
    axis, where the difference is another one (texts `subgroups` are of that with the country); beside: then that of the
    same group in the country.
    """
    found = {(row.trait, row.value, row.domain): row for row in rows}
    domains = [domain for domain in DOMAINS if any(domain == key[2] for key in (*found, *beside))]
    named = [each for each in order if any(each == key[:2] for key in (*found, *beside))]
    words = words or texts("subgroups")
    traits = list(dict.fromkeys(trait for trait, _ in named))
    height = _HEAD + len(traits) * (_ROW + _GAP) + len(named) * _ROW + _FOOT
    sheet = Canvas(height)
    scales = _scales(rows, domains, beside)
    for domain, across in scales.items():
        middle = (across.left + across.right) / 2
        sheet.text(middle, _HEAD / 2, capital(domain_name(domain)), align="center", weight=600)
        zero = "foreground" if beside else "landelijk"
        sheet.axis(across, _HEAD, height - _FOOT, "", zero, ticks=_ends(across))
    axis = words.get("axis") or unit(rows)
    sheet.text(_RIGHT, height - _FOOT + 0.28, axis, align="right", name="secondary")
    y = _HEAD + _GAP
    for trait in traits:
        sheet.text(0, y + _ROW / 2, capital(texts("subgroups")["names"][trait]), weight=600)
        y += _ROW
        for _, value in (each for each in named if each[0] == trait):
            sheet.text(0.1, y + _ROW / 2, value_name(trait, value))
            for domain, across in scales.items():
                row = found.get((trait, value, domain))
                _mark(sheet, across, row, beside.get((trait, value, domain)), y + _ROW / 2)
                if row:
                    sheet.says(y, y + _ROW, _spoken(row, words), across.left, across.right)
            y += _ROW
        y += _GAP
    spoken = " ".join(_spoken(found[trait, value, d], words) for trait, value in named for d in domains
                      if (trait, value, d) in found)  # fmt: skip
    return Drawing("figuur-groepen", sheet.svg(), words["caption"], words["alt"].format(groups=spoken, unit=unit(rows)))


def _scales(rows: Sequence[Group], domains: Sequence[str], beside: Mapping[_Key, float]) -> dict[str, Scale]:
    """A plot for every domain, each on its own scale: points of two tests are not comparable."""
    width = (_RIGHT - _LEFT - _BETWEEN * (len(domains) - 1)) / len(domains)
    made = {}
    for place, domain in enumerate(domains):
        left = _LEFT + place * (width + _BETWEEN)
        ends = [end for row in rows if row.domain == domain for end in (row.country, row.country_low, row.country_high)]
        ends += [value for (*_, of), value in beside.items() if of == domain]
        least = 1.0 if all(row.in_points for row in rows if row.domain == domain) else 0.5
        made[domain] = around_zero(ends, left, left + width, least)
    return made


def _ends(across: Scale) -> list[float]:
    """The outer round values and zero: a small plot has no room for more."""
    ticks = across.ticks
    return [ticks[0], 0.0, ticks[-1]]


def _mark(sheet: Canvas, across: Scale, row: Group | None, national: float | None, y: float) -> None:
    if national is not None:
        sheet.mark(across.at(national), y, "|", "landelijk", 10)
    if row is None or row.country is None:
        sheet.text(across.left + 0.06, y, "–", align="center", name="secondary")
        return
    if row.country_low is not None and row.country_high is not None:
        sheet.interval(across.at(row.country_low), across.at(row.country_high), y)
    sheet.mark(across.at(row.country), y, "o", "eigen-school", filled=False)


def _spoken(row: Group, words: Mapping[str, str]) -> str:
    return words["alt_group"].format(
        group=capital(texts("subgroups")["names"][row.trait]) + " " + value_name(row.trait, row.value),
        domain=domain_name(row.domain),
        value=number(row.country or 0.0, decimals(row)),
        interval=interval(row.country_low, row.country_high, decimals(row)),
    )
