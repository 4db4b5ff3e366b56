"""The group analysis: per jaargroep where its pupils stand, how much they grew, who of them grew, and categories."""

from collections.abc import Iterable, Sequence

from nco.base import all_settings
from nco.base.dutch import capital, domain_name, listed, step_code, step_short, texts
from nco_utils.params import GROUP_TRAIT, START_TRAIT
from nco_utils.tables import DOMAINS
from nco_utils.tables.columns import THIRDS

from ...blocks import Drawing, Table
from ..charts import groups as drawn
from ..rows import Category, ReportRow, step_order
from ..sentences import of_test, value_name
from ..slices import Slice
from ..verdicts import COUNTRY, HIGHER, LOWER, SIMILAR, UNSURE
from . import Blocks, about_domain, bijlage, bounds, columns, in_domain, outcome_word, table_name
from . import domains as domains  # of which the workbook has tables

_MOST_BESIDE = 4  # classes that stand beside the whole jaargroep
_PERCENTILES = (10, 25, 50, 75, 90)


def intro(report: Slice) -> str:
    """Return what the chapter shows, or that there is nothing to show."""
    return texts("group_analysis")["intro" if report.shown else "none"]


def reading(report: Slice) -> str:
    """Return how the figures of a jaargroep are read, and why a third stands beside that of the country."""
    words = texts("group_analysis")
    told = [words["read_levels"]] if any(map(_has_level, report.shown)) else []
    told += [words["read_thirds"]] if _thirds(report) else []
    return "\n\n".join([*told, *([words["read_categories"]] if report.categories else [])])


def grades(report: Slice) -> list[int]:
    """Return the jaargroepen in which a step ends; none for a school without figures."""
    return bijlage.grades(report) if report.shown else []


def hidden(report: Slice, grade: int) -> str:
    """Return that nothing of the jaargroep may be shown, where that is so."""
    return "" if _of_grade(report.shown, grade) else texts("group_analysis")["hidden"].format(grade=grade)


def levels(report: Slice, grade: int) -> Drawing | None:
    """Return the figure of where the jaargroep's pupils stand after each step, beside the country's."""
    drawable = [result for result in _of_grade(report.shown, grade) if _has_level(result)]
    return drawn.levels(grade, drawable) if drawable else None


def without_level(report: Slice, grade: int) -> str:
    """Return where the pupils of the jaargroep cannot be shown beside the country's; nothing where they all are."""
    shown = _of_grade(report.shown, grade)
    lacking = [result for result in shown if not _has_level(result)]
    if lacking == shown:
        return texts("group_analysis")["no_levels"] if shown else ""
    return "".join(_lacking("levels_lacking", lacking))


def growth(report: Slice, grade: int) -> Table | None:
    """Return how much the pupils of the jaargroep grew beside the country; and each class, where there are a few."""
    names, shown = _classes(report, grade), _of_grade(report.shown, grade)
    if not shown:
        return None
    words, beside = texts("group_analysis"), 0 < len(names) <= _MOST_BESIDE
    if beside:
        return _class_table(report, grade, names, with_country=True)
    rows = tuple((*_named(r, shown), r.n_pupils, r.mean_growth, r.national_mean, _outcome(r, report)) for r in shown)
    titled = columns(words["growth_header"], "words", "words", "count", "number", "number", "words")
    return Table(f"tabel-groepsanalyse-{grade}", words["growth_table_one"].format(grade=grade), titled, rows)


def beside_country(report: Slice, grade: int) -> str:
    """Return at which steps the jaargroep grew more or less than the country, where the table has no room for it."""
    names = _classes(report, grade)
    compared = [r for r in _of_grade(report.shown, grade) if report.rule.verdict(r, COUNTRY) is not None]
    if not compared or not 0 < len(names) <= _MOST_BESIDE:
        return ""
    told = []
    for wanted in (HIGHER, LOWER, SIMILAR):
        told += _lacking(f"growth_{wanted}", [r for r in compared if report.rule.verdict(r, COUNTRY) == wanted])
    return " ".join(told) or texts("group_analysis")["growth_unsure"]


def thirds(report: Slice, grade: int) -> Drawing | None:
    """Return the figure of the growth of each third by starting score, against the same third of the country."""
    parts = _of_grade(_thirds(report), grade)
    return drawn.thirds(grade, parts, report.rule) if parts else None


