"""Groups of pupils: the growth of each beside that of the same group in the country, and what differs clearly."""

from collections.abc import Mapping, Sequence

from nco.base.dutch import capital, listed, texts
from nco_utils import params
from nco_utils.params import PAIR_TRAITS, Subgroup

from ...blocks import Drawing
from ..charts import subgroups as drawn
from ..rows import ReportRow, step_order
from ..sentences import steps_named
from ..slices import Slice
from ..verdicts import Rule
from . import by_domain, in_domain, in_table, table_name

MOST_PRINTED = 120  # rows in the annex; a school with more has them in the workbook only

# What may be shown of each trait of pupils, in order of domain, step and value.
Groups = Mapping[str, Sequence[ReportRow]]


def shown_parts(report: Slice, traits: Mapping[str, Subgroup]) -> Groups:
    """Return what may be shown of each trait of pupils; traits: those of `params/subgroups.yml`."""
    found = {}
    for trait, settings in traits.items():
        # A slice of an earlier analysis may have values that are settings no longer.
        parts = [part for part in report.parts if part.trait == trait and part.shown and part.value in settings.values]
        if trait not in PAIR_TRAITS and parts:
            found[trait] = sorted(parts, key=lambda r: (step_order(r.step), settings.values.index(r.value)))
    return found


def printed(groups: Groups) -> bool:
    """Return whether the annex shows the rows of all groups; more than a few pages are for the workbook."""
    return sum(len(parts) for parts in groups.values()) <= MOST_PRINTED


def intro(report: Slice, groups: Groups, traits: Mapping[str, Subgroup]) -> str:
    """Return which groups are shown, or why there are none; nothing where pupils are split by the class only."""
    words = texts("subgroups")
    if not set(traits) - set(PAIR_TRAITS):
        return ""
    if groups:
        return words["intro"].format(limit=report.minimum_group - 1)
    # Of a school without any figure small groups are only the reason when figures are hidden.
    small = bool(report.shown) or any(result.status == "hidden" for result in report.results)
    return words["none" if small else "nothing"]


def explanation(trait: str, settings: Subgroup) -> str:
    """Return what to know of a split: what it is by, and which groups are in none of its figures."""
    words = texts("subgroups")
    left_out = [value for value in params.TRAITS[trait] if value not in settings.values]
    told = [words["explain"].get(trait, "")]
    if left_out:
        told.append(words["left_out"].format(groups=listed(words["pupils"][trait][value] for value in left_out)))
    return " ".join(filter(None, told))


def domains(groups: Groups, trait: str) -> list[str]:
    """Return the domains in which groups of a trait may be shown."""
    return list(by_domain(groups[trait]))


def parts(groups: Groups, trait: str, domain: str) -> Drawing:
    """Return the figure of the growth of each group, beside that of the same group in the country."""
    return drawn.parts(domain, trait, in_domain(groups[trait], domain))


def in_annex(groups: Groups, trait: str, domain: str) -> str:
    """Return where the figure's numbers are."""
    if not printed(groups):
        return texts("subgroups")["in_workbook"]
    return in_table("subgroups", table_name(trait, domain))


def not_shown(groups: Groups, traits: Mapping[str, Subgroup]) -> str:
    """Return of which traits nothing may be shown, where others are shown."""
    words = texts("subgroups")
    hidden = [words["names"][trait] for trait in traits if trait not in (*PAIR_TRAITS, *groups)]
    return words["hidden"].format(traits=listed(hidden)) if groups and hidden else ""


def compared(groups: Groups, trait: str, domain: str, settings: Subgroup, rule: Rule) -> str:
    """Return at which steps the first and the last group differ clearly; nothing where only one is shown."""
    words = texts("subgroups")
    first, last = settings.values[0], settings.values[-1]
    by_step: dict[str, dict[str, ReportRow]] = {}
    for part in in_domain(groups[trait], domain):
        by_step.setdefault(part.step, {})[part.value] = part
    pairs = [each for each in by_step.values() if first in each and last in each]
    if not pairs:
        return ""
    names = [words["pupils"][trait][value] for value in (first, last)]
    told = []
    for wanted, (more, less) in {"higher": names, "lower": names[::-1]}.items():
        steps = [each[first] for each in pairs if rule.between(each[first], each[last]) == wanted]
        if steps:
            told.append(words["difference"].format(first=capital(more), last=less, steps=steps_named(steps)))
    none = words["difference_none" if len(pairs) > 1 else "difference_none_one"]
    return " ".join(told) or none.format(first=names[0], last=names[1])
