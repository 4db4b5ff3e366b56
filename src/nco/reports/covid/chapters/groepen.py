"""Groups of pupils: of the school beside the same group in the country, and which group fell further behind."""

from collections.abc import Mapping

from nco.base.dutch import capital, domain_name, listed, texts
from nco_utils.params import Subgroup
from nco_utils.tables import ALL

from ...blocks import Drawing, Table
from ...growth.chapters import columns
from ...growth.chapters.groepen import differences as told_apart
from ...growth.chapters.groepen import group_order
from ...growth.charts import subgroups as drawn
from ...growth.rows import Group
from ...growth.sentences import value_name
from ..slices import Slice
from . import domains, in_workbook

Traits = Mapping[str, Subgroup]


def intro(report: Slice) -> str:
    """Return which groups are shown, or why there are none of the school; nothing for one without any test."""
    words = texts("covid")
    if not report.steps:
        return ""
    if report.groups:
        return words["groups_intro"].format(limit=report.minimum_group - 1)
    there = any(row.trait != ALL and row.domain in domains(report) for row in report.country)
    return f"{words['groups_none']} {words['groups_only_country']}" if there else words["groups_none"]


def differences(report: Slice, traits: Traits) -> str:
    """Return which groups fell further behind than the other of their trait; of the rest that it cannot be said."""
    return told_apart(_groups(report), traits, report.rule, texts("covid")["groups"])


def parts(report: Slice, traits: Traits) -> Drawing | None:
    """Return the figure of all groups, each beside the same group of the country; nothing where there is neither."""
    there = domains(report)
    rows = _groups(report)
    country = {(r.trait, r.value, r.domain): r.delay for r in report.country if r.domain in there and r.step == ALL}
    order = group_order(traits)
    return drawn.groups(rows, order, texts("covid")["groups"], country) if rows else None


def hidden(report: Slice, traits: Traits) -> str:
    """Return of which traits nothing of the school may be shown, where others are; and who is in no group."""
    words, shown = texts("covid"), {row.trait for row in report.groups}
    if not report.steps:
        return ""
    absent = [texts("subgroups")["names"][trait] for trait in traits if trait not in shown]
    told = [words["groups_hidden"].format(traits=listed(absent))] if shown and absent else []
    left_out = [words["left_out"]] if shown or any(row.trait != ALL for row in report.country) else []
    return " ".join([*told, *left_out, *([in_workbook("groups")] if shown else [])])


def of_country(report: Slice, traits: Traits) -> Table | None:
    """Return the difference of every group in the whole country, a column a domain; nothing where none may be told."""
    words, there = texts("covid"), [domain for domain in domains(report) if report.of_country(domain)]
    rows = []
    for trait, value in group_order(traits):
        found = [report.of_country(domain, trait=trait, value=value) for domain in there]
        if any(found):
            cells = [r.delay if r else None for r in found]
            name = f"{capital(texts('subgroups')['names'][trait])}: {value_name(trait, value)}"
            rows.append((name, *cells))
    if not rows:
        return None
    titles = [*words["groups_country_header"], *(capital(domain_name(domain)) for domain in there)]
    titled = columns(titles, "words", *["number"] * len(there))
    return Table("tabel-groepen-land", words["groups_country"], titled, tuple(rows))


def _groups(report: Slice) -> list[Group]:
    """The groups of the school as the growth report has them, whose `country` is here the difference itself."""
    return [
        Group(
            domain=row.domain,
            scale=row.domain,  # one: places are of no scale, and are written as points are
            trait=row.trait,
            value=row.value,
            n_steps=0,
            n_pupils=row.n_affected or 0,
            country=row.delay,
            country_low=row.delay_low,
            country_high=row.delay_high,
            gap=row.gap,
            gap_low=row.gap_low,
            gap_high=row.gap_high,
            gap_q=row.gap_q,
        )
        for row in report.groups
    ]