def who_grew(report: Slice, grade: int) -> str:
    """Return which thirds grew more, and which less, than the same third of the country, or that neither is clear."""
    words, parts = texts("group_analysis"), _of_grade(_thirds(report), grade)
    if not parts:
        return words["no_thirds"] if _of_grade(report.shown, grade) else ""
    told = []
    for wanted in (HIGHER, LOWER):
        named = (part for part in parts if report.rule.verdict(part, COUNTRY) == wanted)
        told += [_said(words[f"third_{wanted}"], part) for part in named]
    told = told or [words["thirds_unsure"]]
    lacking = [r for r in _of_grade(report.shown, grade) if not any(_same_step(r, part) for part in parts)]
    return " ".join([*told, *_lacking("thirds_lacking", lacking)])


def classes(report: Slice, grade: int) -> Table | None:
    """Return the growth of the classes side by side, where they are too many to stand beside the whole jaargroep."""
    names = _classes(report, grade)
    many = len(names) > _MOST_BESIDE and bool(_of_grade(report.shown, grade))
    return _class_table(report, grade, names, with_country=False) if many else None


def categories(report: Slice, grade: int) -> Blocks:
    """Return which share of the items of each category the jaargroep had right, at the last test of each domain.

    And what that says. Nothing where no test has categories that may be shown.
    """
    words, rows = texts("group_analysis"), _last_tests(report, grade)
    if not rows:
        return []
    cells = tuple(
        (
            f"{capital(domain_name(each.domain))} ({each.moment})", capital(each.category), each.share,
            each.national_share, _outcome(each, report), each.country, bounds(each.country_low, each.country_high),
        )
        for each in rows
    )  # fmt: skip
    whole = ("number", 0), ("interval", 0)
    titled = columns(words["categories_header"], "words", "words", "count", "count", "words", *whole)
    caption = words["categories_table"].format(grade=grade)
    return [Table(f"tabel-onderdelen-groep-{grade}", caption, titled, cells), by_category(report, grade)]


def by_category(report: Slice, grade: int) -> str:
    """Return at which categories the jaargroep had more or fewer items right than the country, or what is unclear."""
    words, rows = texts("group_analysis"), _last_tests(report, grade)
    told = []
    for wanted in (HIGHER, LOWER, SIMILAR):
        here = [f"{r.category} ({domain_name(r.domain)})" for r in rows if report.rule.verdict(r, COUNTRY) == wanted]
        told += [words[f"category_{wanted}"].format(categories=listed(here))] if here else []
    unsure = any(report.rule.verdict(each, COUNTRY) == UNSURE for each in rows)
    return " ".join([*told, *([words["categories_other" if told else "categories_unsure"]] if unsure else [])])


def category_table(report: Slice, domain: str) -> Table | None:
    """Return, for the workbook, the share of items right in each category at every test of a domain."""
    words = texts("group_analysis")
    rows = tuple(
        (
            step_code(r.step), r.moment, capital(r.category), r.n_pupils, r.share, r.national_share, r.national_pupils,
            r.national_schools, r.country, bounds(r.country_low, r.country_high),
            outcome_word(r, COUNTRY, report.rule),
        )
        for r in _in_order(each for each in report.categories if each.domain == domain)
    )  # fmt: skip
    whole = ("number", 0), ("interval", 0)
    titled = columns(words["onderdelen_header"], "words", "words", "words", *["count"] * 5, *whole, "words")
    return _for_workbook("onderdelen", domain, titled, rows, report)


def level_table(report: Slice, domain: str) -> Table | None:
    """Return, for the workbook, where the pupils stand after every step of a domain."""
    words = texts("group_analysis")
    rows = tuple(
        (
            _named(r, report.shown)[1], r.n_pupils, bounds(*r.level),
            *(getattr(r, f"level_p{p}") for p in _PERCENTILES),
            *(getattr(r, f"national_level_p{p}") for p in _PERCENTILES),
        )
        for r in in_domain(report.shown, domain)
    )  # fmt: skip
    titled = columns(words["levels_header"], "words", "count", "interval", *["number"] * (2 * len(_PERCENTILES)))
    return _for_workbook("niveau", domain, titled, rows, report)


def thirds_table(report: Slice, domain: str) -> Table | None:
    """Return, for the workbook, the growth of each third by starting score at every step of a domain."""
    words = texts("group_analysis")
    rows = tuple(
        (
            _named(r, report.shown)[1], capital(value_name(r.trait, r.value)), r.n_pupils, r.mean_growth,
            bounds(r.mean_growth_low, r.mean_growth_high), r.national_mean, r.national_pupils, r.national_schools,
            outcome_word(r, COUNTRY, report.rule),
        )
        for r in in_domain(_thirds(report), domain)
    )  # fmt: skip
    kinds = ("words", "words", "count", "number", "interval", "number", "count", "count", "words")
    return _for_workbook("beginscore", domain, columns(words["thirds_header"], *kinds), rows, report)


