"""Groups of pupils: the growth of each beside that of the same group in the country, and what differs clearly."""

from collections.abc import Sequence

from .. import params
from ..charts import subgroups as drawn
from ..dutch import capital, listed, texts
from ..results import Result, step_order
from ..slices import Slice
from ..subgroups import GROUP
from ..wording import difference, steps_named, value_name
from . import Blocks, by_domain, in_table, table_name


def blocks(report: Slice) -> Blocks:
    """Return the chapter: a section for each trait of which anything may be shown; the others are named."""
    words = texts("subgroups")
    title = f"# {words['heading']}\n"
    shown = shown_parts(report)
    if not shown:
        return [title, words["none"]]
    made: Blocks = [title, words["intro"].format(limit=report.minimum_group - 1)]
    for trait, results in shown.items():
        made.append(f"## {capital(words['names'][trait])}\n")
        if trait in words["explain"]:
            made.append(words["explain"][trait])
        for domain, parts in by_domain(results).items():
            made += _domain(domain, trait, parts)
    if hidden := [words["names"][t] for t in params.load().subgroups if t != GROUP and t not in shown]:
        made.append(words["hidden"].format(traits=listed(hidden)))
    return made


def shown_parts(report: Slice) -> dict[str, list[Result]]:
    """Return what may be shown of each trait but the class, in order of domain, step and value."""
    found = {}
    for trait, settings in params.load().subgroups.items():
        parts = [part for part in report.parts if part.trait == trait and part.shown]
        if trait != GROUP and parts:
            found[trait] = sorted(parts, key=lambda r: (step_order(r.step), settings.values.index(r.value)))
    return found


def _domain(domain: str, trait: str, parts: Sequence[Result]) -> Blocks:
    figure = drawn.parts(domain, trait, parts)
    return [f"### {capital(texts('domains')[domain])}\n", _compared(trait, parts), figure,
            in_table("subgroups", table_name(trait, domain))]  # fmt: skip


def _compared(trait: str, parts: Sequence[Result]) -> str:
    """Which steps have a clear difference between the first and the last group; nothing where only one is shown."""
    words = texts("subgroups")
    first, last = (params.load().subgroups[trait].values[place] for place in (0, -1))
    by_step = {}
    for part in parts:
        by_step.setdefault(part.step, {})[part.value] = part
    pairs = [each for each in by_step.values() if first in each and last in each]
    if not pairs:
        return ""
    names = {"first": value_name(trait, first), "last": value_name(trait, last)}
    told = []
    for wanted, key in (("higher", "difference_more"), ("lower", "difference_less")):
        steps = [each[first] for each in pairs if difference(each[first], each[last]) == wanted]
        if steps:
            told.append(words[key].format(**names, steps=steps_named(steps)))
    return (
        words["differences"].format(**names, list="; ".join(told)) if told else words["difference_none"].format(**names)
    )
