"""Slices for tests: one result that may be shown, and schools and boards made of such results."""

from collections.abc import Iterable
from dataclasses import replace

from nco.reports.blocks import Drawing
from nco.reports.growth.rows import ReportRow, overall
from nco.reports.growth.slices import BoardSlice, SchoolPart, Slice, Total
from nco_utils.tables import DOMAINS

YEAR, YEAR_BEFORE = "2021-2022", "2020-2021"
STEPS = ("M3-E3", "E3-M4", "M4-E4", "E4-M5", "M5-E5", "E5-M6", "M6-E6", "E6-M7", "M7-E7", "E7-M8")
SHOWN = ReportRow(
    domain="begrijpend_lezen",
    step="E7-M8",
    school_year=YEAR,
    trait="all",
    value="all",
    scale="BDF-TAAL",
    status="shown",
    n_pupils=25,
    n_without_growth=0,
    n_one_moment=0,
    n_other_scale=0,
    n_other_grade=0,
    n_out_of_window=0,
    percent_with_growth=95,
    mean_growth=7.0,
    mean_growth_low=4.8,
    mean_growth_high=9.2,
    mean_before_low=39.0,
    mean_before_high=41.0,
    p25=3.0,
    p50=7.0,
    p75=11.0,
    standardised=0.07,
    standardised_low=-0.64,
    standardised_high=0.78,
    national_pupils=2287,
    national_before=39.8,
    national_mean=6.7,
    model="fitted",
    reference=5.5,
    reference_low=4.3,
    reference_high=6.7,
    effect=1.4,
    effect_low=-1.0,
    effect_high=3.9,
    effect_shrunken=1.2,
    reliability=0.86,
)
UNIT = ("domain", "step", "school_year", "trait", "value", "status", "scale")
NO_REFERENCE = dict.fromkeys(
    ("reference", "reference_low", "reference_high", "effect", "effect_low", "effect_high", "effect_shrunken",
     "reliability")
)  # fmt: skip

# Of the only school with these tests: there is nothing to compare with.
ALONE = (
    NO_REFERENCE
    | dict.fromkeys(
        ("standardised", "standardised_low", "standardised_high", "national_pupils", "national_before", "national_mean")
    )
    | {"model": "too_few_schools"}
)


def hidden(status: str = "hidden", **facts) -> ReportRow:
    """A result of which nothing may be shown."""
    return replace(ReportRow(**{name: getattr(SHOWN, name) for name in UNIT}), **{"status": status} | facts)


def report(results: Iterable[ReportRow] = (SHOWN,), others: Iterable[ReportRow] = (), **facts) -> Slice:
    """The slice of a school with these results."""
    results = tuple(results)
    school = Slice(
        kind="school",
        round_code="2022E",
        round_label="Eind schooljaar 2021-2022",
        school_year=YEAR,
        export_date="2022-08-01",
        publication="2022-10-03",
        brinvest="99AA00",
        school_name="Obs Het *Testje*",
        board_number="99801",
        board_name="Stichting Proef",
        sector="bo",
        denomination="Openbaar",
        notice="",
        minimum_group=6,
        similar_band=0.5,
        model_terms=("score_before", "sex"),
        estimator="random_intercept",
        results=results,
        others=tuple(others),
        overall=overall(results),
    )
    return replace(school, **facts)


REPORT = report()


def every_step(**facts) -> list[ReportRow]:
    """One shown result for every step of every domain."""
    return [replace(SHOWN, domain=domain, step=step, scale=domain, **facts) for domain in DOMAINS for step in STEPS]


def a_year_ago(results: Iterable[ReportRow]) -> list[ReportRow]:
    """The same results of the cohort before."""
    return [replace(result, school_year=YEAR_BEFORE, change=None) for result in results]


def parts(results: Iterable[ReportRow], trait: str, *values: str, **facts) -> list[ReportRow]:
    """The results split by a trait, half the pupils each."""
    return [
        replace(result, trait=trait, value=value, n_pupils=max(6, result.n_pupils // 2), **facts)
        for result in results
        for value in values
    ]


def board(schools: Iterable[Slice], totals: Iterable[Total] = (), **facts) -> BoardSlice:
    """The slice of a board with these schools."""
    schools = list(schools)
    shared = ("round_code", "round_label", "school_year", "export_date", "publication", "board_number", "board_name",
              "notice", "minimum_group", "similar_band", "model_terms", "estimator")  # fmt: skip
    made = BoardSlice(
        kind="board",
        **{name: getattr(schools[0], name) for name in shared},
        schools=tuple(SchoolPart(s.brinvest, s.school_name, s.sector, s.results, s.overall) for s in schools),
        totals=tuple(totals),
    )
    return replace(made, **facts)


def text(blocks: Iterable) -> str:
    """The Markdown of blocks, figures by their caption and alternative text."""
    return "\n\n".join(
        block
        if isinstance(block, str)
        else f"{block.caption} {block.alt}"
        if isinstance(block, Drawing)
        else block.markdown
        for block in blocks
    )
