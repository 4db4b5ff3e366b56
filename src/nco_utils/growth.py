"""Growth (leergroei): pairs of consecutive results on one scale, their coverage and national means."""

from dataclasses import dataclass

import pandas as pd

from . import tables
from .params import Round

PUPIL_DOMAIN = ["brinvest", "pupil_id", "domain"]


@dataclass(frozen=True)
class Growth:
    """The pairs of a round (table `growth`) and who is and is not in them (table `coverage`)."""

    pairs: pd.DataFrame
    coverage: pd.DataFrame


def pair(results: pd.DataFrame, round_: Round) -> Growth:
    """Pair every pupil's consecutive results of one domain on one scale, for the steps of the round.

    `results` is the canonical table. A step ends in the round's school year at one of its moments
    and begins one moment earlier. Several results of one moment are averaged; of IEP tests the best
    counts. Two scales, one moment only, or a jaargroep that does not follow the step give no growth
    and are counted. A step of which nobody in the country has both ends (groep 8 takes no E tests, say)
    is no step of the round.
    """
    moments = _per_moment(results)
    frames = [_one_step(moments, round_.school_year, later) for later in round_.later_moments]
    pupils = _in_use(pd.concat(frames, ignore_index=True))
    paired = pupils[pupils["outcome"] == "growth"]
    return Growth(
        pairs=tables.conform(paired, tables.GROWTH),
        coverage=tables.conform(_count(pupils), tables.COVERAGE),
    )


def national(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return table `national`: per step, domain and scale the mean over pupils and three spreads.

    `sd_within` pools the deviations from the school means over n - J degrees of freedom; it and
    `sd_schools` are empty where there are too few schools or pupils to have them.
    """
    keys = ["step", "domain", "scale"]
    by_step = pairs.groupby(keys)["growth"]
    schools = pairs.groupby([*keys, "brinvest"])["growth"]
    school_means = schools.mean().groupby(keys)
    squares = (pairs["growth"] - schools.transform("mean")).pow(2).groupby([pairs[key] for key in keys]).sum()
    n, n_schools = by_step.size(), school_means.size()
    freedom = (n - n_schools).where(n > n_schools)
    frame = pd.DataFrame(
        {
            "n_pupils": n,
            "n_schools": n_schools,
            "mean_growth": by_step.mean(),
            "sd_pupils": by_step.std(ddof=1),
            "sd_within": (squares / freedom).pow(0.5),
            "sd_schools": school_means.std(ddof=1),
        }
    )
    return tables.conform(frame.reset_index(), tables.NATIONAL)


def _per_moment(results: pd.DataFrame) -> pd.DataFrame:
    """One row per pupil, domain, scale and moment: the mean score, or the best of an IEP test."""
    keys = [*PUPIL_DOMAIN, "scale", "provider", "school_year", "moment"]
    # In the order of the results: that of the pupils' pseudonyms would let the key into the last digits of every sum.
    grouped = results.groupby(keys, as_index=False, sort=False)
    frame = grouped.agg(
        mean=("score", "mean"),
        best=("score", "max"),
        grade=("grade", "max"),
        test_date=("test_date", "max"),
        n_results=("score", "size"),
    )
    frame["score"] = frame["mean"].where(frame["provider"] != "iep", frame["best"])
    return frame.drop(columns=["mean", "best", "provider"])


def _one_step(moments: pd.DataFrame, school_year: str, later: str) -> pd.DataFrame:
    """Every pupil, domain (and scale, where growth) with a result at either end of the steps ending at `later`."""
    earlier = "E" if later == "M" else "M"
    earlier_year = _year_before(school_year) if later == "M" else school_year
    before = moments[(moments["moment"] == earlier) & (moments["school_year"] == earlier_year)]
    after = moments[(moments["moment"] == later) & (moments["school_year"] == school_year)]
    on_scale = before.merge(after, on=[*PUPIL_DOMAIN, "scale"], suffixes=("_before", "_after"))
    grade_step = 1 if later == "M" else 0
    follows = on_scale["grade_after"] - on_scale["grade_before"] == grade_step
    on_scale["outcome"] = follows.map({True: "growth", False: "other_grade"})
    on_scale["grade"] = on_scale["grade_after"]
    on_scale["growth"] = on_scale["score_after"] - on_scale["score_before"]
    on_scale["days_between"] = (on_scale["test_date_after"] - on_scale["test_date_before"]).dt.days
    frame = pd.concat([on_scale, _without_pair(before, after, on_scale, grade_step)], ignore_index=True)
    first = (frame["grade"] - grade_step).astype("str")
    frame["step"] = earlier + first + "-" + later + frame["grade"].astype("str")
    frame["school_year"] = school_year
    return frame[frame["grade"].between(1 + grade_step, 8)]


def _in_use(pupils: pd.DataFrame) -> pd.DataFrame:
    """Keep the steps and domains of which somebody has a result at both ends."""
    both = (pupils["outcome"] != "one_moment").groupby([pupils["step"], pupils["domain"]]).transform("any")
    return pupils[both]


def _without_pair(before: pd.DataFrame, after: pd.DataFrame, paired: pd.DataFrame, grade_step: int) -> pd.DataFrame:
    """The pupils of whom no two results are on one scale, with the reason and their number of results."""
    ends = [
        frame.groupby(PUPIL_DOMAIN, as_index=False).agg(grade=("grade", "max"), n_results=("n_results", "sum"))
        for frame in (before, after)
    ]
    pupils = ends[0].merge(ends[1], on=PUPIL_DOMAIN, how="outer", suffixes=("_before", "_after"), indicator="seen")
    pupils["outcome"] = (pupils["seen"] == "both").map({True: "other_scale", False: "one_moment"})
    pupils["grade"] = pupils["grade_after"].fillna(pupils["grade_before"] + grade_step)
    pupils["n_results"] = pupils[["n_results_before", "n_results_after"]].sum(axis=1)
    has_pair = pd.MultiIndex.from_frame(pupils[PUPIL_DOMAIN]).isin(pd.MultiIndex.from_frame(paired[PUPIL_DOMAIN]))
    return pupils.loc[~has_pair, [*PUPIL_DOMAIN, "grade", "outcome", "n_results"]]


def _count(pupils: pd.DataFrame) -> pd.DataFrame:
    """Count pupils by outcome; a pupil with growth on two scales of one domain counts once."""
    keys = ["brinvest", "domain", "step"]
    once = pupils.sort_values("outcome").drop_duplicates([*keys, "pupil_id"])
    counts = once.groupby([*keys, "outcome"]).size().unstack(fill_value=0)
    frame = pd.DataFrame({"n_pupils": counts.sum(axis=1)})
    for outcome in ("growth", "one_moment", "other_scale", "other_grade"):
        frame[f"n_{outcome}"] = counts.get(outcome, 0)
    other = once["n_results"].where(once["outcome"] == "other_scale", 0)
    frame["n_results_other_scale"] = other.groupby([once[key] for key in keys]).sum()
    return frame.reset_index()


def _year_before(school_year: str) -> str:
    first = int(school_year[:4])
    return f"{first - 1}-{first}"
