"""Two variants of a national analysis side by side: what they were fitted with, coefficients, effects, and words.

For researchers only, within the closed environment: no rule for small groups has been applied to the figures. No
pupil's value is told: schools with few pupils, and those of which a few pupils differ, are counted only.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from nco.base.all_settings import Settings
from nco.base.dutch import texts
from nco.disclosure import fitted_model, ranking, shown_tables
from nco.disclosure import pooled as pooled_table
from nco.notebooks import variants
from nco.reports.growth import slices
from nco.reports.growth.rows import Pooled, ReportRow, overall
from nco.reports.growth.verdicts import REFERENCE, Rule
from nco_utils import tables
from nco_utils.national import Z95
from nco_utils.reference import covariates
from nco_utils.tables import ALL, MODEL_KEYS

ALL_STEPS = "alle"  # in the place of a step: those of a domain together
_UNIT = ["brinvest", *MODEL_KEYS]
_WORD = ["brinvest", "school_year", "domain", "step"]


@dataclass(frozen=True)
class Comparison:
    """What differs between two variants; columns end in `_a` and `_b`.

    names: of both. settings: setting, a and b, as far as they differ, with the covariates that the models hold.
    models: MODEL_KEYS with model (fitted, or why not), sigma2 and tau2. terms: MODEL_KEYS, term, estimate and se,
    difference, and `in_se`: the difference in standard errors of the first. effects: _UNIT, n_pupils, effect and
    effect_se of whole schools with a reference value in both, and the difference; in points. words: brinvest,
    school_year (the newest), domain, step (ALL_STEPS for all together) and the word that a report would have for that
    effect, were it shown and the first report (no changes since a year ago, no earlier rounds). n_small: school figures
    that are left out for their few pupils, or the few that differ. n_other: those that have another number of pupils in
    both, so that not the model alone differs.
    """

    names: tuple[str, str]
    settings: pd.DataFrame
    models: pd.DataFrame
    terms: pd.DataFrame
    effects: pd.DataFrame
    words: pd.DataFrame
    n_small: int
    n_other: int

    @cached_property
    def changed(self) -> pd.DataFrame:
        """The rows of `words` of which the word differs."""
        return self.words[self.words["word_a"] != self.words["word_b"]].reset_index(drop=True)

    @cached_property
    def crossed(self) -> pd.DataFrame:
        """How many figures have each word in the first (rows) and in the second (columns)."""
        order = [word for word in texts("verdicts").values() if word in {*self.words["word_a"], *self.words["word_b"]}]
        counts = self.words.groupby(["word_a", "word_b"]).size().unstack(fill_value=0)
        return counts.reindex(index=order, columns=order, fill_value=0)

    @cached_property
    def spread(self) -> pd.DataFrame:
        """Per domain: figures in both, the SD of the effects of either, their correlation and largest difference."""
        rows = {
            domain: {
                "n": len(part),
                "sd_a": part["effect_a"].std(),
                "sd_b": part["effect_b"].std(),
                "correlation": part["effect_a"].corr(part["effect_b"]) if len(part) > 1 else np.nan,
                "largest_difference": part["difference"].abs().max(),
            }
            for domain, part in self.effects.groupby("domain")
        }
        names = ["n", "sd_a", "sd_b", "correlation", "largest_difference"]
        return pd.DataFrame.from_dict(rows, orient="index", columns=names).rename_axis("domain")


def between(round_code: str, data: Path | str, one: str, other: str, settings: Settings) -> Comparison:
    """Compare two variants of a round by name; `variants.OFFICIAL` is what `nco analyse` wrote.

    Raises UnusableInput for a variant that is not there, or not as it was written.
    """
    both = tuple(variants.read(name, round_code, Path(data)) for name in (one, other))
    units, n_small, n_other = _large(*(_schools(found) for found in both), settings.profile.minimum_group)
    words = (_words(part, found, settings) for part, found in zip(units, both, strict=True))
    return Comparison(
        (one, other),
        _settings(*both),
        _models(*both),
        _terms(*both),
        _effects(*units),
        _side_by_side(*words, _WORD, "outer").fillna({"word_a": _word("absent"), "word_b": _word("absent")}),
        n_small,
        n_other,
    )


def as_record(found: Comparison) -> dict:
    """Return a comparison as plain values, for --json: all but the effects of every school."""
    frames = {"settings": found.settings, "models": found.models, "terms": found.terms, "changed": found.changed}
    frames |= {"words": found.crossed.stack().rename("n").reset_index(), "effects": found.spread.reset_index()}
    rows = {name: frame.astype(object).where(frame.notna(), None).to_dict("records") for name, frame in frames.items()}
    return {"a": found.names[0], "b": found.names[1], "small": found.n_small, "other_pupils": found.n_other, **rows}


def _word(verdict: str) -> str:
    return texts("verdicts")[verdict]


def _side_by_side(one: pd.DataFrame, other: pd.DataFrame, keys: list[str], how: str) -> pd.DataFrame:
    return one.merge(other, on=keys, how=how, suffixes=("_a", "_b")).sort_values(keys, ignore_index=True)


def _settings(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> pd.DataFrame:
    frames = [_with_covariates(found) for found in (one, other)]
    frame = _side_by_side(*frames, ["setting"], "outer").rename(columns={"value_a": "a", "value_b": "b"})
    frame = frame.fillna("")
    return frame[frame["a"] != frame["b"]].reset_index(drop=True)


def _with_covariates(found: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The settings of a variant, and what its models hold in the end."""
    settings = found[tables.MODEL_SETTINGS.name]
    held = covariates.fitted(found[tables.MODEL_TERMS.name], fitted_model.model_of(settings))
    row = pd.DataFrame({"setting": ["covariates in the models"], "value": [", ".join(held)]})
    return pd.concat([settings, row], ignore_index=True)


