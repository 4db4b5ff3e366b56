"""In the short: each domain in words, what stands out, and where. On one page."""

from collections.abc import Iterable

from nco.base.dutch import by_kind, capital, domain_name, interval, listed, points, step_short, texts

from ... import kinds
from ...blocks import Table
from ..rows import Overall, ReportRow
from ..sentences import box, direction, hidden_reason, national_verdict, other_scale_sentence
from ..slices import Slice
from . import by_domain, columns, compared, has_reference

MOST = 3  # things that stand out: more is a list, not a summary


def intro(report: Slice) -> str:
    """Return what the report is about; nothing for a school without any result."""
    if not report.results:
        return ""
    domains = listed(domain_name(domain) for domain in by_domain(report.results))
    return texts("summary")["intro"].format(year=report.school_year, domains=domains)


def no_figures(report: Slice) -> str:
    """Return that there is no figure to show, where that is so."""
    if report.shown:
        return ""
    return box("kernpunt", texts("summary")["all_hidden" if report.results else "nothing"])


def stands_out(report: Slice) -> list[str]:
    """Return at most MOST sentences, the surest first: each of a difference whose interval excludes zero.

    First domains as a whole against the reference value, then steps in domains that said nothing yet, then changes
    since a year ago. Where there is no reference value at all: steps against the country.
    """
    found = [_told("overall", each, "effect") for each in _clearest(report.overall, "effect")]
    named = {(each.domain, direction(each.effect_low, each.effect_high)) for each in report.overall}
    steps = [
        r for r in _clearest(report.shown, "effect") if (r.domain, direction(r.effect_low, r.effect_high)) not in named
    ]
    found += [_told("step", result, "effect") for result in steps]
    if not has_reference(report.shown):
        found += [_national(result, report) for result in _surest_national(report)]
    found += [_told("change", result, "change") for result in _clearest(report.shown, "change")]
    return found[:MOST]


def _clearest(figures: Iterable[ReportRow | Overall], name: str) -> list:
    """The figures of which `name` has an interval that excludes zero, the surest first."""

    def sureness(figure: ReportRow | Overall) -> float:
        low, high = (getattr(figure, f"{name}_{end}") for end in ("low", "high"))
        if not direction(low, high):
            return 0
        return abs(getattr(figure, name)) / max(high - low, 1e-9)

    return [figure for figure in sorted(figures, key=sureness, reverse=True) if sureness(figure)]


def _surest_national(report: Slice) -> list[ReportRow]:
    def sureness(result: ReportRow) -> float:
        return abs(result.mean_growth - result.national_mean) / (result.mean_growth_high - result.mean_growth_low)

    clear = [r for r in report.shown if national_verdict(r, report.similar_band) in ("higher", "lower")]
    return sorted(clear, key=sureness)[::-1]


def outcomes_by_domain(report: Slice) -> Table | None:
    """Return the outcome of each domain's steps together, in words: a row a domain."""
    if not report.shown:
        return None
    words, outcomes = texts("summary"), texts("outcomes")
    together = {each.domain: each for each in report.overall}
    rows = []
    for domain in by_domain(report.results):
        figure = together.get(domain)
        national = outcomes[national_verdict(figure, report.similar_band)] if figure else outcomes["hidden"]
        reference = outcome_word(figure) if figure else outcomes["hidden"]
        rows.append((capital(domain_name(domain)), national, *([reference] if kinds.of(report).has_reference else [])))
    header = by_kind(words, "header", report.kind)
    titled = columns(header, *["words"] * len(header))
    return Table("tabel-samenvatting", words["table"].format(year=report.school_year), titled, tuple(rows))


def outcome_word(figure: ReportRow | Overall) -> str:
    """Return the comparison with the reference value in a few words; a dash where there is none."""
    outcomes = texts("outcomes")
    if figure.effect is None:
        return outcomes["none"]
    return outcomes[direction(figure.effect_low, figure.effect_high) or "unclear"]


def key_finding(report: Slice) -> str:
    """Return what stands out, or that nothing does; nothing where there is no figure."""
    if not report.shown:
        return ""
    nothing = texts("summary")["nothing_stands_out" if _compared(report) else "nothing_compared"]
    return box("kernpunt", "\n".join(f"- {sentence}" for sentence in stands_out(report)) or nothing)


def by_chance(report: Slice) -> str:
    """Return that among many outcomes some stand out by chance, where something does."""
    return texts("summary")["chance"] if len(report.shown) > MOST and stands_out(report) else ""


def _compared(report: Slice) -> bool:
    """Whether any figure stands beside the country, its reference value or the year before."""
    return compared(report.shown) or any(result.change is not None for result in report.shown)


def where(report: Slice) -> str:
    """Return where the map of steps and domains is, if there is one."""
    there = compared(report.shown) and len({result.step for result in report.results}) > 1
    return texts("summary")["where"] if there else ""


def not_shown(report: Slice) -> str:
    """Return why a domain has no figure at all: once for each reason."""
    found = []
    for domain, results in by_domain(report.results).items():
        if any(result.shown for result in results):
            continue
        for status in dict.fromkeys(result.status for result in results):
            result = next(r for r in results if r.status == status)
            if status == "other_scale":
                found.append(other_scale_sentence(result))
            else:
                reason = hidden_reason(result, report.minimum_group)
                found.append(texts("growth")["hidden"].format(domain=capital(domain_name(domain)), reason=reason))
    return box("let-op", "\n\n".join(dict.fromkeys(found))) if found else ""


def _told(kind: str, figure: ReportRow | Overall, name: str) -> str:
    """The sentence of a difference `name` (effect or change) whose interval excludes zero; kind: of the texts."""
    value, low, high = (getattr(figure, f"{name}{end}") for end in ("", "_low", "_high"))
    words = texts("summary")[f"{kind}_{direction(low, high)}"]
    return words.format(**_names(figure), **{name: points(value)}, interval=interval(low, high))


def _national(result: ReportRow, report: Slice) -> str:
    words = texts("summary")[f"national_{national_verdict(result, report.similar_band)}"]
    return words.format(**_names(result), growth=points(result.mean_growth), national=points(result.national_mean))


def _names(figure: ReportRow | Overall) -> dict[str, str]:
    step = {"step": step_short(figure.step)} if isinstance(figure, ReportRow) else {}
    return {"domain": capital(domain_name(figure.domain)), **step}
