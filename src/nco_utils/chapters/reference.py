"""The school against its predicted reference value: the difference per step, how sure it is, and in words."""

from collections.abc import Sequence

from ..charts import reference as drawn
from ..dutch import capital, domain_name, listed, number, points, step_short, texts
from ..results import Result
from ..slices import Slice
from ..wording import box, direction, reference_detail, reference_sentence, reliability_words
from . import Blocks, by_domain, has_reference, higher_and_lower, in_table, table_name


def blocks(report: Slice) -> Blocks:
    """Return the chapter; where the school has no reference value at all only that, and why."""
    words = texts("chapter_reference")
    title = f"# {words['heading']}\n"
    if not has_reference(report.shown):
        reason = reference_sentence(report.shown[0]) if report.shown else ""
        return [title, box("let-op", words["none"].format(reason=reason))]
    made: Blocks = [title, words["intro"].format(traits=traits(report))]
    read = next((r for r in report.shown if r.effect_shrunken is not None and r.reliability is not None), None)
    made.append(box("uitleg", _reading(read)) if read else "")
    for domain, results in by_domain(report.shown).items():
        made += _domain(domain, results, report)
    return made


def traits(report: Slice) -> str:
    """Return what the reference model looks at, in words."""
    return listed(texts("traits")[term] for term in report.model_terms)


def _domain(domain: str, results: Sequence[Result], report: Slice) -> Blocks:
    words = texts("chapter_reference")
    made: Blocks = [f"## {capital(domain_name(domain))}\n"]
    compared = [result for result in results if result.effect is not None]
    if not compared:
        reason = reference_sentence(results[0])
        return [*made, words["none_domain"].format(domain=domain_name(domain), reason=reason)]
    together = next(each for each in report.overall if each.domain == domain)
    made.append(reference_detail(together if len(compared) > 1 else compared[0]))
    if len(compared) > 1:
        made.append(_per_step(compared))
    made.append(drawn.effects(domain, compared, together))
    made.append(in_table("reference", table_name("reference", domain)))
    return made


def _per_step(results: Sequence[Result]) -> str:
    words = texts("chapter_reference")
    named = higher_and_lower(((direction(r.effect_low, r.effect_high), r) for r in results), words["count"])
    return words["counts"].format(list=named) if named else words["count_none"]


def _reading(result: Result) -> str:
    return texts("chapter_reference")["reading"].format(
        step=step_short(result.step),
        domain=domain_name(result.domain),
        effect=points(result.effect),
        reliability=number(result.reliability, 2),
        reliability_words=reliability_words(result.reliability),
    )
