"""A release without the making: reports that are texts, for what comes after the making."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from nco.base import all_settings
from nco.release import dispatch, pages, planning, provenance, release, round_pipeline
from nco.release.store import Store
from nco.reports import kinds
from tests.support.slicing import REPORT, SHOWN, board, report

ROUND = "2022E"
SCHOOLS = ("99AA00", "99AB00", "99AC00")
BOARD = REPORT.board_number


@dataclass
class Office:
    """A round of three schools and their board, released as often as is asked.

    says: what each report says, by subject; another text is another report. fails: subjects whose report fails.
    """

    data: Path
    out: Path
    says: dict[str, str] = field(default_factory=lambda: dict.fromkeys((*SCHOOLS, BOARD), "groei"))
    fails: set[str] = field(default_factory=set)
    n_made: int = 0

    @property
    def request(self) -> planning.Request:
        return planning.Request(ROUND, self.data, self.out, ("html",), engine="embedded")

    def release(self, **other) -> release.Release:
        return release.release(planning.Request(**vars(self.request) | other), lambda *_: None)

    def analysis(self, *_) -> round_pipeline.Analysis:
        made = [
            report([SHOWN], brinvest=name, school_name=f"School {name} {self.says[name]} <b>&", notice="")
            for name in SCHOOLS
        ]
        found = [*map(kinds.facts_of, [*made, board(made, board_name=f"B {self.says[BOARD]}")])]
        origin = provenance.Origin({}, {}, "".join(facts.fingerprint for facts in found), {})
        return round_pipeline.Analysis(tuple(found), (), origin)

    def make(self, planned, request, engine, store: Store, progress, log) -> dict[str, str]:
        for source in planned.sources:
            if source.key not in planned.there and source.subject not in self.fails:
                folder = self.data / "making"
                folder.mkdir(exist_ok=True)
                for name in ("report.html", "report.xlsx", "notebook.html"):
                    (folder / name).write_text(f"{source.subject} {self.says[source.subject]} {name}")
                files = {kind: folder / f"report.{kind}" for kind in ("html", "xlsx")}
                store.put(source.key, files, {"figures": 3}, [folder / "notebook.html"])
                self.n_made += 1
        return dict.fromkeys(self.fails, "chapter leergroei, cell 3 failed with ZeroDivisionError")

    def published(self) -> set[str]:
        """The subjects of which readers find a report."""
        return {path.parent.name for path in (self.out / ROUND).glob("*/*/report.html")}


def open_office(folder: Path, patch: pytest.MonkeyPatch) -> Office:
    """An office in `folder`; what it does itself takes the place of validating, analysing and making."""
    data = folder / "data"
    deliveries = data / ROUND / "leveringsverslag" / "schools"
    deliveries.mkdir(parents=True)
    for name in SCHOOLS:
        (deliveries / f"{name}.html").write_text(f"levering {name}")
    office = Office(data, folder / "out")
    patch.setattr(round_pipeline, "up_to_date", office.analysis)
    patch.setattr(dispatch, "run", office.make)
    patch.setattr(pages, "explanation", lambda *_: {})
    patch.setattr(round_pipeline, "keep_released", lambda *_: None)
    return office


def set_release(patch: pytest.MonkeyPatch, **settings) -> None:
    """Change settings of params/release.yml."""
    now = all_settings.load()
    changed = now.model_copy(update={"release": now.release.model_copy(update=settings)})
    patch.setattr(all_settings, "load", lambda: changed)
