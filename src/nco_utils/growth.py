"""Growth (leergroei): pairs of consecutive results on one scale, of two cohorts, and their coverage.

Everything is computed on whole numbers that stand for the texts (a country has millions of results); the texts come
back at the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import tables
from .params import Round
from .steps import STEPS, year_before
from .subgroups import starting_thirds

# In this order one of them is kept of a pupil who has several, on several scales.
OUTCOMES = ("growth", "one_moment", "out_of_window", "other_grade", "other_scale")
_GROWTH, _ONE_MOMENT, _OUT_OF_WINDOW, _OTHER_GRADE, _OTHER_SCALE = range(len(OUTCOMES))
_GRADES = range(STEPS.last_grade + 1)
_NAMES = [STEPS.name(later, grade) for later in STEPS.ends for grade in _GRADES]


@dataclass(frozen=True)
class Growth:
    """The pairs of a round (table `growth`) and who is and is not in them (table `coverage`)."""

    pairs: pd.DataFrame
    coverage: pd.DataFrame


@dataclass(frozen=True)
class _Coded:
    """Results with numbers for their texts: `rows` by person (a pupil of a school, in one domain), scale and moment."""

    rows: pd.DataFrame
    persons: pd.DataFrame  # brinvest, pupil_id, domain of each person
    scales: pd.Index
    groups: pd.Index
    moments: pd.Index  # such as 2021-2022M
    outside: pd.DataFrame  # person and moment of the results outside the window of their moment


def pair(
    results: pd.DataFrame, round_: Round, earlier: pd.DataFrame | None = None, outside: pd.DataFrame | None = None
) -> Growth:
    """Pair every pupil's consecutive results of one domain on one scale, for the steps of the round and a year before.

    `results` and `outside` are the tables `results` and `results_outside`; the cohort of the year before is paired from
    `earlier` (`cohorts.Results.year_before`) where it is given, else from `results` too. A step ends in the cohort's
    school year at one of the round's moments and begins one moment earlier. Several results of one moment are
    averaged; of IEP tests the best counts. Two scales, one moment only, or a jaargroep that does not follow the step
    give no growth and are counted. A step of which nobody in the country has both ends (groep 8 takes no E tests, say)
    is no step of the cohort.
    """
    outside = tables.empty(tables.RESULTS_OUTSIDE) if outside is None else outside
    now, before = _coded(results, outside), None
    if earlier is not None:
        before = _coded(earlier, outside)
    years = {round_.school_year: now, year_before(round_.school_year): before or now}
    return _together([_cohort(coded, year, round_.later_moments) for year, coded in years.items()])


def pair_cohorts(
    results: pd.DataFrame, school_years: Sequence[str], later_moments: Sequence[str], outside: pd.DataFrame
) -> Growth:
    """Pair as `pair` does, for the cohorts of these school years and the steps that end at one of these moments."""
    coded = _coded(results, outside)
    return _together([_cohort(coded, year, later_moments) for year in school_years])


def _together(cohorts: list[tuple[pd.DataFrame, pd.DataFrame]]) -> Growth:
    pairs, coverage = (pd.concat(parts, ignore_index=True) for parts in zip(*cohorts, strict=True))
    pairs["start"] = starting_thirds(pairs)
    # One pair of a person, scale and step: see _on_one_scale.
    return Growth(tables.conform(pairs, tables.GROWTH, unique=True), tables.conform(coverage, tables.COVERAGE))


def _coded(results: pd.DataFrame, outside: pd.DataFrame) -> _Coded:
    # In the order of the results: that of the pupils' pseudonyms would let the key into the last digits of every sum.
    both = [pd.concat([results[name], outside[name]], ignore_index=True) for name in ("brinvest", "pupil_id", "domain")]
    person = np.zeros(len(both[0]), dtype="int64")
    for column in both:
        codes, texts = pd.factorize(column)
        person = pd.factorize(person * max(1, len(texts)) + codes)[0]
    first = np.unique(person, return_index=True)[1]
    persons = pd.DataFrame({column.name: column.iloc[first].array for column in both})
    moment, moments = _moments(results, outside)
    n = len(results)
    scale, scales = pd.factorize(results["scale"])
    group, groups = pd.factorize(results["group"])
    rows = pd.DataFrame(
        {
            "person": person[:n],
            "scale": scale.astype("int32"),
            "moment": moment[:n].astype("int32"),
            "grade": results["grade"].to_numpy("int32"),
            "day": results["test_date"].to_numpy("datetime64[D]").astype("int32"),
            "group": group.astype("int32"),
            "score": results["score"].to_numpy("float64"),
            "best": (results["provider"] == "iep").to_numpy(bool),
        }
    )
    misplaced = pd.DataFrame({"person": person[n:], "moment": moment[n:]})
    return _Coded(_one_a_moment(rows), persons, scales, groups, moments, misplaced)


def _moments(results: pd.DataFrame, outside: pd.DataFrame) -> tuple[np.ndarray, pd.Index]:
    year, moment = (
        pd.factorize(pd.concat([frame[name] for frame in (results, outside)], ignore_index=True))
        for name in ("school_year", "moment")
    )
    names = [f"{one}{other}" for one in year[1] for other in moment[1]]
    return year[0] * len(moment[1]) + moment[0], pd.Index(names, dtype="str")


def _one_a_moment(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per person, scale and moment: the mean score, or the best of an IEP test; of the class the last."""
    place = rows["person"] * (rows["scale"].max() + 1 if len(rows) else 1) + rows["scale"]
    place = (place * (rows["moment"].max() + 1 if len(rows) else 1) + rows["moment"]).to_numpy()
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.diff(place[order], prepend=-1))
    ends = np.append(starts[1:], len(rows)) - 1
    ordered = rows.take(order).reset_index(drop=True)
    merged = ordered if len(starts) == len(rows) else ordered.take(ends).reset_index(drop=True)
    merged = merged.assign(n_results=(ends - starts + 1).astype("int32"))
    if (merged["n_results"] > 1).any():
        score = ordered["score"].to_numpy()
        mean, best = np.add.reduceat(score, starts) / merged["n_results"], np.maximum.reduceat(score, starts)
        merged["score"] = mean.where(~merged["best"], best)
        for name in ("grade", "day"):
            merged[name] = np.maximum.reduceat(ordered[name].to_numpy(), starts)
    return merged.drop(columns="best")


