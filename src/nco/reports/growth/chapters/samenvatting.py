"""In the short: each domain in words, what stands out, and where. On one page."""

from collections.abc import Iterable

from nco.base.dutch import by_kind, capital, count, domain_name, listed, number, step_short, texts

from ... import kinds
from ...blocks import Cell, Table
from .. import verdicts
from ..rows import Overall, ReportRow
from ..sentences import (
    amount,
    box,
    decimals,
    grades_named,
    hidden_reason,
    in_months,
    in_years,
    maker,
    months_word,
    other_scale_sentence,
    steps_named,
    test_name,
    unit,
)
from ..slices import Slice
from ..verdicts import CHANGE, CLEAR, COUNTRY, REFERENCE, Figure
from . import (
    absent_word,
    by_domain,
    chance,
    columns,
    compared,
    compared_with,
    gesprek,
    in_domain,
    main_measure,
    outcome_word,
    period,
    whole,
)

MOST = 3  # things that stand out: more is a list, not a summary


def intro(report: Slice) -> str:
    """Return what the report is about; nothing for a school without any result."""
    if not report.results:
        return ""
    domains = listed(domain_name(domain) for domain in by_domain(report.results))
    return texts("summary")["intro"].format(year=report.school_year, domains=domains)


def tests(report: Slice) -> str:
    """Return which tests of which jaargroepen count, of a school with several; that of sbo there are no points.

    Nothing for a school with one test in every domain.
    """
    words = texts("summary")
    if not report.by_test:
        return words["no_points"] if report.shown and not any(r.in_points for r in report.shown) else ""
    scales = dict.fromkeys(result.scale for result in report.shown)
    of = {scale: [result for result in report.shown if result.scale == scale] for scale in scales}
    made: dict[str, list[ReportRow]] = {}
    for scale, rows in of.items():
        made.setdefault(maker(str(scale)), []).extend(rows)
    items = [words["tests_of"].format(maker=name, grades=grades_named(rows)) for name, rows in made.items()]
    alone = [test_name(str(scale)) for scale, rows in of.items() if all(r.standardised is None for r in rows)]
    told = [words["tests" if len(made) > 1 else "tests_one"].format(items=listed(items))]
    told.append(words["tests_apart" if len(alone) == len(of) else "tests_why"])
    before = [each.scale for each in report.trend if each.in_points and each.scale not in of]
    if 0 < len(alone) < len(of):
        told.append(words["tests_alone"].format(tests=listed(alone)))
    if before:
        told.append(words["tests_before"].format(tests=listed(dict.fromkeys(map(test_name, before)))))
    return " ".join(told)


def no_figures(report: Slice) -> str:
    """Return that there is no figure to show, where that is so."""
    if report.shown:
        return ""
    return box("kernpunt", texts("summary")["all_hidden" if report.results else "nothing"])


def stands_out(report: Slice) -> list[str]:
    """Return at most MOST sentences, the largest difference first: each of a figure that is higher or lower.

    First against the reference value, then against the country, then since a year ago; of each domains as a whole
    before steps, and of a domain nothing that was said already. By the careful estimate, in months.
    """
    found, told = [], set()
    for measure in (REFERENCE, COUNTRY):
        domains = _clear(report, [whole(report, each.domain, measure) for each in report.overall], measure)
        for figures in (domains, _clear(report, _shown(report), measure)):
            new = [each for each in figures if each.domain not in told]
            found += [_told(report, each, measure) for each in new]
            told |= {each.domain for each in new}
    return [*found, *(_told(report, each, CHANGE) for each in _clear(report, _shown(report), CHANGE))][:MOST]


def _shown(report: Slice) -> list[ReportRow]:
    """The results that may be shown, every step once."""
    return [result for result in report.by_step if result.shown]


def _clear(report: Slice, figures: Iterable[Figure], measure: str) -> list[Figure]:
    """The figures that are higher or lower, the largest first."""

    def size(figure: Figure) -> tuple[float, float]:
        return (verdicts.months(figure, measure) or 0, abs(_difference(figure, measure)))

    clear = [figure for figure in figures if report.rule.verdict(figure, measure) in CLEAR]
    return sorted(clear, key=size, reverse=True)


def outcomes_by_domain(report: Slice) -> Table | None:
    """Return of each domain's steps together the outcome, how large and how sure it is, and what to do: a row each."""
    if not report.shown:
        return None
    words, together = texts("summary"), {each.domain: each for each in report.overall}
    measures = (REFERENCE, COUNTRY) if kinds.of(report).has_reference else (COUNTRY,)
    in_points = any(figure.in_points for figure in report.overall)

    def cells(domain: str, results: list[ReportRow]) -> tuple[Cell, ...]:
        figure = together.get(domain)
        told = tuple(outcome_word(figure, each, report.rule) if figure else absent_word(results) for each in measures)
        asked = gesprek.outcome(report, results, figure)
        size = _size(report, figure) if figure else words["size_none"]
        growth = (figure.mean_growth if figure else None,) if in_points else ()
        return (*growth, *told, size, words["to_do"][asked])

    rows = tuple((capital(domain_name(d)), *cells(d, results)) for d, results in by_domain(report.by_step).items())
    first, growth, *others = by_kind(words, "header", report.kind)
    titles = [first, *([growth] if in_points else []), *others]
    titled = columns(titles, "words", *(["number"] if in_points else []), *["words"] * (2 + len(measures)))
    caption = words["table"].format(period=period(report.overall, report.school_year), unit=unit(report.overall))
    return Table("tabel-samenvatting", caption, titled, rows)


