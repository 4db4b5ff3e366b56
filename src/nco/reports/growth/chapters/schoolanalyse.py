"""The school analysis: level against the norm and growth of every jaargroep, through the school years and together."""

from collections.abc import Callable

from nco.base import all_settings
from nco.base.dutch import count, domain_name, listed, number, pupils, step_code, texts

from ...blocks import Cell, Drawing, Item, Table
from .. import norms
from ..charts import cohorts as drawn_cohorts
from ..charts import fields as drawn_fields
from ..charts import grades as drawn_grades
from ..rows import ReportRow, step_order
from ..sentences import test_name
from ..slices import Slice
from ..verdicts import CLEAR, COUNTRY, LOWER
from . import about_domain, by_domain, columns, in_workbook, table_name
from . import bounds as ends

MOST_YEARS = 3  # that stand side by side; the workbook has all
_MOST_NAMED = 4  # figures of few pupils; of more it is said once for all


def intro(report: Slice) -> str:
    """Return what the chapter shows, or that there is nothing to show."""
    words = texts("school_analysis")
    return "\n\n".join([words["intro"], *_one_test(report)]) if _levels(report) else words["none"]


def _one_test(report: Slice) -> list[str]:
    """That a domain is told by one test only, of a school with several, and by which."""
    words, made = texts("school_analysis"), []
    for domain in domains(report):
        now = [row for row in _levels(report) if row.domain == domain and row.school_year == report.school_year]
        if len({row.scale for row in now}) > 1:
            test = next(str(row.scale) for row in _part(report, domain).rows if row.shown)
            made.append(words["one_test"].format(domain=domain_name(domain), test=test_name(test)))
    return made


def norm(report: Slice) -> str:
    """Return which norm was chosen and what it is, for which domains there is none of that kind, and of the others."""
    if not _levels(report):
        return ""
    words = texts("school_analysis")
    named = words["norms"][report.norm]
    parts = [_part(report, domain) for domain in domains(report)]
    replaced = [part.domain for part in parts if part.norm != report.norm and part.known]
    none = [part.domain for part in parts if not part.known]
    used = any(part.norm == report.norm for part in parts)
    told = [
        words["chosen"].format(norm=named, what=_what(report)) if used else words["chosen_absent"].format(norm=named)
    ]
    for name, found in ((report.norm, replaced), (norms.NATIONAL, none)):
        if found:
            domains_named = listed(map(domain_name, found))
            told.append(words["lacking"][name].format(domains=domains_named, national=words["norms"][norms.NATIONAL]))
    return " ".join([*told, *_others(report), in_workbook("norm")])


def _others(report: Slice) -> list[str]:
    """That all norms are in the workbook, and which of the others this school's tests do not have."""
    words, rows = texts("school_analysis"), _levels(report)
    absent = {name for name in norms.NORMS if all(norms.value(report, row, name) is None for row in rows)}
    told = [words["all_norms"]]
    if absent - {report.norm} >= {norms.LINE_1F, norms.LINE_2F}:
        told.append(words["no_lines"])
    if norms.CLASS in absent - {report.norm}:
        told.append(words["no_class"])
    return told


def by_norm(report: Slice, make: Callable[[Slice], Item]) -> Item:
    """Return what a function of this chapter makes beside the chosen norm, and on the page beside the others too."""
    rows, called = _levels(report), texts("school_analysis")["norms"]

    def known(name: str) -> bool:
        return any(norms.value(report, row, name) is not None for row in rows)

    return norms.beside_each(report, known, make, called)


def domains(report: Slice) -> list[str]:
    """Return the domains of which a level may be shown."""
    return list(by_domain(_levels(report)))


def trend(report: Slice) -> Drawing | None:
    """Return the table of jaargroep by school year of every domain, as a figure: level and growth of each."""
    drawable = _told(report)
    return drawn_grades.grades(drawable, _years(report), report.rule) if drawable else None


def small(report: Slice) -> str:
    """Return which figures are of few pupils, and what that means; nothing where there are none."""
    years = _years(report)
    few = [row for row in _levels(report) if row.school_year in years and drawn_grades.few(row)]
    if not few or not _told(report):
        return ""
    words = texts("school_analysis")
    if len(few) > _MOST_NAMED:
        return words["small"].format(small=count(drawn_grades.FEW), items="")
    named = listed(
        words["small_item"].format(
            domain=domain_name(row.domain),
            step=step_code(row.step),
            year=row.school_year,
            pupils=pupils(row.n_pupils or 0),
        )
        for row in few
    )
    return words["small"].format(small=count(drawn_grades.FEW), items=words["small_items"].format(items=named))


def cohorts(report: Slice) -> Drawing | None:
    """Return the figure of cohorts through the grades, against the norm; nothing where no cohort has two moments."""
    parts = [_part(report, domain) for domain in domains(report)]
    drawable = [part for part in parts if drawn_cohorts.lines(part)]
    return drawn_cohorts.cohorts(drawable, report.school_year) if drawable else None


def fields(report: Slice) -> Drawing | None:
    """Return the figure of four fields: the level of every jaargroep against the norm, and its growth."""
    parts = [(part, _newest(report, part)) for part in (_part(report, each) for each in domains(report))]
    drawable = [(part, rows) for part, rows in parts if rows]
    return drawn_fields.fields(drawable, report.rule) if drawable else None


