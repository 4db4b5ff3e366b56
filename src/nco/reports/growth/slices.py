"""The slices of growth reports: what one school's, and one board's, is made from, and how they are cut."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import compress

import pandas as pd

from nco.base.all_settings import Norms
from nco.base.dutch import count
from nco.disclosure import shown_tables
from nco_utils import __version__, tables
from nco_utils.errors import ContractError
from nco_utils.params import Round
from nco_utils.tables import ALL, DOMAINS

from ..content import Content, OfSchool
from .rows import (
    Category,
    ClassLevel,
    Group,
    Levels,
    Overall,
    Pooled,
    ReportRow,
    Then,
    Year,
    by_step,
    by_test,
    overall,
    step_order,
    without_points,
)
from .verdicts import Rule


@dataclass(frozen=True)
class Growth(Content):
    """What the slice of any growth report holds.

    similar_band, false_discovery_rate: of the rule by which figures are called higher, lower or about equal.
    model_terms: what the reference models of its figures hold; estimator: how they were fitted; as the analysis did it.
    """

    minimum_group: int
    similar_band: float
    false_discovery_rate: float
    model_terms: tuple[str, ...]
    estimator: str

    @property
    def rule(self) -> Rule:
        """The rule of the verdicts."""
        return Rule(self.similar_band, self.false_discovery_rate)

    @property
    def earlier(self) -> tuple[ReportRow, ...]:
        """All pupils, in the same steps a year ago, where the report shows those."""
        return ()

    @property
    def of_schools(self) -> "tuple[Slice | SchoolPart, ...]":
        """What the report has of each school that it is of."""
        raise NotImplementedError


@dataclass(frozen=True)
class Slice(OfSchool, Growth):
    """What one school's report is made from.

    `results`: all its pupils, in the steps of the round's own school year. `others`: every other unit, so the same
    steps a year ago, and the parts of the school by each trait. `overall`: the steps of each domain together. `levels`:
    the reference levels at the end of groep 8, where these were delivered. Of a school with several tests, `all_tests`
    has the steps in which pupils take more than one, of both cohorts, and `by_test` the domains by each test.
    """

    brinvest: str
    school_name: str
    sector: str
    denomination: str
    results: tuple[ReportRow, ...]
    others: tuple[ReportRow, ...] = ()
    overall: tuple[Overall, ...] = ()
    trend: tuple[Year, ...] = ()
    groups: tuple[Group, ...] = ()
    levels: Levels | None = None
    history: tuple[Then, ...] = ()
    norm: str = "national"
    weging_class: str | None = None
    class_levels: tuple[ClassLevel, ...] = ()
    categories: tuple[Category, ...] = ()
    all_tests: tuple[ReportRow, ...] = ()
    by_test: tuple[Overall, ...] = ()
    version: str = __version__

    @property
    def of_schools(self) -> "tuple[Slice | SchoolPart, ...]":
        """The school's own."""
        return (self,)

    @property
    def drawable(self) -> bool:
        """Whether any growth may be shown."""
        return bool(self.shown)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of school, board and classes, and the notice."""
        return (self.school_name, self.board_name, self.notice, *(part.value for part in self.parts))

    @property
    def shown(self) -> tuple[ReportRow, ...]:
        """The results whose figures may be shown."""
        return tuple(result for result in self.results if result.shown)

    @property
    def by_step(self) -> tuple[ReportRow, ...]:
        """The results, every step once."""
        return by_step(self.results, self.all_tests)

    @property
    def earlier(self) -> tuple[ReportRow, ...]:
        """All pupils, in the same steps a year ago."""
        return tuple(r for r in self.others if r.trait == ALL and r.school_year != self.school_year)

    @property
    def parts(self) -> tuple[ReportRow, ...]:
        """The parts of the school, by each trait, in the steps of the round's own school year."""
        return tuple(r for r in self.others if r.trait != ALL and r.school_year == self.school_year)


