"""Disclosure control: the one boundary between the country's figures and what a report may show.

Rule (NCO): nothing for groups of 5 or fewer. What is not in the tables made here cannot reach a chapter, so not a
chart, an alt text or a file's metadata either. All schools and boards are protected together, because the figures
of the country and of the visible schools give away a single hidden one (`suppress`, `bounds`), and beside
what was released before (`settle`, `obligations`).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nco.base.all_settings import DisclosureProfile, Settings
from nco_utils import tables
from nco_utils.national import Z95
from nco_utils.tables.computed import PERCENTILES
from nco_utils.tables.schema import places_in

from . import begin_score, board_totals, counts, levels, ranking, shown_tables, since_last_year, suppress, yardstick
from .earlier_releases import UNIT_OF_SUPPRESSION
from .obligations import Obligations
from .suppress import Decisions

UNIT = tables.UNIT_KEYS
_DECIMALS = {"reliability": 2, "standardised": 2, "standardised_low": 2, "standardised_high": 2}  # others 1
# Of the country or a label: the same in every report, so nothing of the school itself.
_COUNTRY = {
    "n_pupils": "national_pupils",
    "n_schools": "national_schools",
    "mean_before": "national_before",
    "mean_growth": "national_mean",
    **{name: f"national_{name}" for name in levels.LEVELS},
}
_NOT_THE_SCHOOLS = (*UNIT, "status", "model", *_COUNTRY.values())
_COUNTS = counts.COUNTS
_DERIVED = (*since_last_year.CHANGE, *ranking.COLUMNS)  # from the rounded figures, when all is done
_FIGURES = [n for n in shown_tables.REPORT.column_names if n not in (*_NOT_THE_SCHOOLS, *_COUNTS, *_DERIVED)]
_MEASURED = ["model", *(name for name in _FIGURES if name not in UNIT)]
_AGAINST_COUNTRY = [name for name in _FIGURES if name.startswith(("standardised", "reference", "effect", "reliab"))]


@dataclass(frozen=True)
class Computed:
    """The canonical tables of all schools, before disclosure control; `pupils` as the figures were made with."""

    pairs: pd.DataFrame
    pupils: pd.DataFrame
    blocks: pd.DataFrame
    coverage: pd.DataFrame
    figures: pd.DataFrame
    reference: pd.DataFrame
    national: pd.DataFrame
    schools: pd.DataFrame


@dataclass(frozen=True)
class Protected:
    """What may be shown (tables report, board_report, country), and what is hidden why (suppressed: researchers)."""

    report: pd.DataFrame
    boards: pd.DataFrame
    country: pd.DataFrame
    suppressed: pd.DataFrame


def protect(computed: Computed, obliged: Obligations, settings: Settings) -> Protected:
    """Return everything that may be shown of all schools and boards, rounded, by the profile of `settings`.

    Statuses: `shown`; `hidden` (why is not told: which of the hidden is small would narrow what is known of it);
    `other_scale` and `no_growth` (there is nothing to show). A hidden split is one row, of value all.
    """
    whole = computed.figures[computed.figures["trait"] == tables.ALL]
    owners = computed.schools.set_index("brinvest")["board_number"]
    decisions = suppress.decide(computed.pairs, computed.pupils, whole, owners, obliged, settings)
    number = places_in(computed.figures, decisions.blocks, UNIT_OF_SUPPRESSION)
    trait = decisions.shown.columns.get_indexer(computed.figures["trait"])
    visible = decisions.shown.to_numpy()[number, trait]
    told = yardstick.told(computed.national, computed.pairs, decisions, obliged.begins, settings)
    measured = _measured(computed, visible, number[visible], decisions, told, settings.profile)
    measured = _with_begin(measured, computed.pairs, decisions, obliged, settings.begin_widths)
    measured = _with_levels(measured, computed.pairs, decisions, settings.profile)
    in_points = ~computed.schools["sector"].isin(settings.profile.standardised_only)
    overview = board_totals.board_table(measured, computed.schools[in_points])
    reason = decisions.reason.to_numpy()[number, trait]
    suppressed = _suppressed(computed, visible, reason, obliged, settings.profile)
    rows = _rows(measured, computed, decisions, obliged, settings.profile)
    del measured, number, trait, visible, reason  # a gigabyte of a whole country, and the report needs its own
    report = _report(rows, told, decisions, settings)
    return Protected(report, overview, tables.conform(told, shown_tables.COUNTRY), suppressed)


def _measured(
    computed: Computed, visible, number, decisions: Decisions, told: pd.DataFrame, profile: DisclosureProfile
) -> pd.DataFrame:
    """The visible units with their figures, intervals and quantiles, unrounded; `number`: the place of the block."""
    frame = computed.figures[visible].reset_index(drop=True).assign(number=number)
    frame = _beside(frame, computed.reference, visible)
    frame = yardstick.standardised(frame, decisions.pool[number], told)
    for name in ("mean_growth", "standardised", "reference", "effect"):
        margin = Z95 * frame[f"{name}_se"]
        frame[f"{name}_low"], frame[f"{name}_high"] = frame[name] - margin, frame[name] + margin
    for percentile in PERCENTILES:
        enough = frame["n_pupils"] * min(percentile, 100 - percentile) >= 100 * profile.minimum_tail
        frame[f"p{percentile}"] = frame[f"p{percentile}"].where(enough)
    alone = np.isin(decisions.pool[number], decisions.silent[tables.ALL])
    frame.loc[alone, _AGAINST_COUNTRY] = np.nan
    return frame


def _with_begin(
    measured: pd.DataFrame, pairs: pd.DataFrame, decisions: Decisions, obliged: Obligations, widths: dict[str, float]
) -> pd.DataFrame:
    """The units with the ends of their begin score (`begin_score`): whole schools, in the round's own school year."""
    now = pairs[pairs["school_year"] == pairs["school_year"].max()]
    found = begin_score.sets(now)
    found["number"] = places_in(found, decisions.blocks, UNIT_OF_SUPPRESSION)
    found = found[decisions.shown[tables.ALL].to_numpy()[found["number"]]].reset_index(drop=True)
    lot = pd.Series(begin_score.lots(found, obliged.begins), found["number"])
    own = measured["trait"].eq(tables.ALL) & measured["number"].isin(lot.index)
    rows, number = measured[own], measured.loc[own, "number"]
    n, width = rows["n_pupils"].to_numpy(float), rows["scale"].map(widths).to_numpy(float)
    ends = begin_score.interval(rows["mean_before"].to_numpy(), n, lot.reindex(number).to_numpy(), width)
    frame = measured.drop(columns="mean_before")
    for name, values in zip(("mean_before_low", "mean_before_high"), ends, strict=True):
        frame[name] = pd.Series(values, rows.index).reindex(frame.index)
    return frame


