"""Which numbers a report may say: those of its slice in Dutch, and the fixed ones in the words of their template."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from math import hypot

from nco.base import all_settings, reader_texts
from nco.base.dutch import count, date_words, number, step_code, step_short, step_span, step_words
from nco.reports import cover
from nco.reports.growth import norms
from nco.reports.growth.chapters.gesprek import LOW_COVERAGE, MOST_STEPS
from nco.reports.growth.charts.grades import FEW
from nco.reports.growth.rows import Overall, middle, without_points
from nco.reports.growth.sentences import grades_named, in_months, maker
from nco.reports.growth.slices import BoardSlice, Slice
from nco.reports.growth.verdicts import CLEAR, COUNTRY, REFERENCE
from nco_utils.tables import ALL

TOKEN = re.compile(r"−?\d+(?:[.,]\d+)*")
TWO_DECIMALS = ("standardised", "standardised_low", "standardised_high", "reliability")
SECTIONS = ("report", "cover", "summary", "national", "reference", "hidden", "growth", "standardised", "trend",
            "year_growth", "scales", "tests", "chapter_reference", "months", "grades", "subgroups", "group_analysis",
            "school_analysis", "conversation", "account", "annex", "board", "covid",
            "workbook", "cards")  # fmt: skip
# A fall, and what is less, is told without its sign: "daalde met 2,3 punten", "2,3 punten minder".
_WITHOUT_SIGN = ("mean_growth", "country", "country_shrunken", "effect", "effect_shrunken", "change", "change_shrunken")
_AROUND = 3  # words of a template on either side of its number


@cache
def numbers(content: Slice | BoardSlice) -> set[str]:
    """Every number of a slice as the report writes it, and those that follow from it."""
    found = set()
    for row in _rows(content):
        in_sd = row.get("scale") == ALL or (row.get("status") == "shown" and row.get("mean_growth") is None)
        for name, value in row.items():
            match value:
                case bool() | None | str():
                    continue
                case int():
                    found.add(count(value))
                case float():
                    decimals = 2 if in_sd or name in TWO_DECIMALS else 1
                    found |= {number(value, decimals)}
                    if name in _WITHOUT_SIGN or in_sd:
                        found.add(number(abs(value), decimals))
    if isinstance(content, Slice):  # group_analysis: between what the mean score at the later moment lies
        told = [each for each in content.shown if each.mean_before_low is not None]
        found |= {number(end + r.mean_growth, 1) for r in told for end in (r.mean_before_low, r.mean_before_high)}
        found |= _of_levels(content) | _of_a_year(content)
        of_categories = [value for each in content.categories for value in asdict(each).values()]
        found |= {count(value) for value in of_categories if isinstance(value, int)}
        found |= {number(value, 0) for value in of_categories if isinstance(value, float)}
    for whole in _wholes(content):
        for measure in (COUNTRY, REFERENCE):
            found |= {number(each, 2) for each in whole.on_one_scale(measure) if each is not None}
    return found | _counted(content) | (_of_board(content) if isinstance(content, BoardSlice) else set())


def _of_board(content: BoardSlice) -> set[str]:
    """What a board's report makes of its schools' figures: on one scale, beside the country, weighted means."""
    found = set()
    for figure in (each for school in content.schools for each in (*school.results, *school.overall)):
        for measure in ("effect", "country"):
            ends = figure.in_sd(measure)
            found |= {
                number(value, decimals)
                for value in (*ends, middle(ends), getattr(figure, measure))
                if value is not None
                for decimals in (1, 2)
            }
            sd = getattr(figure, f"{measure}_sd", None)
            of_sd = [getattr(figure, f"{measure}_{part}", None) for part in ("shrunken", "year_low", "year_high")]
            found |= {number(value / sd, 2) for value in of_sd if sd and value is not None}
        begin = middle((getattr(figure, "mean_before_low", None), getattr(figure, "mean_before_high", None)))
        if begin is not None and figure.national_before is not None:
            found.add(number(begin - figure.national_before))
    for school in content.schools:  # board.all_steps: the level after a step, and the norms
        for row in (result for result in school.results if result.shown):
            beside = [norms.value(school, row, name) for name in norms.NORMS]
            found |= {number(value) for value in (*row.level, *beside) if value is not None}
    for total in content.totals:
        key = total.domain, total.step, total.scale
        members = [r for s in content.schools for r in s.results if r.shown and (r.domain, r.step, r.scale) == key]
        for name in ("national_mean", "reference"):
            known = [(r.n_pupils, getattr(r, name)) for r in members]
            if known and all(value is not None for _, value in known):
                found.add(number(sum(n * value for n, value in known) / sum(n for n, _ in known)))
        found |= _of_comparable([r for r in members if r.has_reference and r.national_mean is not None])
    return found


def _of_comparable(rows: list) -> set[str]:
    """Of the schools that can be compared, where others cannot: how many they are, and their means over pupils."""
    pupils = sum(row.n_pupils for row in rows)
    if len(rows) < 2:
        return set()
    means = [
        sum(r.n_pupils * getattr(r, name) for r in rows) / pupils
        for name in ("mean_growth", "national_mean", "reference")
    ]
    known = [r for r in rows if r.mean_growth_low is not None]
    margin = hypot(*(r.n_pupils * (r.mean_growth_high - r.mean_growth_low) / 2 for r in known)) / pupils
    ends = (round(means[0], 1) - margin, round(means[0], 1) + margin)
    return {count(len(rows)), count(pupils), *map(number, (*means, *ends))}


def _wholes(content: Slice | BoardSlice) -> Iterator[Overall]:
    for part in content.schools if isinstance(content, BoardSlice) else (content,):
        yield from (*part.overall, *getattr(part, "by_test", ()))


def _of_levels(content: Slice) -> set[str]:
    """school_analysis: levels now and then, the norms, how far apart they are, and what the lines are made of."""
    found = set()
    for row in (*content.shown, *(each.row for each in content.history)):
        values = [norms.value(content, row, name) for name in norms.NORMS]
        found |= {number(value) for value in (*row.level, *values) if value is not None}
        found |= {number(end - value) for end in row.level for value in values if None not in (end, value)}
    for lines in all_settings.load().norms.lines.values():  # of a school that is compared with a line
        named = [line for name, line in lines.items() if name == content.norm]
        found |= {number(part, 0) for line in named for part in (line.end, line.step)}
    return found


def _of_a_year(content: Slice) -> set[str]:
    """year_growth: two steps of one test, of which the last begins where the first ends, added up."""
    rows = [*content.shown, *(each.row for each in content.history if each.status == "shown")]
    follow = [(one, other) for one in rows for other in rows if one.step.split("-")[1] == other.step.split("-")[0]]
    pairs = [(one, other) for one, other in follow if (one.domain, one.scale) == (other.domain, other.scale)]
    names = ("mean_growth", "mean_growth_low", "mean_growth_high", "national_mean")
    values = [(getattr(one, name), getattr(other, name)) for one, other in pairs for name in names]
    return {number(sum(both)) for both in values if None not in both}


def unexplained(passage: str, content: Slice | BoardSlice) -> list[str]:
    """The numbers of a passage that are not those of the slice, nor in a template's words or a name of the slice."""
    text = " ".join(passage.replace("\u00a0", " ").split())
    if text in _bare(content):
        return []
    covered = {place for match in _pattern(content).finditer(text) for place in range(match.start(1), match.end(1))}
    known = numbers(content)
    found = [match for match in TOKEN.finditer(text) if not covered.issuperset(range(match.start(), match.end()))]
    return [match[0] for match in found if match[0] not in known]


