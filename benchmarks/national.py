"""A national release of a fictitious country, beside the loop of commands that it replaces (`benchmarks.naive`).

Everything here begins after validation and analysis, which the loop needs as much and which have a benchmark of their
own. The time of `nco release` is that of the whole command: its start, the reports of all schools and boards, the
checks, the explanation of the round, the index and the publication. The loop makes only some of these reports, evenly
spread from the one with the least to show to the one with the most, so it is compared report by report.
"""

import json
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from nco.demo.country import country_files
from nco.render import quarto

from . import naive, watched

ROUND, SEED, WORKERS = "2022E", 6, 2
SIZES = (50, 1_000)
LOOPED = 6  # reports that the naive loop makes: it takes a quarter of a minute for each
SECONDS, GIGABYTES, REPEATED = 0.6, 1.5, 5
GOALS = {"embedded": 10, "quarto": 20}  # times faster than the naive loop with that engine
STRAIGHT = 10  # per cent

Row = tuple[str, str, str]


@dataclass(frozen=True)
class Country:
    """A fictitious country in a folder: its data, and its release."""

    schools: int
    folder: Path

    @property
    def data(self) -> Path:
        """Its register, background, exports and tables."""
        return self.folder / "data"

    @property
    def published(self) -> Path:
        """Its release."""
        return self.folder / "out" / ROUND

    def analyse(self) -> watched.Run:
        """Bring its analysis up to date, in a process of its own."""
        code = (
            f"from nco.release import round_pipeline as rounds; from pathlib import Path; "
            f"rounds.up_to_date({ROUND!r}, Path(sys.argv[1]))"
        )
        return watched.run([sys.executable, "-c", f"import sys; {code}", self.data])

    def release(self) -> tuple[watched.Run, dict]:
        """Release it; return what that took and what the command says."""
        command = [sys.executable, "-m", "nco", "release", ROUND, "--data", self.data, "--json"]
        options = ["--out", self.published.parent, "--engine", "embedded", "--workers", WORKERS]
        run = watched.run([*command, *options])
        return run, json.loads(run.output)

    def spread(self, n: int) -> list[Path]:
        """The slices of n of its schools and boards, from small to large and evenly apart."""
        made = {path.parent.name for path in self.published.glob("*/*/report.xlsx")}
        slices = [path for path in (self.data / ROUND / "slices").glob("*.json") if path.stem in made]
        slices.sort(key=lambda path: (path.stat().st_size, path.name))
        return [slices[(2 * turn + 1) * len(slices) // (2 * n)].resolve() for turn in range(min(n, len(slices)))]


def measure(sizes: Sequence[int] = SIZES) -> Iterator[Row]:
    """Yield (what, measured, goal) for countries of these numbers of schools, from small to large."""
    paces = []
    with tempfile.TemporaryDirectory(prefix="nco-bench-") as folder:
        for size in sorted(sizes):
            country = Country(size, Path(folder) / str(size))
            country_files.write_country(country.data, size, SEED, rounds=(ROUND,))
            analysis = country.analyse()
            run, said = country.release()
            paces.append(_Pace.of(country.published))
            yield from _release(country, analysis, run, said, paces[-1])
        if len(paces) > 1:
            what = f"a report of {max(sizes):,} schools beside one of {min(sizes):,}"
            yield from _straight(paces[0], paces[-1], what)
        for engine, goal in GOALS.items():
            if engine == "embedded" or quarto.find():
                yield from _beside_the_loop(country, engine, run.seconds / said["made"], goal)
        yield from _again(country)


@dataclass(frozen=True)
class _Pace:
    """Seconds and pages per report."""

    seconds: float
    pages: float

    @classmethod
    def of(cls, published: Path) -> "_Pace":
        """Once the workers run: from the first report to the last, by the times of their workbooks."""
        times = sorted(path.stat().st_mtime for path in published.glob("*/*/report.xlsx"))
        reports = json.loads((published / "manifest.json").read_text(encoding="utf-8"))["reports"]
        pages = mean(report["counts"]["pages"] for report in reports if report["files"])
        return cls((times[-1] - times[0]) / (len(times) - 1), pages)


def _straight(small: _Pace, large: _Pace, what: str) -> Iterator[Row]:
    """A small country has more to hide, so its reports have less in them: they are compared by page too."""
    yield f"{what}: pages", f"{large.pages / small.pages:.2f} times", ""
    yield f"{what}: seconds", f"{large.seconds / small.seconds:.2f} times", ""
    within = f"{1 - STRAIGHT / 100:g} to {1 + STRAIGHT / 100:g}"
    pace = (large.seconds / large.pages) / (small.seconds / small.pages)
    yield f"{what}: seconds per page", f"{pace:.2f} times", within


def _release(country: Country, analysis: watched.Run, run: watched.Run, said: dict, pace: _Pace) -> Iterator[Row]:
    made = said["made"]
    schools = f"{country.schools:,} schools"
    yield f"validation and analysis of {schools}", f"{analysis.seconds:.0f} s, {_gigabytes(analysis.together)}", ""
    per_school = f"{run.seconds / country.schools:.2f} s per school, {run.work / country.schools:.2f} s of work"
    yield f"nco release of {schools}, {WORKERS} workers, all it does", per_school, f"{SECONDS} s"
    yield (
        f"one of its {made:,} reports, of schools and boards",
        f"{pace.seconds:.2f} s, {run.work / made:.2f} s of work, {pace.pages:.0f} pages",
        "",
    )
    yield f"memory of all its processes together, {schools}", _gigabytes(run.together), f"{GIGABYTES} GB"
    yield "largest of its processes", _gigabytes(run.largest), ""
    # The folder of reviewers has the same files under a second name.
    files = {
        status.st_ino: status.st_size for status in (p.stat() for p in country.published.rglob("*") if p.is_file())
    }
    size = sum(files.values())
    yield f"disk, {schools}", f"{size / 1e6 / country.schools:.1f} MB per school", ""


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.2f} GB"


def _beside_the_loop(country: Country, engine: str, seconds: float, goal: float) -> Iterator[Row]:
    """How much longer the naive loop takes for a report than the `seconds` of the release."""
    chosen = country.spread(LOOPED)
    loop = naive.Loop.begin(country.folder / f"loop-{engine}")
    made = [loop.make(each, quarto.find() if engine == "quarto" else None) for each in chosen]
    steps, work = [each for each, _ in made], mean(work for _, work in made)
    parts = ", ".join(f"{step} {mean(each[step] for each in steps):.1f}" for step in steps[0])
    whole = mean(sum(each.values()) for each in steps)
    what = f"naive loop with the {engine} engine, {len(chosen)} reports of the {country.schools:,} schools"
    yield what, f"{whole:.1f} s per report, {work:.1f} s of work ({parts})", ""
    yield f"nco release ({seconds:.2f} s per report, all it does) is faster", f"{whole / seconds:.1f} times", f"{goal}"


def _again(country: Country) -> Iterator[Row]:
    """A release with nothing to do, and one after a score of one school has changed."""
    run, said = country.release()
    what = f"released again with nothing to do, {country.schools:,} schools"
    yield what, f"{run.seconds:.1f} s, {said['made']} made", f"{REPEATED} s for 2,000"
    _change_a_score(country.data)
    run, said = country.release()
    reports = sum(said["reports"].values()) + sum(said["boards"].values())
    measured = f"{run.seconds:.0f} s, {said['made']:,} of {reports:,} reports made again"
    yield f"one score of one school changed, {country.schools:,} schools", measured, ""


def _change_a_score(data: Path) -> None:
    """Make one score of one school a point higher: the one in the middle of its delivery."""
    path = min((data / "exports" / ROUND / "parnassys").glob("*.xml"))
    text = path.read_text(encoding="utf-8")
    scores = list(re.finditer(r"(?<=<oso:vaardigheidsscore>)\d+", text))
    score = scores[len(scores) // 2]
    changed = f"{text[: score.start()]}{int(score[0]) + 1}{text[score.end() :]}"
    path.write_text(changed, encoding="utf-8")
