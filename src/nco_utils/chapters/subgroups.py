"""Groups of pupils: the growth of each beside that of the same group in the country, and what differs clearly."""

from collections.abc import Mapping, Sequence

from .. import params
from ..charts import subgroups as drawn
from ..dutch import capital, listed, texts
from ..results import Result, step_order
from ..slices import Slice
from ..subgroups import GROUP
from ..wording import difference, steps_named
from . import Blocks, by_domain, in_table, table_name

MOST_PRINTED = 120  # rows in the annex; a school with more has them in the workbook only


def blocks(report: Slice) -> Blocks:
    """Return the chapter: a section for each trait of which anything may be shown; the others are named."""
    words = texts("subgroups")
    title = f"# {words['heading']}\n"
    shown = shown_parts(report)
    if not shown:
        # Of a school without any figure they are only the reason when groups are.
        small = bool(report.shown) or any(result.status == "hidden" for result in report.results)
        return [title, words["none" if small else "nothing"]]
    made: Blocks = [title, words["intro"].format(limit=report.minimum_group - 1)]
    for trait, results in shown.items():
        made.append(f"## {capital(words['names'][trait])}\n")
        if trait in words["explain"]:
            made.append(words["explain"][trait])
        for domain, parts in by_domain(results).items():
            made += _domain(domain, trait, parts, printed(shown))
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


def printed(shown: Mapping[str, Sequence[Result]]) -> bool:
    """Whether the annex shows the rows of all groups; more than a few pages are for the workbook."""
    return sum(len(parts) for parts in shown.values()) <= MOST_PRINTED


def _domain(domain: str, trait: str, parts: Sequence[Result], printed: bool) -> Blocks:
    figure = drawn.parts(domain, trait, parts)
    where = in_table("subgroups", table_name(trait, domain)) if printed else texts("subgroups")["in_workbook"]
    return [f"### {capital(texts('domains')[domain])}\n", _compared(trait, parts), figure, where]


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
    names = [words["pupils"][trait][value] for value in (first, last)]
    told = []
    for wanted, (more, less) in {"higher": names, "lower": names[::-1]}.items():
        steps = [each[first] for each in pairs if difference(each[first], each[last]) == wanted]
        if steps:
            told.append(words["difference"].format(first=capital(more), last=less, steps=steps_named(steps)))
    return " ".join(told) or words["difference_none"].format(first=names[0], last=names[1])