def _models(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return _side_by_side(_model(one), _model(other), MODEL_KEYS, "outer")


def _model(found: dict[str, pd.DataFrame]) -> pd.DataFrame:
    units, terms = found[tables.REFERENCE.name], found[tables.MODEL_TERMS.name]
    states = units[units["trait"] == ALL].drop_duplicates(MODEL_KEYS)[[*MODEL_KEYS, "model"]]
    variances = terms[terms["term"].isin(["sigma2", "tau2"])].pivot(index=MODEL_KEYS, columns="term", values="estimate")
    variances = variances.reindex(columns=["sigma2", "tau2"]).rename_axis(columns=None).reset_index()
    return states.merge(variances, on=MODEL_KEYS, how="left")


def _terms(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> pd.DataFrame:
    keys = [*MODEL_KEYS, "term"]
    frames = (found[tables.MODEL_TERMS.name][[*keys, "estimate", "se"]] for found in (one, other))
    frame = _side_by_side(*frames, keys, "outer")
    frame["difference"] = frame["estimate_b"] - frame["estimate_a"]
    return frame.assign(in_se=frame["difference"] / frame["se_a"].where(frame["se_a"] > 0))


def _schools(found: dict[str, pd.DataFrame]) -> pd.DataFrame:
    units = found[tables.REFERENCE.name]
    return units[units["trait"] == ALL].drop(columns=["trait", "value"])


def _large(one: pd.DataFrame, other: pd.DataFrame, least: int) -> tuple[tuple[pd.DataFrame, pd.DataFrame], int, int]:
    """The units of which no pupil's value can be seen: large enough, and with the same pupils or quite some others."""
    n = _side_by_side(*(frame[[*_UNIT, "n_pupils"]] for frame in (one, other)), _UNIT, "outer")
    n[["n_pupils_a", "n_pupils_b"]] = n[["n_pupils_a", "n_pupils_b"]].fillna(0).astype("int64")
    few = (n[["n_pupils_a", "n_pupils_b"]].replace(0, least).min(axis=1) < least).to_numpy()
    differ = (n["n_pupils_a"] - n["n_pupils_b"]).abs().between(1, least - 1).to_numpy()
    kept = n.loc[~(few | differ), _UNIT]
    n_other = int((n["n_pupils_a"] != n["n_pupils_b"]).sum())
    return tuple(frame.merge(kept, on=_UNIT) for frame in (one, other)), int((few | differ).sum()), n_other


def _effects(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    frames = (each.loc[each["effect"].notna(), [*_UNIT, "n_pupils", "effect", "effect_se"]] for each in (one, other))
    frame = _side_by_side(*frames, _UNIT, "inner")
    return frame.assign(difference=frame["effect_b"] - frame["effect_a"])


def _words(units: pd.DataFrame, found: dict[str, pd.DataFrame], settings: Settings) -> pd.DataFrame:
    """The words of every step and of all steps of a domain together, by the rules and the rounding of the reports."""
    report = _report(units[units["school_year"] == units["school_year"].max()], found)
    sector = report.drop_duplicates("brinvest").set_index("brinvest")["sector"]
    report, pooled = ranking.judged(report, pooled_table.together([report], sector, settings.ranking))
    band = fitted_model.model_of(found[tables.MODEL_SETTINGS.name]).similar_band
    rule = Rule(band, settings.ranking.false_discovery_rate)
    words, rows = texts("verdicts"), []
    lasting = slices.figures_of(Pooled, pooled)
    for brinvest, results in slices.figures_of(ReportRow, report).items():
        told = [*results, *overall(results, lasting[brinvest])]
        judged = ((getattr(each, "step", ALL_STEPS), each.domain, rule.verdict(each, REFERENCE)) for each in told)
        # A step on two scales has a figure on each: the reports tell both.
        rows += [
            (brinvest, results[0].school_year, domain, step, words[verdict or "none"])
            for step, domain, verdict in dict.fromkeys(judged)
        ]
    frame = pd.DataFrame(rows, columns=[*_WORD, "word"])
    return frame.groupby(_WORD)["word"].agg(" / ".join).reset_index()


def _report(units: pd.DataFrame, found: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Table `report` as it would be of these units, were all shown: figures and intervals, rounded."""
    figures, national = (found[table.name] for table in (tables.FIGURES, tables.NATIONAL))
    of_school = figures.loc[figures["trait"] == ALL, [*_UNIT, "standardised", "standardised_se"]]
    country = national.rename(columns={"mean_growth": "national_mean"})
    country = country.loc[country["trait"] == ALL, [*MODEL_KEYS, "national_mean"]]
    frame = units.merge(of_school, on=_UNIT).merge(country, on=MODEL_KEYS)
    for name, decimals in {"mean_growth": 1, "standardised": 2, "effect": 1}.items():
        margin = Z95 * frame[f"{name}_se"]
        frame[f"{name}_low"], frame[f"{name}_high"] = frame[name] - margin, frame[name] + margin
        ends = [name, f"{name}_low", f"{name}_high"]
        frame[ends] = frame[ends].round(decimals)
    frame["national_mean"] = frame["national_mean"].round(1)
    report = frame.reindex(columns=[*shown_tables.REPORT.column_names, "sector"])
    return report.assign(trait=ALL, value=ALL, status="shown")