@dataclass(frozen=True)
class SchoolPart:
    """What a board's report shows of one of its schools: all its pupils, as the school's own report does."""

    brinvest: str
    school_name: str
    sector: str
    results: tuple[ReportRow, ...]
    overall: tuple[Overall, ...]
    levels: Levels | None = None
    class_levels: tuple[ClassLevel, ...] = ()
    all_tests: tuple[ReportRow, ...] = ()

    @property
    def history(self) -> tuple[Then, ...]:
        """Nothing: what earlier rounds showed of a school is in its own report."""
        return ()

    @property
    def by_step(self) -> tuple[ReportRow, ...]:
        """The results, every step once."""
        return by_step(self.results, self.all_tests)


_CLASS = ["sector", "weging_class"]
_OF_SCHOOL = tuple(field.name for field in fields(SchoolPart))


@dataclass(frozen=True)
class Total:
    """A row of table `board_report`: the board's shown schools together; school_year: empty for the round's own."""

    domain: str
    step: str
    scale: str
    n_schools_shown: int
    n_pupils: int | None
    mean_growth: float | None
    mean_growth_low: float | None
    mean_growth_high: float | None
    school_year: str = ""


@dataclass(frozen=True)
class BoardSlice(Growth):
    """What one board's report is made from: what its schools' own reports show, and the totals of what is shown.

    norm: with what the levels of all its schools are compared.
    """

    schools: tuple[SchoolPart, ...]
    totals: tuple[Total, ...] = ()
    norm: str = "national"
    version: str = __version__

    @property
    def subject(self) -> str:
        """The bestuursnummer."""
        return self.board_number

    @property
    def name(self) -> str:
        """The board's name."""
        return self.board_name

    @property
    def about(self) -> dict[str, str]:
        """The board, and how many schools."""
        return {"board": f"{self.board_name} ({self.board_number})", "schools": count(len(self.schools))}

    @property
    def of_schools(self) -> "tuple[Slice | SchoolPart, ...]":
        """The schools'."""
        return self.schools

    @property
    def drawable(self) -> bool:
        """Whether any school stands beside the country or its reference value: growth alone is in tables."""
        told = (each for school in self.shown for each in school.overall)
        return any(each.effect is not None or each.standardised is not None for each in told)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the board and its schools, and the notice."""
        return (self.board_name, self.notice, *(school.school_name for school in self.schools))

    @property
    def shown(self) -> tuple[SchoolPart, ...]:
        """The schools of which any figure may be shown."""
        return tuple(school for school in self.schools if any(result.shown for result in school.results))


@dataclass(frozen=True)
class Context:
    """What the slices of one release share; kinds: the report of each sector, `school` for those without their own.

    model_terms: of all models together; terms_of: of each fitted model, by its MODEL_KEYS. norms: with what levels are
    compared; weging_class: of each brinvest. standardised_only: the sectors that are shown no figure in points.
    """

    round_code: str
    round: Round
    notice: str
    minimum_group: int
    similar_band: float
    false_discovery_rate: float
    model_terms: tuple[str, ...]
    estimator: str
    kinds: tuple[str, ...] = ()
    terms_of: Mapping[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    norms: Norms | None = None
    weging_class: Mapping[str, str | None] = field(default_factory=dict)
    standardised_only: tuple[str, ...] = ()

    def terms(self, sector: str, results: Iterable[ReportRow]) -> tuple[str, ...]:
        """Return what the models hold that the reference values of these results are of; of no reference value: all."""
        keys = [(sector, r.school_year, r.step, r.domain, str(r.scale)) for r in results if r.has_reference]
        held = {term for key in keys for term in self.terms_of.get(key, ())}
        return tuple(term for term in self.model_terms if term in held) if held else self.model_terms


def cut(
    schools: pd.DataFrame,
    boards: pd.DataFrame,
    report: pd.DataFrame,
    totals: pd.DataFrame,
    context: Context,
    pooled: pd.DataFrame | None = None,
    trend: pd.DataFrame | None = None,
    groups: pd.DataFrame | None = None,
    levels: pd.DataFrame | None = None,
    history: pd.DataFrame | None = None,
    class_levels: pd.DataFrame | None = None,
    categories: pd.DataFrame | None = None,
    all_tests: pd.DataFrame | None = None,
) -> Iterator[Growth]:
    """Cut tables `report` and `board_report`, and those by school and domain beside them, into slices.

    Board by board its schools' and then its own.

    schools, boards: the register's rows of who takes part. One at a time, so that whoever writes them need not hold
    them all. Raises ContractError, naming school and figure, for a figure that is there in part.
    """
    names = schools.merge(boards, on="board_number").sort_values(["board_number", "brinvest"])
    places = report.groupby("brinvest").indices
    lasting = figures_of(Pooled, tables.empty(shown_tables.POOLED) if pooled is None else pooled)
    years = figures_of(Year, tables.empty(shown_tables.TREND) if trend is None else trend)
    of_groups = figures_of(Group, tables.empty(shown_tables.POOLED_GROUPS) if groups is None else groups)
    reached = figures_of(Levels, tables.empty(shown_tables.LEVELS) if levels is None else levels)
    then = figures_of(Then, tables.empty(shown_tables.HISTORY) if history is None else history)
    of_class = _of_classes(tables.empty(shown_tables.CLASS_LEVELS) if class_levels is None else class_levels)
    parts = figures_of(Category, tables.empty(shown_tables.CATEGORIES) if categories is None else categories)
    several = _rows_of(tables.empty(shown_tables.ALL_TESTS) if all_tests is None else all_tests)
    sums = dict(iter(totals.groupby("board_number")))
    for number, members in names.groupby("board_number"):
        rows = [row for brinvest in members["brinvest"] for row in places.get(brinvest, ())]
        units = figures_of(ReportRow, report.iloc[rows])
        made = []
        for each in _records(members):
            of: str = each["brinvest"]
            figures = units[of], several[of], lasting[of], years[of], of_groups[of], reached[of]
            cut_of = _slice(each, *figures, context)
            made.append(_with_levels(cut_of, then[of], of_class, parts[of], context))
        yield from made
        of_any = {term for each in made if any(r.has_reference for r in each.results) for term in each.model_terms}
        terms = tuple(term for term in context.model_terms if term in of_any) if of_any else context.model_terms
        yield BoardSlice(
            **_shared("board", context) | {"model_terms": terms},
            board_number=number,
            board_name=made[0].board_name,
            schools=tuple(SchoolPart(*(getattr(s, name) for name in _OF_SCHOOL)) for s in made),
            totals=tuple(_built(Total, sums.get(number, totals.head(0)))),
            norm=context.norms.of("", number) if context.norms else "national",
        )


def school(content: dict) -> Slice:
    """Return the slice of a school that was read from its file."""
    return Slice(**_parsed(content))


def board(content: dict) -> BoardSlice:
    """Return the slice of a board that was read from its file."""
    schools = tuple(SchoolPart(**_parsed(school)) for school in content["schools"])
    return BoardSlice(
        **_parsed(content) | {"schools": schools, "totals": tuple(Total(**row) for row in content["totals"])}
    )


def _parsed(content: dict) -> dict:
    """A slice, or a school's part of one, with its figures as ReportRow and Overall."""
    made = {"results": ReportRow, "others": ReportRow, "overall": Overall, "trend": Year, "groups": Group}
    made |= {"history": Then, "class_levels": ClassLevel, "categories": Category}
    made |= {"all_tests": ReportRow, "by_test": Overall}
    terms = {"model_terms": tuple(content["model_terms"])} if "model_terms" in content else {}
    figures = {name: tuple(kind(**row) for row in content[name]) for name, kind in made.items() if name in content}
    levels = {"levels": Levels(**content["levels"])} if content.get("levels") else {}
    return content | terms | figures | levels


