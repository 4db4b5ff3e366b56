"""Slices for tests: one result that may be shown, and schools and boards made of such results."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from scipy.stats import false_discovery_control, norm

from nco.base import all_settings
from nco.reports.blocks import Drawing
from nco.reports.growth.rows import Group, Pooled, ReportRow, by_test, overall, without_points
from nco.reports.growth.slices import BoardSlice, SchoolPart, Slice, Total
from nco.reports.growth.verdicts import Rule
from nco_utils.national import Z95
from nco_utils.params import PAIR_TRAITS, START_TRAIT
from nco_utils.tables import DOMAINS

SETTINGS = all_settings.load()
RULE = Rule(0.5, 0.05)

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
    national_schools=98,
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
        (
            "standardised",
            "standardised_low",
            "standardised_high",
            "national_pupils",
            "national_schools",
            "national_before",
            "national_mean",
        )
    )
    | {"model": "too_few_schools"}
)


def hidden(status: str = "hidden", **facts) -> ReportRow:
    """A result of which nothing may be shown."""
    return replace(ReportRow(**{name: getattr(SHOWN, name) for name in UNIT}), **{"status": status} | facts)


def _p(value: float | None, low: float | None, high: float | None) -> float:
    """The two-sided p-value of a shown difference; 1 where there is none."""
    return 1.0 if low is None else float(2 * norm.sf(abs(value) / max((high - low) / 2, 0.05) * Z95))


def _adjusted(p: dict) -> dict:
    """Benjamini and Hochberg's q-values, of what is known."""
    known = {key: value for key, value in p.items() if value < 1.0}
    return dict(zip(known, false_discovery_control(list(known.values())), strict=True)) if known else {}


def _mean(told: list[tuple[float, float]], name: str) -> dict[str, float]:
    """The mean of values with their standard errors, weighted by precision, and its 95 % interval; nothing of none."""
    told = [(value, se) for value, se in told if se > 0]  # rounding closed the others
    if not told:
        return {}
    weight = np.array([se**-2 for _, se in told])
    value, margin = float(weight @ [value for value, _ in told] / weight.sum()), Z95 * weight.sum() ** -0.5
    return {name: round(value, 2), f"{name}_low": round(value - margin, 2), f"{name}_high": round(value + margin, 2)}


def _se(row: ReportRow) -> float:
    return (row.mean_growth_high - row.mean_growth_low) / 2 / Z95


def groups_of(rows: Iterable[ReportRow], newest: str = YEAR) -> tuple[Group, ...]:
    """The groups of pupils over all steps together, as if steps were independent: the rows of `pooled_groups`."""
    here = [r for r in rows if r.shown and r.school_year == newest and r.mean_growth_low is not None]
    of = {(r.domain, r.scale, r.step, r.trait, r.value): r for r in here}
    made = []
    for domain, scale in dict.fromkeys((r.domain, r.scale) for r in here):
        for trait, split in SETTINGS.subgroups.items():
            for value in split.values if trait not in PAIR_TRAITS else ():
                mine = [r for key, r in of.items() if (*key[:2], *key[3:]) == (domain, scale, trait, value)]
                if not mine:
                    continue
                last = [of.get((domain, scale, r.step, trait, split.values[-1])) for r in mine]
                both = [(r, o) for r, o in zip(mine, last, strict=True) if o and value == split.values[0] != o.value]
                gaps = [(r.mean_growth - o.mean_growth, float(np.hypot(_se(r), _se(o)))) for r, o in both]
                country = [(r.mean_growth - r.national_mean, _se(r)) for r in mine if r.national_mean is not None]
                made.append(
                    Group(
                        domain, scale, trait, value, len(mine), sum(r.n_pupils for r in mine),
                        **_mean(country, "country"), **_mean(gaps, "gap"),
                    )
                )  # fmt: skip
    q = _adjusted({place: _p(g.gap, g.gap_low, g.gap_high) for place, g in enumerate(made)})
    return tuple(replace(group, gap_q=q.get(place)) for place, group in enumerate(made))