@cache
def _pattern(content: Slice | BoardSlice) -> re.Pattern:
    """Every phrase, also where two overlap (a look-ahead takes no letters); a number is whole or not in it."""
    phrases = "|".join(re.escape(phrase) for phrase in _phrases(content))
    return re.compile(rf"(?<![\w,.−])(?=({phrases})(?!\w|[.,]\d))")


def _rows(content: Slice | BoardSlice) -> Iterator[dict]:
    if isinstance(content, BoardSlice):
        yield from map(asdict, content.totals)
        for school in content.schools:
            yield from map(asdict, (*school.results, *school.overall))
            yield from map(asdict, filter(None, [school.levels]))
    else:
        levels = filter(None, [content.levels])
        shown = (*content.results, *content.others, *content.overall, *content.trend, *content.groups, *levels)
        yield from map(asdict, (*shown, *content.all_tests, *content.by_test))
        if content.by_test:  # annex.standardised_all: every step on one scale
            yield from map(asdict, map(without_points, content.by_step))


def _counted(content: Slice | BoardSlice) -> set[str]:
    """Counts of what a report shows: nothing but these is counted by a chapter."""
    if not isinstance(content, BoardSlice):
        # A domain whose tests are on two scales has no pupil with growth: account.coverage says 0.
        found = {"0"} if any(r.status in ("other_scale", "no_growth") for r in content.results) else set()
        # summary.also_by_steps: steps of a domain that are clear by themselves.
        clear = Counter(
            (r.domain, measure, verdict)
            for r in content.by_step
            if r.shown
            for measure in (COUNTRY, REFERENCE)
            if (verdict := content.rule.verdict(r, measure)) in CLEAR
        )
        # conversation.more_steps: steps with many pupils missing, beyond those that are named.
        low = sum((r.percent_with_growth or 100) <= LOW_COVERAGE for r in content.results)
        return found | {count(n) for n in clear.values()} | {count(low - MOST_STEPS)}
    made = {len(content.schools)}  # board.intro, and the cover
    for school in content.schools:  # board.coverage: steps of each school by what became of them
        told = [(r.shown, r.status == "hidden", r.status in ("other_scale", "no_growth"),
                 (r.percent_with_growth or 100) <= LOW_COVERAGE) for r in school.results]  # fmt: skip
        made |= {sum(column) for column in zip(*told, strict=True)}
    return {count(n) for n in made}