def figures_of(kind: type, rows: pd.DataFrame) -> defaultdict[str, list]:
    """Return the rows of each school, each as a `kind`; of many schools at once, because each frame costs its time."""
    found = defaultdict(list)
    for brinvest, unit in zip(rows["brinvest"], _built(kind, rows), strict=True):
        found[brinvest].append(unit)
    return found


def _rows_of(all_tests: pd.DataFrame) -> defaultdict[str, list]:
    """The rows of table `all_tests` of each school, as those of a report."""
    facts = dict.fromkeys(("scale", "trait", "value"), ALL) | {"status": "shown"}
    columns = ["brinvest", *(field.name for field in fields(ReportRow))]
    return figures_of(ReportRow, all_tests.assign(**facts).reindex(columns=columns))


def _slice(
    school: dict,
    units: list[ReportRow],
    several: list[ReportRow],
    pooled: list[Pooled],
    trend: list[Year],
    groups: list[Group],
    levels: list[Levels],
    context: Context,
) -> Slice:
    for unit in units:
        if unit.half:
            raise ContractError(
                f"The figure {unit.half} of {school['brinvest']}, {unit.domain} {unit.step} {unit.school_year}, "
                f"{unit.trait} {unit.value}, is there in part: a report would have a hole. Nothing was made of it."
            )
    only = school["sector"] in context.standardised_only
    if only:
        units = [without_points(unit) for unit in units if unit.trait == ALL]
    units = sorted(units, key=lambda unit: (DOMAINS.index(unit.domain), *step_order(unit.step)))
    own = [unit.trait == ALL and unit.school_year == context.round.school_year for unit in units]
    names = ("brinvest", "school_name", "board_number", "board_name", "sector", "denomination")
    results = tuple(compress(units, own))
    whole = overall(results, pooled, several)
    on_scale = {each.domain: each.scale for each in whole}
    shared = _shared(school["sector"] if school["sector"] in context.kinds else "school", context)
    return Slice(
        **shared | {"model_terms": context.terms(school["sector"], results)},
        **{name: school[name] for name in names},
        results=results,
        others=tuple(unit for unit, first in zip(units, own, strict=True) if not first),
        overall=whole,
        trend=tuple(sorted(trend, key=lambda each: (DOMAINS.index(each.domain), each.school_year))),
        groups=tuple(each for each in groups if on_scale.get(each.domain, each.scale) in (each.scale, None)),
        all_tests=tuple(several),
        by_test=by_test(results, pooled, whole),
        levels=next(iter(levels), None),
    )