def _lasting(rows: list[ReportRow]) -> dict[tuple[str, str], dict]:
    """Every domain over all its steps, as if these were independent: the columns of `pooled`, and `_p` of each."""
    found: dict[tuple[str, str], dict] = {}
    for measure in ("effect", "country"):
        steps: dict[tuple[str, str], list] = {}
        for row in rows:
            value, low, high = (getattr(row, f"{measure}{end}") for end in ("", "_low", "_high"))
            if row.shown and row.trait == "all" and low is not None and high > low:
                steps.setdefault((row.domain, row.scale), []).append((row, value, (high - low) / 2 / Z95))
        for key, told in steps.items():
            weight = np.array([se**-2 for _, _, se in told])
            value, se = float(weight @ [value for _, value, _ in told] / weight.sum()), weight.sum() ** -0.5
            years = {row.school_year for row, *_ in told}
            spread = [row for row, *_ in told if row.standardised_low is not None and row.mean_growth_low is not None]
            sd = _known_mean(
                (row.mean_growth_high - row.mean_growth_low) / (row.standardised_high - row.standardised_low)
                for row in spread
                if row.standardised_high > row.standardised_low
            )
            made = {"": value, "low": value - Z95 * se, "high": value + Z95 * se, "sd": sd}
            made["usual"] = _known_mean(row.national_mean for row, *_ in told if row.national_mean is not None)
            newest = [(value, se) for row, value, se in told if row.school_year == max(row.school_year for row in rows)]
            if newest:
                precise = np.array([se**-2 for _, se in newest])
                year, error = float(precise @ [v for v, _ in newest] / precise.sum()), precise.sum() ** -0.5
                made |= {"year": year, "year_low": year - Z95 * error, "year_high": year + Z95 * error}
            found.setdefault(key, {})[f"{measure}_p"] = _p(value, made["low"], made["high"])
            found[key] |= {f"{measure}_n_steps": len(told), f"{measure}_n_years": len(years)}
            found[key] |= {f"{measure}_{name}".rstrip("_"): v if v is None else round(v, 2) for name, v in made.items()}
            if measure == "country" and sd:
                ends = {"": value, "_low": made["low"], "_high": made["high"]}
                found[key] |= {f"standardised{end}": round(v / sd, 2) for end, v in ends.items()}
    return found


def _known_mean(values: Iterable[float]) -> float | None:
    known = list(values)
    return float(np.mean(known)) if known else None


def judged(
    results: Iterable[ReportRow], others: Iterable[ReportRow] = ()
) -> tuple[tuple[ReportRow, ...], tuple[ReportRow, ...], tuple[Pooled, ...]]:
    """The same figures with the q-values that they have where this is the only report, and the domains as a whole."""
    results, others = list(results), list(others)
    rows = [*results, *others]
    lasting = _lasting(rows)
    newest = max((row.school_year for row in rows), default="")
    p = {
        (place, measure): _p(*(getattr(row, f"{measure}{end}") for end in ("", "_low", "_high")))
        for place, row in enumerate(rows)
        if row.trait == "all" and row.school_year == newest
        for measure in ("effect", "country", "change")
    }
    for key, columns in lasting.items():
        p |= {(key, name): columns.pop(f"{name}_p") for name in ("effect", "country") if f"{name}_p" in columns}
    thirds = _adjusted(
        {
            (place, "country"): _p(row.country, row.country_low, row.country_high)
            for place, row in enumerate(rows)
            if row.trait == START_TRAIT and row.school_year == newest
        }
    )
    q = _adjusted(p) | thirds

    def q_of(row: int) -> dict[str, float | None]:
        return {f"{name}_q": q.get((row, name)) for name in ("effect", "country", "change")}

    made = [replace(row, **q_of(place)) for place, row in enumerate(rows)]
    whole = [
        Pooled(*key, **columns, **{f"{name}_q": q.get((key, name)) for name in ("effect", "country")})
        for key, columns in lasting.items()
    ]
    return tuple(made[: len(results)]), tuple(made[len(results) :]), tuple(whole)


def _told(results: list[ReportRow], others: list[ReportRow], only: bool) -> tuple:
    """What a slice has of rows in points; only: no points are shown of the school. `nco.disclosure.all_tests`."""
    scales: dict[str, set] = {}
    for row in (row for row in (*results, *others) if row.shown and row.trait == "all"):
        scales.setdefault(row.domain, set()).add(row.scale)
    several = [domain for domain, found in scales.items() if len(found) > 1 or only]
    combined = _combined([row for row in (*results, *others) if row.domain in several and row.trait == "all"])
    points, apart, whole = judged(results, [*others, *combined])
    rows = [row for row in apart if row.scale != "all"]
    groups = tuple(each for each in groups_of([*results, *others]) if each.domain not in several)
    groups += groups_of(_in_sd([row for row in (*results, *others) if row.domain in several]))
    if only:
        earlier = tuple(without_points(row) for row in rows if row.trait == "all")
        whole = tuple(each for each in whole if each.scale == "all")
        return tuple(map(without_points, points)), earlier, whole, (), groups
    tests = Counter(_step(r) for r in (*points, *rows) if r.shown and r.trait == "all" and r.standardised is not None)
    both = (_without_growth(row) for row in apart if row.scale == "all" and tests[_step(row)] > 1)
    return points, tuple(rows), whole, tuple(both), groups


