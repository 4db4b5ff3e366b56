"""Which step of which domain stands out, and the growth of groups of pupils: on one page."""

from collections.abc import Mapping, Sequence

from nco.base.dutch import capital, domain_name, listed, step_short, texts
from nco_utils import params
from nco_utils.params import PAIR_TRAITS, Subgroup

from ...blocks import Drawing, Table
from ..charts import subgroups as drawn
from ..rows import Group, step_order
from ..slices import Slice
from ..verdicts import CLEAR, HIGHER, LOWER, REFERENCE, Rule
from . import absent_word, by_domain, columns, compared, compared_with, in_workbook, outcome_word

# Groups of pupils by each trait but the class, in the order of the settings.
Groups = Sequence[Group]


def intro(report: Slice) -> str:
    """Return what the map shows, why there is no map, or that there is nothing to show."""
    words = texts("grades")
    if not report.shown:
        return words["none"]
    if outcomes_by_step(report):
        return words["intro"]
    return words["intro_not_compared" if not compared(report.shown) else "intro_one_step"]


def outcomes_by_step(report: Slice) -> Table | None:
    """Return the map: which step of which domain has which outcome.

    Only when there is more than one step, and any comparison.
    """
    words = texts("grades")
    domains = by_domain(report.by_step)
    steps = list(dict.fromkeys(r.step for r in sorted(report.by_step, key=lambda r: step_order(r.step))))
    if len(steps) < 2 or not compared(report.shown):
        return None
    measure = compared_with(report)
    found = {(r.domain, r.step): r for r in report.by_step}

    def cell(domain: str, step: str) -> str:
        result = found.get((domain, step))
        if result is None or not result.shown:
            return absent_word([result] if result else [])
        return outcome_word(result, measure, report.rule)

    rows = tuple((capital(step_short(step)), *(cell(domain, step) for domain in domains)) for step in steps)
    titles = (words["map_step"], *(capital(domain_name(domain)) for domain in domains))
    caption = words["map_reference" if measure == REFERENCE else "map_national"].format(year=report.school_year)
    return Table("tabel-kaart", caption, columns(titles, *["words"] * len(titles)), rows)


def shown_groups(report: Slice, traits: Mapping[str, Subgroup]) -> Groups:
    """Return the groups of which all steps together may be told; traits: those of `params/subgroups.yml`."""
    order = group_order(traits)
    # A slice of an earlier analysis may have values that are settings no longer.
    return [group for group in report.groups if (group.trait, group.value) in order]


def group_order(traits: Mapping[str, Subgroup]) -> list[tuple[str, str]]:
    """Return the traits and their displayed values, in the order of a figure."""
    return [(trait, value) for trait, split in traits.items() if trait not in PAIR_TRAITS for value in split.values]


def explanation(report: Slice, groups: Groups, traits: Mapping[str, Subgroup]) -> str:
    """Return which groups are shown, or why there are none; nothing where pupils are split by the class only."""
    words = texts("subgroups")
    if not set(traits) - set(PAIR_TRAITS):
        return ""
    if groups:
        which = "intro" if any(group.country is not None for group in groups) else "intro_no_country"
        return words[which].format(limit=report.minimum_group - 1)
    # Of a school without any figure small groups are only the reason when figures are hidden.
    small = bool(report.shown) or any(result.status == "hidden" for result in report.results)
    return words["none" if small else "nothing"]


def parts(groups: Groups, traits: Mapping[str, Subgroup]) -> Drawing | None:
    """Return the figure of all groups, each beside the same group of the country."""
    known = [group for group in groups if group.country is not None]
    return drawn.groups(known, group_order(traits)) if known else None


def differences(
    groups: Groups, traits: Mapping[str, Subgroup], rule: Rule, said: Mapping[str, str] | None = None
) -> str:
    """Return which groups grew more than the other of their trait, a line each; of the rest that it cannot be said.

    said: how, where that is not as texts `subgroups` have it.
    """
    words, told, unsure = texts("subgroups"), [], []
    said = said or words
    for trait, split in traits.items():
        pairs = [group for group in groups if group.trait == trait and group.gap is not None]
        names = [words["pupils"].get(trait, {}).get(value, value) for value in (split.values or ("",))]
        for verdict, (more, less) in {HIGHER: (names[0], names[-1]), LOWER: (names[-1], names[0])}.items():
            domains = [domain_name(group.domain) for group in pairs if rule.between(group) == verdict]
            if domains:
                told.append(said["difference"].format(first=capital(more), last=less, domains=listed(domains)))
        if pairs and not any(rule.between(group) in CLEAR for group in pairs):
            unsure.append(words["names"][trait])
    if unsure:
        told.append(said["difference_none"].format(traits=listed(unsure)))
    return " ".join(told)


def not_shown(groups: Groups, traits: Mapping[str, Subgroup]) -> str:
    """Return which groups are in no figure, and of which traits nothing may be shown, where others are shown."""
    words, shown = texts("subgroups"), {group.trait for group in groups}
    others = [trait for trait in traits if trait not in PAIR_TRAITS]
    left_out = [
        words["pupils"][trait][value]
        for trait in others
        if trait in shown
        for value in params.TRAITS[trait]
        if value not in traits[trait].values
    ]
    hidden = [words["names"][trait] for trait in others if trait not in shown]
    told = [words["left_out"].format(groups=listed(left_out))] if groups and left_out else []
    return " ".join([*told, *([words["hidden"].format(traits=listed(hidden))] if groups and hidden else [])])


def where(report: Slice, groups: Groups) -> str:
    """Return where the numbers of the groups are, and of each group at each step."""
    by_step = any(part.shown and part.trait not in PAIR_TRAITS for part in report.parts)
    together = dict.fromkeys("groups_together" if group.in_points else "groups_together_sd" for group in groups)
    return in_workbook(*together, *(["subgroups"] if by_step else [])) if groups else ""