def _with_levels(
    school: Slice,
    then: list[Then],
    levels: Mapping[tuple[str, str], list[ClassLevel]],
    categories: list[Category],
    context: Context,
) -> Slice:
    """The slice with what the analyses need beside the round's own figures; nothing where no points are shown."""
    if school.sector in context.standardised_only:
        return school
    weging = context.weging_class.get(school.brinvest)
    own = {(row.domain, row.step, row.scale) for row in school.results}
    own |= {(each.domain, each.step, each.scale) for each in then}
    of_class = [
        each for each in levels.get((school.sector, weging or ""), []) if (each.domain, each.step, each.scale) in own
    ]
    return replace(
        school,
        history=tuple(sorted(then, key=lambda row: (DOMAINS.index(row.domain), row.school_year, step_order(row.step)))),
        norm=context.norms.of(school.brinvest, school.board_number) if context.norms else school.norm,
        weging_class=weging,
        class_levels=tuple(of_class),
        categories=tuple(categories),
    )


def _of_classes(levels: pd.DataFrame) -> dict[tuple[str, str], list[ClassLevel]]:
    """The levels of the schools of each sector and schoolweging class."""
    return {(str(one), str(other)): _built(ClassLevel, rows) for (one, other), rows in levels.groupby(_CLASS)}


def _shared(kind: str, context: Context) -> dict:
    return {
        "kind": kind,
        "round_code": context.round_code,
        "round_label": context.round.label,
        "school_year": context.round.school_year,
        "export_date": context.round.export_date.isoformat(),
        "publication": context.round.publication.isoformat(),
        "notice": context.notice,
        "minimum_group": context.minimum_group,
        "similar_band": context.similar_band,
        "false_discovery_rate": context.false_discovery_rate,
        "model_terms": context.model_terms,
        "estimator": context.estimator,
    }


def _built(kind: type, frame: pd.DataFrame) -> list:
    """The rows of a frame, each as a `kind` whose fields are columns."""
    return [kind(**row) for row in _records(frame[[field.name for field in fields(kind)]])]


def _records(frame: pd.DataFrame) -> list[dict]:
    """The rows as plain Python values, None for empty."""
    return frame.astype(object).where(frame.notna(), None).to_dict("records")