def _class_table(report: Slice, grade: int, names: list[str], with_country: bool) -> Table:
    """The growth of each class at every step, beside that of the jaargroep and the country or by themselves."""
    words, found, shown = texts("group_analysis"), _of_classes(report, grade), _of_grade(report.shown, grade)
    rows = tuple(
        (
            *_named(r, shown), *((r.mean_growth, r.national_mean) if with_country else ()),
            *(found.get((*_step(r), name)) for name in names),
        )
        for r in shown
    )  # fmt: skip
    header = words["classes_header"] if with_country else words["classes_header"][:2]
    titled = columns((*header, *names), "words", "words", *["number"] * (len(header) - 2 + len(names)))
    return Table(f"tabel-klassen-naast-elkaar-{grade}", words["classes_table"].format(grade=grade), titled, rows)


def _of_classes(report: Slice, grade: int) -> dict[tuple[str, str, str | None, str], float | None]:
    """The growth of each class that may be shown, by step and name."""
    parts = [part for part in report.parts if part.trait == GROUP_TRAIT and part.shown and part.grade == grade]
    return {(*_step(part), part.value): part.mean_growth for part in parts}


def _classes(report: Slice, grade: int) -> list[str]:
    return sorted({name for *_, name in _of_classes(report, grade)})


def _for_workbook(kind: str, domain: str, titled, rows: tuple, report: Slice) -> Table | None:
    words = texts("group_analysis")
    caption = words[f"{kind}_table"].format(domain=domain_name(domain), year=report.school_year)
    about = about_domain(domain)
    return (
        Table(table_name(kind, domain), caption, titled, rows, words[f"{kind}_sheet"], about, False) if rows else None
    )


def _thirds(report: Slice) -> list[ReportRow]:
    """The thirds that may be shown and stand beside the same third of the country, by step, domain and third."""
    parts = [part for part in report.parts if part.trait == START_TRAIT and part.shown]
    told = [part for part in parts if part.national_mean is not None and part.value in THIRDS]
    order = [r.domain for r in report.results]
    return sorted(told, key=lambda r: (step_order(r.step), order.index(r.domain), THIRDS.index(r.value)))


def _last_tests(report: Slice, grade: int) -> list[Category]:
    """The categories of the jaargroep's last test of each domain that has them."""
    here = [each for each in report.categories if each.grade == grade]
    last = {each.domain: each.step for each in sorted(here, key=lambda each: step_order(each.step))}
    return _in_order(each for each in here if last[each.domain] == each.step)


def _in_order(found: Iterable[Category]) -> list[Category]:
    """By domain, test and category, as params/scales.yml has them."""
    scales = all_settings.load().scales

    def place(each: Category) -> tuple:
        names = scales[each.scale].categories
        at = names.index(each.category) if each.category in names else len(names)
        return DOMAINS.index(each.domain), step_order(each.step), each.scale, at

    return sorted(found, key=place)


def _of_grade(results, grade: int) -> list[ReportRow]:
    return sorted((r for r in results if r.grade == grade), key=lambda r: step_order(r.step))


def _has_level(result: ReportRow) -> bool:
    needed = (result.level_p50, result.national_level_p25, result.national_level_p50, result.national_level_p75)
    return None not in needed


def _same_step(one: ReportRow, other: ReportRow) -> bool:
    return _step(one) == _step(other)


def _step(result: ReportRow) -> tuple[str, str, str | None]:
    return result.domain, result.step, result.scale


def _lacking(words: str, results: list[ReportRow]) -> list[str]:
    """That something is not shown of some steps, as one sentence; nothing where there are none."""
    names = [f"{domain_name(r.domain)} ({step_code(r.step)})" for r in results]
    return [texts("group_analysis")[words].format(steps=listed(names))] if names else []


def _named(result: ReportRow, beside: Sequence[ReportRow]) -> tuple[str, str]:
    return capital(domain_name(result.domain)), f"{step_code(result.step)}{of_test(result, beside)}"


def _outcome(result: ReportRow | Category, report: Slice) -> str:
    """The outcome against the country, on one line of a narrow column."""
    return outcome_word(result, COUNTRY, report.rule).replace(" ", "\u00a0")


def _said(words: str, part: ReportRow) -> str:
    third = value_name(part.trait, part.value)
    return words.format(third=third, domain=domain_name(part.domain), step=step_short(part.step))