def _in_sd(rows: list[ReportRow]) -> list[ReportRow]:
    """The groups of pupils in standard deviations of schools, as of one test; of several the step is told apart."""
    sd = {(_step(row), row.scale): row.sd for row in rows if row.shown and row.trait == "all"}
    made = []
    for row in rows:
        spread = sd.get((_step(row), row.scale))
        if row.trait != "all" and row.shown and spread:
            points = {name: getattr(row, name) for name in _GROWTH if getattr(row, name) is not None}
            made.append(replace(row, scale="all", **{name: value / spread for name, value in points.items()}))
    return made


_GROWTH = ("mean_growth", "mean_growth_low", "mean_growth_high", "national_mean")


def _step(row: ReportRow) -> tuple[str, str, str]:
    return row.domain, row.step, row.school_year


def _combined(rows: Iterable[ReportRow]) -> list[ReportRow]:
    """Every step over all tests, as if its points were standard deviations and the country grew nothing."""
    steps: dict[tuple[str, str, str], list[ReportRow]] = {}
    for row in rows:
        if row.shown and row.standardised is not None:
            steps.setdefault(_step(row), []).append(without_points(row))
    made = []
    for found in steps.values():
        n = np.array([row.n_pupils for row in found])
        value = float(n @ [row.standardised for row in found] / n.sum())
        wide = [(row.standardised_high - row.standardised_low) / 2 for row in found]
        margin = float(np.hypot.reduce(n * wide) / n.sum())
        ends = {"": value, "_low": value - margin, "_high": value + margin}
        told = {f"{name}{end}": round(v, 2) for name in ("standardised", "mean_growth") for end, v in ends.items()}
        facts = {"scale": "all", "n_pupils": int(n.sum()), "national_mean": 0.0, "percent_with_growth": None}
        made.append(replace(found[0], **facts | told))
    return made


def _without_growth(row: ReportRow) -> ReportRow:
    return replace(row, mean_growth=None, mean_growth_low=None, mean_growth_high=None, national_mean=None)


def report(results: Iterable[ReportRow] = (SHOWN,), others: Iterable[ReportRow] = (), **facts) -> Slice:
    """The slice of a school with these results, judged."""
    results, others, whole, all_tests, groups = _told(list(results), list(others), facts.get("sector") == "sbo")
    domains = overall(results, whole, all_tests)
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
        false_discovery_rate=0.05,
        model_terms=("score_before", "sex"),
        estimator="random_intercept",
        results=results,
        others=others,
        overall=domains,
        groups=groups,
        all_tests=all_tests,
        by_test=by_test(results, whole, domains),
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


def with_levels(results: Iterable[ReportRow]) -> list[ReportRow]:
    """The results with quantiles of the score at the later moment, as 25 pupils have them, beside the country's."""
    own = {"level_p25": 38.4, "level_p50": 47.2, "level_p75": 57.9}
    national = {10: 28.1, 25: 36.3, 50: 45.6, 75: 55.2, 90: 64.7}
    country = {f"national_level_p{percentile}": value for percentile, value in national.items()}
    return [replace(result, **own | country) for result in results]


def thirds(results: Iterable[ReportRow], **growth: float) -> list[ReportRow]:
    """The results split by starting score; growth: of a third, where that is not the country's in it."""
    made, country = [], {"laag": 9.1, "midden": 6.6, "hoog": 4.4}
    for result in results:
        for value, national in country.items():
            own = growth.get(value, national)
            ends = {"mean_growth": own, "mean_growth_low": round(own - 3.2, 1), "mean_growth_high": round(own + 3.2, 1)}
            facts = {"trait": START_TRAIT, "value": value, "n_pupils": 8, "national_mean": national}
            made.append(replace(result, **facts, **ends, national_pupils=760, national_schools=40))
    return made


def board(schools: Iterable[Slice], totals: Iterable[Total] = (), **facts) -> BoardSlice:
    """The slice of a board with these schools."""
    schools = list(schools)
    shared = ("round_code", "round_label", "school_year", "export_date", "publication", "board_number", "board_name",
              "notice", "minimum_group", "similar_band", "false_discovery_rate", "model_terms",
              "estimator")  # fmt: skip
    made = BoardSlice(
        kind="board",
        **{name: getattr(schools[0], name) for name in shared},
        schools=tuple(
            SchoolPart(s.brinvest, s.school_name, s.sector, s.results, s.overall, all_tests=s.all_tests)
            for s in schools
        ),
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