def _cohort(coded: _Coded, school_year: str, later_moments: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the pairs and the coverage of one cohort."""
    pupils = pd.concat([_one_step(coded, school_year, later) for later in later_moments], ignore_index=True)
    domain, domains = pd.factorize(coded.persons["domain"])
    # A number for every step and domain.
    pupils["kind"] = pupils.pop("step") * max(1, len(domains)) + domain[pupils["person"].to_numpy()]
    kinds = pd.DataFrame([(step, name) for step in _NAMES for name in domains], columns=["step", "domain"], dtype="str")
    pupils = _in_use(pupils)
    counts = _count(pupils, coded, kinds).assign(school_year=school_year)
    paired = pupils[pupils["outcome"] == _GROWTH]
    persons = coded.persons.iloc[paired["person"].to_numpy()]
    texts = {
        "brinvest": persons["brinvest"].array,
        "pupil_id": persons["pupil_id"].array,
        "domain": persons["domain"].array,
        "step": kinds["step"].array[paired["kind"].to_numpy()],
        "scale": pd.array(coded.scales, dtype="str")[paired["scale"].to_numpy("int64")],
        "group": pd.array(coded.groups, dtype="str").take(paired["group"].to_numpy("int64"), allow_fill=True),
        "school_year": pd.array([school_year], dtype="str")[np.zeros(len(paired), dtype=int)],
    }
    return paired.assign(**texts, start=None)[tables.GROWTH.column_names], counts


def _one_step(coded: _Coded, school_year: str, later: str) -> pd.DataFrame:
    """Every person (and scale, where growth) with a result at either end of the steps that end at `later`.

    Nobody where the country has no results at one of the ends: that is no step.
    """
    numbers = [int(found) for found in coded.moments.get_indexer(list(STEPS.ends_of(later, school_year)))]
    before, after = (coded.rows[coded.rows["moment"] == number] for number in numbers)
    grade_step = int(STEPS.over_summer(later))
    frame = _on_one_scale(before, after, grade_step, len(coded.scales))
    if not before.empty and not after.empty:
        others = _without_pair(before, after, frame, grade_step, coded, numbers)
        frame = pd.concat([frame, others], ignore_index=True)
        frame = frame[frame["grade"].between(STEPS.first_grade + grade_step, STEPS.last_grade)]
    return frame.assign(step=frame["grade"] + len(_GRADES) * STEPS.ends.index(later))


def _on_one_scale(before: pd.DataFrame, after: pd.DataFrame, grade_step: int, n_scales: int) -> pd.DataFrame:
    at = [(frame["person"] * n_scales + frame["scale"]).to_numpy() for frame in (before, after)]
    _, i, j = np.intersect1d(*at, assume_unique=True, return_indices=True)
    one, other = before.iloc[i].reset_index(drop=True), after.iloc[j].reset_index(drop=True)
    follows = (other["grade"] - one["grade"] == grade_step).to_numpy()
    return pd.DataFrame(
        {
            "person": other["person"],
            "scale": other["scale"],
            "group": other["group"],
            "grade": other["grade"],
            "outcome": np.where(follows, _GROWTH, _OTHER_GRADE),
            "score_before": one["score"],
            "score_after": other["score"],
            "growth": other["score"] - one["score"],
            "days_between": other["day"] - one["day"],
            "n_results": 0,
        }
    )


def _without_pair(
    before: pd.DataFrame, after: pd.DataFrame, paired: pd.DataFrame, grade_step: int, coded: _Coded, numbers: list[int]
) -> pd.DataFrame:
    """The persons of whom no two results are on one scale, with the reason and their number of results."""
    has_pair = np.zeros(len(coded.persons), dtype=bool)
    has_pair[paired["person"]] = True
    ends = [
        frame[~has_pair[frame["person"]]].groupby("person").agg(grade=("grade", "max"), n_results=("n_results", "sum"))
        for frame in (before, after)
    ]
    pupils = ends[0].join(ends[1], how="outer", suffixes=("_before", "_after"))
    lacks = [pupils[f"grade_{end}"].isna() for end in ("before", "after")]
    outcome = (lacks[0] | lacks[1]).map({True: _ONE_MOMENT, False: _OTHER_SCALE})
    for lacking, moment in zip(lacks, numbers, strict=True):
        misplaced = coded.outside.loc[coded.outside["moment"] == moment, "person"] if moment >= 0 else []
        outcome = outcome.mask(lacking & pupils.index.isin(misplaced), _OUT_OF_WINDOW)
    grade = pupils["grade_after"].fillna(pupils["grade_before"] + grade_step)
    n_results = pupils[["n_results_before", "n_results_after"]].sum(axis=1)
    frame = pd.DataFrame({"grade": grade, "outcome": outcome, "n_results": n_results}).astype("int64")
    return frame.rename_axis("person").reset_index()


def _in_use(pupils: pd.DataFrame) -> pd.DataFrame:
    """Keep the steps and domains of which somebody has a result at both ends."""
    both = ~pupils["outcome"].isin((_ONE_MOMENT, _OUT_OF_WINDOW))
    return pupils[pupils["kind"].isin(pupils.loc[both, "kind"].unique())]


def _count(pupils: pd.DataFrame, coded: _Coded, kinds: pd.DataFrame) -> pd.DataFrame:
    """Count pupils by outcome; a pupil with growth on two scales of one domain counts once."""
    person, kind, outcome = (pupils[name].to_numpy("int64") for name in ("person", "kind", "outcome"))
    at = (person * max(1, len(kinds)) + kind) * len(OUTCOMES) + outcome
    order = np.argsort(at, kind="stable")
    once = order[np.flatnonzero(np.diff(at[order] // len(OUTCOMES), prepend=-1))]
    school, schools = pd.factorize(coded.persons["brinvest"])
    place = school[person[once]] * max(1, len(kinds)) + kind[once]
    size = max(1, len(schools)) * max(1, len(kinds))
    frame = pd.DataFrame({"n_pupils": np.bincount(place, minlength=size)})
    for code, name in enumerate(OUTCOMES):
        frame[f"n_{name}"] = np.bincount(place[outcome[once] == code], minlength=size)
    results = np.where(outcome[once] == _OTHER_SCALE, pupils["n_results"].to_numpy("int64")[once], 0)
    frame["n_results_other_scale"] = np.bincount(place, weights=results, minlength=size).astype("int64")
    frame = frame[frame["n_pupils"] > 0]
    number, kind = np.divmod(frame.index.to_numpy(), max(1, len(kinds)))
    frame["brinvest"] = pd.array(schools, dtype="str")[number]
    for name in ("domain", "step"):
        frame[name] = kinds[name].array[kind]
    return frame.sort_values(["brinvest", "domain", "step"], ignore_index=True)