def _size(report: Slice, figure: Overall) -> str:
    """How large the difference is, in months of the country's growth, and how sure; what it is beside is in the row."""
    words, measure = texts("summary"), main_measure(figure)
    if measure is None:
        return words["size_none"]
    verdict = report.rule.verdict(figure, measure)
    months = months_word(figure, measure) if verdict in CLEAR else ""
    difference = abs(_difference(figure, measure))
    size = amount(figure, difference) if figure.in_points else number(difference, 2)  # the caption has the unit
    return words["size_of"][f"{verdict}_months" if months else verdict].format(
        than=words["than"][measure],
        months=months,
        points=size,
        low=number(getattr(figure, f"{measure}_low"), decimals(figure)),
        high=number(getattr(figure, f"{measure}_high"), decimals(figure)),
    )


def key_finding(report: Slice) -> str:
    """Return what stands out, or that nothing does; nothing where there is no figure."""
    if not report.shown:
        return ""
    changed = any(result.change is not None for result in report.shown)
    known = compared(report.shown) or compared(report.overall)
    nothing = "nothing_stands_out" if known else "nothing_but_change" if changed else "nothing_compared"
    nothing = texts("summary")[nothing]
    return box("kernpunt", "\n".join(f"- {sentence}" for sentence in stands_out(report)) or nothing)


def by_chance(report: Slice) -> str:
    """Return how chance is reckoned with, where something stands out, or lies beside zero and does not."""
    if stands_out(report):
        return chance(report)
    beside = any(verdicts.apart(figure, measure) for figure in report.overall for measure in (REFERENCE, COUNTRY))
    return texts("summary")["chance_apart"] if beside else ""


def where(report: Slice) -> str:
    """Return where the map of steps and domains is, if there is one that names a step."""
    steps = [result.step for result in _shown(report) if report.rule.verdict(result, compared_with(report)) in CLEAR]
    return texts("summary")["where"] if steps and len({result.step for result in report.results}) > 1 else ""


def not_shown(report: Slice) -> str:
    """Return why a domain has no figure at all: once for each reason, of several with the steps of each."""
    found = []
    for domain, results in by_domain(report.results).items():
        if any(result.shown for result in results):
            continue
        of = {status: [r for r in results if r.status == status] for status in dict.fromkeys(r.status for r in results)}
        most = max(of, key=lambda status: len(of[status]))
        for status in sorted(of, key=lambda status: status == most):
            if status == "other_scale":
                found.append(other_scale_sentence(of[status][0]))
                continue
            steps = (
                "" if len(of) == 1 else texts("growth")["other_steps"] if status == most else steps_named(of[status])
            )
            named = ", ".join(filter(None, [capital(domain_name(domain)), steps]))
            reason = hidden_reason(of[status][0], report.minimum_group)
            found.append(texts("growth")["hidden"].format(domain=named, reason=reason))
    return box("let-op", "\n\n".join(dict.fromkeys(found))) if found else ""


def _told(report: Slice, figure: Figure, measure: str) -> str:
    """The sentence of a figure that is higher or lower."""
    words, verdict = texts("summary"), report.rule.verdict(figure, measure)
    which = "step" if isinstance(figure, ReportRow) else "overall"
    estimate = verdicts.careful(figure, measure)
    size = "careful" if estimate is not None else "size"
    in_sd = "_sd" if which == "overall" and not figure.in_points else ""
    size = words[f"{CHANGE if measure == CHANGE else which}_{size}{in_sd}"].format(
        difference=amount(figure, abs(_difference(figure, measure))),
        measured=amount(figure, abs(getattr(figure, measure))),
        more=words["more"][verdict],
        years=in_years(figure, measure),
    )
    told = words[f"{which}_stands_out"].format(
        domain=capital(domain_name(figure.domain)),
        step=step_short(figure.step) if isinstance(figure, ReportRow) else "",
        verdict=words[f"{measure}_{verdict}"],
        size=size,
        months=in_months(figure, measure),
    )
    return told + (_clearest_steps(report, figure, measure) if which == "overall" else "")


def _clearest_steps(report: Slice, figure: Figure, measure: str) -> str:
    """Which steps of a domain have its verdict by themselves."""
    wanted = report.rule.verdict(figure, measure)
    here = in_domain(_shown(report), figure.domain)
    steps = [result for result in here if report.rule.verdict(result, measure) == wanted]
    if len(steps) > MOST:
        return texts("summary")["also_by_steps"].format(n=count(len(steps)))
    return texts("summary")["also_by_step"].format(steps=steps_named(steps)) if steps else ""


def _difference(figure: Figure, measure: str) -> float:
    """The careful estimate; where there is none the difference itself."""
    estimate = verdicts.careful(figure, measure)
    value: float = getattr(figure, measure) if estimate is None else estimate
    return value