@cache
def _phrases(content: Slice | BoardSlice) -> list[str]:
    """What is taken as a whole, the longest first: names, steps and dates of the slice, and templates' own numbers."""
    found = {*cover.pairs(content).values(), content.school_year, content.round_label, content.round_code,
             content.board_number, content.reference_number, content.version, content.fingerprint[:16],
             content.publication, date_words(content.publication), date_words(content.export_date)}  # fmt: skip
    found -= {count(len(content.schools))} if isinstance(content, BoardSlice) else set()
    rows = list(_rows(content))
    found |= {row["school_year"] for row in rows if row.get("school_year")}
    found |= {f"{row['school_year'][:5]}{row['school_year'][-2:]}" for row in rows if row.get("school_year")}
    for row in (row for row in rows if row.get("first_year")):  # of reference levels
        found |= {row["first_year"], row["last_year"], f"{row['weging_from'] or 0:.0f}–{row['weging_to'] or 0:.0f}"}
    found |= {all_settings.load().reference_levels.edition}
    found |= {row["value"] for row in rows if row.get("trait") == "group"}
    for step in {row["step"] for row in rows if "step" in row}:
        for write in (step_short, step_code, step_words, step_span, lambda step: step.replace("-", " – ")):
            found |= {write(step), write(step)[:1].upper() + write(step)[1:]}
        found |= {f"groep {step[-1]}", f"Groep {step[-1]}"}
    if isinstance(content, Slice) and content.by_test:  # summary.tests_of, growth.test_heading
        for name in (maker, str):
            of: dict[str, list] = {}
            for row in content.shown:
                of.setdefault(name(row.scale), []).append(row)
            found |= {grades_named(rows) for rows in of.values()}
    if isinstance(content, Slice):
        found |= {content.brinvest, f"schoolweging van {(content.weging_class or '').replace('-', ' tot ')}"}
    found |= {phrase for phrase in _templates(content) if re.search(r"[a-z]{2}", phrase)}
    found |= {f"1 op de {count(round(1 / content.false_discovery_rate))}"}
    found |= {told.removesuffix(".").strip() for told in _months(content)}
    return sorted(found, key=len, reverse=True)


def _months(content: Slice | BoardSlice) -> Iterator[str]:
    """What the careful estimates are in growth of the whole country; a board's report does not tell it."""
    if isinstance(content, Slice):
        for measure in ("effect", "country"):
            yield from (in_months(figure, measure) for figure in (*content.shown, *content.overall))
        yield from (in_months(figure, "change") for figure in content.shown)


@cache
def _bare(content: Slice | BoardSlice) -> set[str]:
    """Texts that are a number and a sign only, such as the heading "10%": they hold as a whole passage, not in one."""
    return {phrase for phrase in _templates(content) if not re.search(r"[a-z]{2}", phrase)}


@cache
def _templates(content: Slice | BoardSlice) -> set[str]:
    """The numbers that stand in a template itself, each with the words around it; what is filled in ends a phrase."""
    constants = {"limit": content.minimum_group - 1, "band": number(content.similar_band), "percent": LOW_COVERAGE}
    constants["few"] = all_settings.load().reference_levels.few
    constants["small"] = FEW
    found = set()
    for section in SECTIONS:
        for text in leaves(reader_texts.load("nl")[section]):
            filled = re.sub(r"\{(limit|band|percent|few|small)\}", lambda match: str(constants[match[1]]), text)
            plain = re.sub(r"\]\(#.*?\)|[*\[\]]", "", filled)
            for piece in re.split(r"\{.*?\}|\n\n|^\s*- |\n\s*- ", plain):
                words = piece.split()
                for place, word in enumerate(words):
                    if re.search(r"\d", word):
                        around = words[max(0, place - _AROUND) : place + _AROUND + 1]
                        found.add(" ".join(around).strip('().;:,"“”'))
    return found


def leaves(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from (key, *leaves(value)) if isinstance(key, str) else leaves(value)
    elif isinstance(node, list):
        for value in node:
            yield from leaves(value)
    elif isinstance(node, str):
        yield node
