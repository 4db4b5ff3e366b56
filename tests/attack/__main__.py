"""Attack the releases of some rounds: `python -m tests.attack DATA OUT ROUND...`; exit code 1 when it finds anything.

Figures come from the published workbooks in OUT. From DATA comes what the attack takes a reader to know or to infer:
who each figure is about, and which hidden groups are the same as before.
"""

import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from nco.base import all_settings
from nco.disclosure import categories as disclosure
from nco.disclosure import shown_tables
from nco.disclosure.levels import LEVELS
from nco.register import enrolment
from nco.register.delivery_tables import DOMAIN_SCORES
from nco_utils import tables
from nco_utils.data_folder import PUBLISHED
from tests.attack import categories, changes, cost, counts, levels, published, references, scores
from tests.support.publishing import public, shown_sets


@dataclass(frozen=True)
class Attacked:
    """What the attack found, and how much it tried.

    scores: groups of pupils of whom too much follows from steps, parts and releases. counts: hidden numbers that are
    open too little, with who finds them. levels: groups that quantiles of scores place. categories: groups that shares
    by category tell of. changes: counts that two releases tell with a few pupils' difference. references: how far
    reference values explain begin scores, by step and release; told, not judged: of some dozens of schools chance
    explains a little of a few steps.
    """

    scores: list[scores.Found]
    counts: list[tuple]
    levels: list[levels.Found]
    categories: list[categories.Found]
    changes: pd.DataFrame
    references: pd.DataFrame
    figures: int
    pools: int

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        nobody = not self.scores and not self.counts and not self.levels and not self.categories
        return nobody and self.changes.empty


def attack(data: Path, out: Path, rounds: list[str]) -> Attacked:
    """Attack what was released of `rounds`, in order."""
    folders = [(code, _released(data / code)) for code in rounds]
    shown = [published.figures(out / code).assign(release=code) for code in rounds]
    figures, members = shown_sets(folders)
    figures = _as_published(figures, pd.concat(shown, ignore_index=True))
    limits = {code: (scale.lowest, scale.highest) for code, scale in all_settings.load().scales.items()}
    found = scores.found(figures, members, limits)
    releases = [public(data, code, folder) for code, folder in folders]
    pools = counts.pools(releases)
    narrow = [each for pool in pools for each in counts.found([release.of_pool(pool) for release in releases])]
    reports = [tables.read(shown_tables.REPORT, folder) for _, folder in folders]
    whole = [report[report["trait"] == tables.ALL] for report in reports]
    denominations = enrolment.read_register(data).schools.set_index("brinvest")["denomination"]
    explained = pd.concat(
        references.explained(report, tables.read(tables.FIGURES, data / code), denominations)
        for report, code in zip(reports, rounds, strict=True)
    )
    placed = levels.found(_with_levels(reports, rounds), members, all_settings.load().profile.protected_ranks)
    shares = categories.found([_categories(data / code, folder) for code, folder in folders])
    return Attacked(found, narrow, placed, shares, changes.few_apart(whole), explained, len(figures), len(pools))


def _with_levels(reports: list[pd.DataFrame], rounds: list[str]) -> pd.DataFrame:
    """What the releases show, with quantiles of scores."""
    shown = [each[each["status"] == "shown"].assign(release=code) for each, code in zip(reports, rounds, strict=True)]
    return pd.concat(shown)[["release", *tables.UNIT_KEYS, *LEVELS]]


def _categories(validated: Path, released: Path) -> categories.Told:
    """What a release tells by category, and of whom: of the results of its round."""
    report, pairs = (tables.read(table, released) for table in (shown_tables.REPORT, tables.GROWTH))
    of_round = (tables.read(tables.RESULTS, validated), tables.read(DOMAIN_SCORES, validated))
    shares = disclosure.of_pupils(*of_round, report["school_year"].max())
    shown = report.loc[(report["trait"] == tables.ALL) & (report["status"] == "shown"), tables.BLOCK_KEYS]
    grown = pairs.merge(shown.drop_duplicates(), on=tables.BLOCK_KEYS)
    grown = grown[grown["school_year"] == report["school_year"].max()]
    at = grown.assign(moment=grown["step"].str.split("-").str[1].str[0])
    members = at.merge(shares, on=["brinvest", "pupil_id", "domain", "scale", "moment"])
    return categories.Told(
        tables.read(shown_tables.CATEGORIES, released),
        members[[*tables.BLOCK_KEYS, "category", "pupil_id"]],
        grown[[*tables.BLOCK_KEYS, "pupil_id"]],
    )


def _released(folder: Path) -> Path:
    """The tables of what was last released of a round."""
    kept = sorted((folder / PUBLISHED).glob("[0-9]*"), key=lambda path: int(path.name))
    return kept[-1] if kept else folder


def _as_published(figures: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    """The sets that are shown, with the begin scores as the workbooks have them; raises where these show others."""
    on = ["release", "brinvest", "school_year", "step", "domain", "trait", "value"]
    told = shown[[*on, "mean_before_low", "mean_before_high"]].drop_duplicates(on)
    both = figures.drop(columns=["mean_before_low", "mean_before_high"]).merge(told, on=on, how="left", indicator=True)
    strange = told.merge(figures[on].drop_duplicates(), on=on, how="left", indicator=True)["_merge"] == "left_only"
    if strange.any():
        raise ValueError(f"{int(strange.sum())} figures of the workbooks are not in the tables of the release.")
    for name in ("mean_before_low", "mean_before_high"):
        both[name] = pd.to_numeric(both[name])
    return both.drop(columns="_merge")


def main(data: str, out: str, *rounds: str) -> int:
    """Print what an attack finds."""
    found = attack(Path(data), Path(out), list(rounds))
    print(f"{found.figures:,} figures of {len(rounds)} releases, {found.pools:,} pools.")
    print(f"Groups of {scores.FEW} or fewer pupils: {len(found.scores)}")
    if found.scores:
        print(pd.DataFrame([asdict(each) for each in found.scores]).groupby(["what", "pupils"])["width"].describe())
    print(f"Hidden numbers of pupils: {len(found.counts)}")
    print(f"Groups that quantiles of scores place: {len(found.levels)}")
    print(f"Groups that shares by category tell of: {len(found.categories)}")
    print(f"Counts that differ by a few between releases: {len(found.changes)}")
    if not (explained := found.references["explained"]).empty:
        print(f"Of begin scores reference values explain {explained.median():.3f}, at most {explained.max():.3f}")
    for code in rounds:
        print(f"Pupils' figures of {code} that protection costs:\n{cost.lost(Path(data) / code).round(4)}")
    return 0 if found.clean else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