def _with_levels(
    measured: pd.DataFrame, pairs: pd.DataFrame, decisions: Decisions, profile: DisclosureProfile
) -> pd.DataFrame:
    """The units with the quantiles of their later score (`levels`): whole schools, in the round's own school year."""
    whole = measured["trait"].eq(tables.ALL).to_numpy()
    found = levels.of_schools(pairs, decisions, profile).reindex(measured["number"]).set_axis(measured.index)
    return measured.assign(**{name: found[name].where(whole) for name in levels.LEVELS})


def _beside(frame: pd.DataFrame, reference: pd.DataFrame, visible: np.ndarray) -> pd.DataFrame:
    """The visible units with their reference values; the rows of both tables are in one order, as a rule."""
    names = [name for name in reference.columns if name not in frame.columns]
    if len(reference) == len(visible):
        same = reference[visible].reset_index(drop=True)
        if all(same[name].equals(frame[name]) for name in UNIT):
            return pd.concat([frame, same[names]], axis=1)
    return frame.merge(reference[[*UNIT, *names]], on=UNIT, how="left")


def _rows(
    measured: pd.DataFrame, computed: Computed, decisions: Decisions, obliged: Obligations, profile: DisclosureProfile
) -> pd.DataFrame:
    """The rows of table report, in order: every school's whole, and the rows of its splits at its place."""
    whole = _whole_rows(computed, decisions).assign(trait=tables.ALL, value=tables.ALL)
    told = counts.steady(whole, counts.told(whole, profile), obliged.counts, profile)
    whole = whole.assign(place=np.arange(len(whole)), **told)
    figures = measured[measured["trait"] == tables.ALL].set_index("number")[_MEASURED].reindex(whole["number"])
    whole[_MEASURED] = figures.set_axis(whole.index)
    parts = pd.concat([_shown_parts(measured), _hidden_parts(decisions)], ignore_index=True)
    places = whole[whole["number"] >= 0].set_index("number")["place"]
    parts["place"] = places.reindex(parts["number"]).to_numpy()
    kept = [*UNIT, "status", "number", "place", *_COUNTS, *_MEASURED]
    rows = pd.concat([whole[kept], parts], ignore_index=True)
    order = [pd.factorize(rows[name], sort=True)[0] for name in ("value", "trait")]
    return rows.take(np.lexsort((*order, rows["place"])))