def positions(report: Slice) -> str:
    """Return which jaargroepen lie in one field for certain, and how many do not; nothing without a figure."""
    words, told, open_, total = texts("school_analysis"), [], 0, 0
    for domain in domains(report):
        part = _part(report, domain)
        for row in _newest(report, part):
            total += 1
            level, growth = part.verdict(row), report.rule.verdict(row, COUNTRY)
            if level in CLEAR and growth in CLEAR:
                field = words["fields"][f"{level}_{growth}"]
                told.append(words["position"].format(domain=domain_name(domain), grade=row.grade, field=field))
            else:
                open_ += 1
    if not total:
        return ""
    if told and open_:
        told.append(words["others_open"])
    return " ".join(told or [words["all_open"]])


def attention(report: Slice) -> str:
    """Return what to look at first: the jaargroepen below the norm, by domain; nothing where there are none."""
    words, named = texts("school_analysis"), []
    for domain in domains(report):
        part = _part(report, domain)
        rows = _newest(report, part)
        below = [row.grade for row in rows if part.verdict(row) == LOWER]
        if below:
            grades = listed(count(grade) for grade in below)
            named.append(words["below"].format(domain=domain_name(domain), grades=grades))
    return words["attention"].format(items="; ".join(named)) if named else ""


def table(report: Slice, domain: str) -> Table | None:
    """Return, for the workbook, level, all norms and growth of every step and school year of a domain."""
    words, part = texts("school_analysis"), _part(report, domain)
    rows = tuple(_table_row(report, part, row) for row in _sorted(part.rows) if row.shown)
    kinds = ("words", "words", "count", "interval", *["number"] * 4, "words", "number", "number", "words")
    titled = columns(words["header"], *kinds)
    caption = words["table"].format(domain=domain_name(domain), norm=words["norms"][part.norm])
    sheet, about = words["sheet"], about_domain(domain)
    return Table(table_name("norm", domain), caption, titled, rows, sheet, about, False) if rows else None


def _table_row(report: Slice, part: norms.Part, row: ReportRow) -> tuple[Cell, ...]:
    words = texts("school_analysis")
    of = [norms.value(report, row, name) for name in norms.NORMS]
    level = words["level_words"][part.verdict(row) or "unknown"]
    growth = texts("outcomes")[report.rule.verdict(row, COUNTRY) or "unknown"]
    told = (step_code(row.step), row.school_year, row.n_pupils, ends(*row.level))
    return (*told, *of, level, row.mean_growth, row.national_mean, growth)


def _part(report: Slice, domain: str) -> norms.Part:
    """All that the figures show of a domain, on the scale of the round's own school year."""
    now = [row for row in report.results if row.domain == domain]
    then = [each.row for each in report.history if each.domain == domain]
    scale = next((row.scale for row in [*now[::-1], *then[::-1]] if row.shown and row.level[0] is not None), None)
    norm = norms.chosen(report, [row for row in _levels(report) if row.domain == domain])
    # Of a hidden step the scale is told too, or not; points of another test are another scale.
    rows = [row for row in (*now, *then) if row.scale in (scale, None) or not row.shown]
    of = {_key(row): norms.value(report, row, norm) for row in rows if row.shown}
    return norms.Part(domain, norm, tuple(rows), of)


def _key(row: ReportRow) -> tuple[str, str]:
    return row.step, row.school_year


def _told(report: Slice) -> list[norms.Part]:
    """The domains of which a level or growth is compared with anything."""
    parts = [_part(report, domain) for domain in domains(report)]
    return [part for part in parts if part.known or _compared(report, part)]


def _compared(report: Slice, part: norms.Part) -> bool:
    """Whether any growth of a domain is compared with the country."""
    return any(report.rule.verdict(row, COUNTRY) is not None for row in part.rows if row.shown)


def _newest(report: Slice, part: norms.Part) -> list[ReportRow]:
    """The last step of every jaargroep of this school year that has a level, a norm and growth to compare."""
    found: dict[int, ReportRow] = {}
    for row in _sorted(part.rows):
        if row.shown and row.school_year == report.school_year and drawn_fields.drawable(part, row):
            found[row.grade] = row
    return list(found.values())


def _levels(report: Slice) -> list[ReportRow]:
    """Every step and school year of which a level is shown, now and in earlier reports."""
    rows = [*report.results, *(each.row for each in report.history)]
    return [row for row in rows if row.shown and row.level[0] is not None]


def _years(report: Slice) -> list[str]:
    """The school years that stand side by side, the oldest first."""
    hidden = {each.school_year for each in report.history if each.status == "hidden"}
    return sorted({row.school_year for row in _levels(report)} | hidden)[-MOST_YEARS:]


def _sorted(rows) -> list[ReportRow]:
    return sorted(rows, key=lambda row: (row.school_year, step_order(row.step)))


def _what(report: Slice) -> str:
    """What the norm of a report is, in a sentence."""
    words, lines = texts("school_analysis"), all_settings.load().norms.lines
    named = {"weging": (report.weging_class or "").replace("-", " tot ")}
    scales = {str(row.scale) for row in _levels(report)}
    for line in (lines[scale][report.norm] for scale in scales & lines.keys() if report.norm in lines[scale]):
        named |= {"end": number(line.end, 0), "step": number(line.step, 0)}
    return words["what"][report.norm].format(**named)
