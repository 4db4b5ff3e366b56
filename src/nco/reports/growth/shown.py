"""What growth reports may show: the national tables after disclosure control, and the slices that are cut of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nco.base.all_settings import Settings
from nco.disclosure import (
    all_tests,
    board_totals,
    categories,
    class_levels,
    earlier_releases,
    fitted_model,
    history,
    obligations,
    pooled,
    pooled_groups,
    ranking,
    reference_levels,
    shown_tables,
)
from nco.disclosure import protect as disclosure
from nco.disclosure import settle as settling
from nco.register import enrolment
from nco.register.delivery_tables import DOMAIN_SCORES
from nco_utils import cohorts, growth, tables
from nco_utils.errors import UnusableInput
from nco_utils.reference import covariates

from . import slices


@dataclass(frozen=True)
class Shown:
    """The tables of what reports show, and of why the rest is not; and what all slices of the round hold."""

    tables: dict[tables.Table, pd.DataFrame]
    context: slices.Context


@dataclass(frozen=True)
class Settlement:
    """What is settled before anything is computed: of which pairs, and what earlier releases oblige to."""

    pairs: settling.Settled
    coverage: pd.DataFrame
    obliged: obligations.Obligations


def settle(round_code: str, data: Path, settings: Settings) -> Settlement:
    """Pair the results and settle, once, which pairs this release uses: before the notebook, which cannot change it."""
    schools = enrolment.read_register(data).schools
    results = cohorts.read(data, round_code, settings, schools)
    paired = growth.pair(results.now, settings.round(round_code), results.year_before, results.outside)
    past = settling.side_by_side(paired.pairs, data, round_code, settings)
    settled = settling.decide(past, data / round_code)
    return Settlement(settled, paired.coverage, obligations.remember(past, settled, data, round_code))


def protect(settlement: Settlement, round_code: str, data: Path, settings: Settings) -> Shown:
    """Apply disclosure control to what the national notebook wrote, over all schools and boards at once.

    Writes what was settled, whatever the notebook wrote of it. Raises UnusableInput when it computed its tables of
    something else, or split pupils otherwise than the settings do.
    """
    folder, schools = data / round_code, enrolment.read_register(data).schools
    names = {"figures": tables.FIGURES, "reference": tables.REFERENCE, "national": tables.NATIONAL}
    computed = computed_of(settlement, folder, schools, settings, names)
    model, terms = fitted_model.read_model(folder), tables.read(tables.MODEL_TERMS, folder)
    protected = disclosure.protect(computed, settlement.obliged, settings)
    before = _before(round_code, data, settings)
    reports, sector = [protected.report, *before], schools.set_index("brinvest")["sector"]
    school_year, ranks = settings.round(round_code).school_year, settings.ranking
    of = all_tests.where(reports, sector, settings.profile.standardised_only)
    scaled = [all_tests.on_one_scale(each, sector) for each in reports]
    split = all_tests.on_one_scale(protected.report, sector, of["brinvest"].unique())

    def beside(table: tables.Table, by_test: pd.DataFrame, together: pd.DataFrame) -> pd.DataFrame:
        return all_tests.beside(by_test, together, of, table)

    lasting = beside(
        shown_tables.POOLED, pooled.together(reports, sector, ranks), pooled.together(scaled, sector, ranks)
    )
    several = all_tests.steps(protected.report, scaled[0], sector, ranks)
    report, several, lasting = ranking.judged_with(protected.report, several, lasting)
    groups = (pooled_groups.together(each, settings.subgroups, school_year) for each in (report, split))
    traits = enrolment.read_school_traits(data).set_index("brinvest")["schoolweging"]
    classes = class_levels.names(traits, settings.norms.classes)
    levels = class_levels.by_class(report, schools, classes, settings.profile.minimum_schools.mean)
    released = earlier_releases.before(round_code, data, settings)
    told = earlier_releases.told(shown_tables.CLASS_LEVELS, released, data)
    context = slices.Context(
        round_code,
        settings.round(round_code),
        enrolment.read_notice(data),
        settings.profile.minimum_group,
        model.similar_band,
        settings.ranking.false_discovery_rate,
        covariates.fitted(terms, model),
        model.estimator,
        tuple(settings.reports),
        {key: covariates.fitted(part, model) for key, part in terms.groupby(tables.MODEL_KEYS)},
        settings.norms,
        classes.to_dict(),
        settings.profile.standardised_only,
    )
    shown = {
        shown_tables.REPORT: report,
        shown_tables.POOLED: lasting,
        shown_tables.ALL_TESTS: all_tests.told(several),
        shown_tables.TREND: beside(shown_tables.TREND, pooled.by_year(reports, sector), pooled.by_year(scaled, sector)),
        shown_tables.POOLED_GROUPS: beside(shown_tables.POOLED_GROUPS, *groups),
        shown_tables.HISTORY: history.before(reports),
        shown_tables.CATEGORIES: _categories(report, settlement, sector, released, folder, data, settings),
        shown_tables.CLASS_LEVELS: class_levels.steady(levels, told, school_year),
        shown_tables.BOARD_REPORT: board_totals.with_earlier_years(
            protected.boards, before, schools[~schools["sector"].isin(settings.profile.standardised_only)]
        ),
        shown_tables.COUNTRY: protected.country,
        shown_tables.SUPPRESSED: protected.suppressed,
        **_levels(schools, round_code, data, settings),
    }
    return Shown(shown, context)


def cut(shown: Shown, schools: pd.DataFrame, boards: pd.DataFrame) -> Iterator[slices.Growth]:
    """Cut the slices, as `slices.cut` does."""
    names = ("REPORT", "BOARD_REPORT", "POOLED", "TREND", "POOLED_GROUPS", "LEVELS", "HISTORY", "CLASS_LEVELS",
             "CATEGORIES", "ALL_TESTS")  # fmt: skip
    report, totals, *others = (shown.tables[getattr(shown_tables, name)] for name in names)
    return slices.cut(schools, boards, report, totals, shown.context, *others)


def computed_of(
    settlement: Settlement, folder: Path, schools: pd.DataFrame, settings: Settings, names: dict[str, tables.Table]
) -> disclosure.Computed:
    """Return what was settled, which is written, and what the notebook computed of it: the tables of these names.

    Raises UnusableInput as `protect` does.
    """
    made = {name: tables.read(table, folder) for name, table in names.items()}
    _require_own_splits(made["figures"], settings)
    for name, table in names.items():
        settling.require_of(settlement.pairs, table, made[name], schools, settings)
    pairs, blocks, coverage = settlement.pairs.pairs, settlement.pairs.blocks, settlement.coverage
    for frame, table in ((pairs, tables.GROWTH), (blocks, shown_tables.BLOCKS), (coverage, tables.COVERAGE)):
        tables.write(frame, table, folder)
    return disclosure.Computed(
        pairs=pairs,
        blocks=blocks,
        coverage=coverage,
        pupils=settlement.obliged.pupils,
        schools=schools,
        **{"reference": tables.empty(tables.REFERENCE)} | made,
    )


def _require_own_splits(figures: pd.DataFrame, settings: Settings) -> None:
    """Refuse groups of pupils that the notebook made and the settings do not have: nothing would protect those."""
    known = {trait: set(split.values) for trait, split in settings.subgroups.items()} | {tables.ALL: {tables.ALL}}
    for trait, values in figures.groupby("trait")["value"].unique().items():
        if trait not in known or (known[trait] and not known[trait].issuperset(values)):
            raise UnusableInput(
                f"The national notebook splits pupils by {trait} otherwise than params/subgroups.yml: "
                "change it there, so that the rules for small groups count it."
            )


def _before(round_code: str, data: Path, settings: Settings) -> list[pd.DataFrame]:
    """What earlier rounds with the same reports show: tables `report`, the newest first."""
    same = {code for code in settings.rounds if settings.reports_of(code) == settings.reports_of(round_code)}
    codes = [each for each in earlier_releases.earlier(round_code, data, settings) if each.partition("/")[0] in same]
    return earlier_releases.reports(codes, data, settling.withdrawn(data / round_code))[::-1]


def _categories(
    report: pd.DataFrame,
    settlement: Settlement,
    sector: pd.Series,
    released: Sequence[str],
    folder: Path,
    data: Path,
    settings: Settings,
) -> pd.DataFrame:
    """Table `categories`, of the domain scores that were delivered; of a round without any there is none to read."""
    before = earlier_releases.told(shown_tables.CATEGORIES, released, data)
    scores = folder / f"{DOMAIN_SCORES.name}.parquet"
    found = tables.read(DOMAIN_SCORES, folder) if scores.is_file() else tables.empty(DOMAIN_SCORES)
    if found.empty and not any(map(len, before)):
        return tables.empty(shown_tables.CATEGORIES)
    results = pd.read_parquet(folder / f"{tables.RESULTS.name}.parquet", columns=list(categories.RESULT))
    shares = categories.of_pupils(results, found, report["school_year"].max())
    return categories.told(
        report, settlement.pairs.pairs, shares, sector, before, settlement.obliged.objections, settings.profile
    )


def _levels(schools: pd.DataFrame, round_code: str, data: Path, settings: Settings) -> dict[tables.Table, pd.DataFrame]:
    """Tables `levels` and `level_counts`, of what was delivered of the reference levels."""
    before, year = reference_levels.earlier(round_code, data, settings), settings.round(round_code).school_year
    used = reference_levels.counts(enrolment.read_reference_levels(data), before)
    weging = enrolment.read_school_traits(data)[["brinvest", "schoolweging"]]
    known = schools[["brinvest", "sector"]].merge(weging, on="brinvest", how="left")
    return {
        shown_tables.LEVEL_COUNTS: used,
        shown_tables.LEVELS: reference_levels.told(used, before, year, known, settings),
    }