def _report(rows: pd.DataFrame, told: pd.DataFrame, decisions: Decisions, settings: Settings) -> pd.DataFrame:
    """Table report: the rows with the country's figures beside them; rounded, last of all."""
    names = told.rename(columns=_COUNTRY)[["pool", "trait", "value", *_COUNTRY.values()]]
    # -1: of no pool, so without a country's figure
    pool = np.append(decisions.pool, -1)[rows["number"]]
    rows = rows.assign(pool=pool).merge(names, on=["pool", "trait", "value"], how="left")
    rounded = [*_MEASURED[1:], *(_COUNTRY[name] for name in ("mean_before", "mean_growth", *levels.LEVELS))]
    rows = rows.round({name: _DECIMALS.get(name, 1) for name in rounded})
    ranked = ranking.with_ranks(since_last_year.with_changes(rows), settings.ranking)
    return tables.conform(ranked, shown_tables.REPORT)


def _whole_rows(computed: Computed, decisions: Decisions) -> pd.DataFrame:
    """A row for every school, cohort, domain and step with results, or with pairs that count: all its pupils.

    `number`: the place of the block; -1 where no pairs are used.
    """
    blocks = decisions.blocks[UNIT_OF_SUPPRESSION].assign(
        shown=decisions.shown[tables.ALL], number=np.arange(len(decisions.blocks))
    )
    withheld = computed.blocks.loc[computed.blocks["decision"] == "hidden", UNIT_OF_SUPPRESSION].assign(
        shown=False, number=-1
    )
    frozen = computed.blocks.loc[computed.blocks["decision"] == "frozen", UNIT_OF_SUPPRESSION].assign(frozen=True)
    coverage = computed.coverage.rename(columns={"n_pupils": "n_tested"})
    rows = coverage.merge(pd.concat([blocks, withheld], ignore_index=True), on=counts.STEP, how="outer")
    rows = rows.merge(frozen, on=UNIT_OF_SUPPRESSION, how="left")
    other, paired = (rows[name].fillna(0) > 0 for name in ("n_other_scale", "n_growth"))
    nothing = np.select([paired, other], ["hidden", "other_scale"], "no_growth")
    has_block = rows["scale"].notna()
    rows["status"] = np.where(has_block, np.where(rows["shown"].eq(True), "shown", "hidden"), nothing)
    rows["number"] = rows["number"].fillna(-1).astype("int64")
    n = np.append(decisions.blocks["n"].to_numpy(), 0)[rows["number"]]
    rows["n_pupils"] = pd.Series(n, rows.index).where(rows["status"] == "shown")
    return rows.sort_values(["brinvest", "domain", "step", "school_year", "scale"], ignore_index=True)


def _shown_parts(measured: pd.DataFrame) -> pd.DataFrame:
    return measured.loc[measured["trait"] != tables.ALL, [*UNIT, "number", *_MEASURED]].assign(status="shown")


def _hidden_parts(decisions: Decisions) -> pd.DataFrame:
    """One row for each hidden split of a visible school."""
    hidden = (decisions.there & ~decisions.shown).to_numpy() & decisions.shown[[tables.ALL]].to_numpy()
    number, trait = np.nonzero(hidden)
    rows = decisions.blocks[UNIT_OF_SUPPRESSION].iloc[number].reset_index(drop=True)
    return rows.assign(number=number, trait=decisions.shown.columns[trait], value=tables.ALL, status="hidden")


def _suppressed(
    computed: Computed, visible: np.ndarray, reason: np.ndarray, obliged: Obligations, profile: DisclosureProfile
) -> pd.DataFrame:
    """Every unit that is hidden, with the reason; a block that no figure was made of too."""
    hidden = computed.figures[[*UNIT, "n_pupils"]][~visible].assign(reason=reason[~visible])
    small = (hidden["reason"] == suppress.SPLIT) & (hidden["n_pupils"] < profile.minimum_group)
    hidden["reason"] = hidden["reason"].mask(small, suppress.SMALL)
    withheld = computed.blocks.loc[computed.blocks["decision"] == "hidden", UNIT_OF_SUPPRESSION]
    objected = pd.MultiIndex.from_frame(withheld).isin(pd.MultiIndex.from_frame(obliged.objections))
    withheld = withheld.assign(trait=tables.ALL, value=tables.ALL)
    withheld["reason"] = np.where(objected, suppress.OBJECTION, suppress.EARLIER)
    rows = pd.concat([hidden[[*UNIT, "reason"]], withheld])
    return tables.conform(rows.sort_values(UNIT), shown_tables.SUPPRESSED)
