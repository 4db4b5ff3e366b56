import re
import shutil

import pytest

from nco.base import all_settings, reader_texts
from nco.disclosure import shown_tables
from nco_utils import params
from nco_utils.errors import UnusableInput

NOTEBOOKS = params.project_root() / "notebooks"
RELEASE = (
    "workers: 2\ndisclosure: nco_school\nexport: cbs_export\nreview: none\nreview_seed: 1\n"
    "sample: {largest_changes: 1, most_hidden: 1, random: 1}\n"
    "limits: {report: 9, cell: 9, national_cell: 9, start: 9, end: 9, shown: 9}\n"
)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A copy of params/ that may be spoiled."""
    shutil.copytree(params.project_root() / "params", tmp_path / "params")
    monkeypatch.setenv("NCO_PROJECT", str(tmp_path))
    all_settings.forget()
    yield tmp_path / "params"
    all_settings.forget()


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("rounds.yml", "rounds: [", "rounds.yml is not valid YAML"),
        ("disclosure.yml", "nco_school: {minimum_group: 0}", "disclosure.nco_school.*minimum_group"),
        (
            "release.yml",
            RELEASE.replace("nco_school", "nobody"),
            "release.yml names nobody: no disclosure profile of reports",
        ),
        (
            "release.yml",
            RELEASE.replace("cbs_export", "nco_school"),
            "release.yml names nco_school: no disclosure profile of exports",
        ),
        ("release.yml", f"{RELEASE}speed: 3\n", "release.speed"),
        ("release.yml", RELEASE.replace("review: none", "review: some"), "release.review: .*'all', 'sample' or 'none'"),
        ("release.yml", RELEASE.replace("random: 1", "random: -1"), "release.sample.random"),
        ("release.yml", RELEASE.replace("cell: 9", "cell: 0"), "release.limits.cell"),
        (
            "reference.yml",
            "estimator: random_intercept\nscore_knots: [0.1, 0.5, 0.9]\npupil_traits: [shoe_size]\n"
            "minimum_schools: 20\nminimum_pupils: 200\nsimilar_band: 0.5",
            "shoe_size",
        ),
        (
            "reference.yml",
            "estimator: magic\nscore_knots: [0.1, 0.5, 0.9]\npupil_traits: [sex]\n"
            "minimum_schools: 20\nminimum_pupils: 200\nsimilar_band: 0.5",
            "reference.estimator: Input should be 'random_intercept' or 'ols_cluster'",
        ),
        ("scales.yml", "- a list", "names and values"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(project, file, text, words):
    (project / file).write_text(text)
    with pytest.raises(UnusableInput, match=words):
        all_settings.load()


def test_a_notebook_asks_for_the_settings_of_the_analysis_alone(project):
    for path in project.rglob("*.yml"):
        if path.stem not in ("rounds", "scales", "reference", "subgroups"):
            path.write_text("no: good")
    assert params.load().round("2022E").school_year == "2021-2022"
    with pytest.raises(UnusableInput, match=r"nl\.yml"):
        all_settings.load()


def test_the_settings_of_the_analysis_are_part_of_all_settings():
    every, own = all_settings.load(), params.load()
    assert own == params.Params.model_validate({name: getattr(every, name) for name in params.Params.model_fields})


def test_an_unknown_round_is_refused_with_the_rounds_there_are():
    with pytest.raises(UnusableInput, match=r"2031X.*2022E"):
        all_settings.load().round("2031X")


def test_a_folder_without_params_is_no_project(tmp_path, monkeypatch):
    monkeypatch.setenv("NCO_PROJECT", str(tmp_path))
    with pytest.raises(UnusableInput, match="NCO_PROJECT"):
        params.project_root()


def test_every_text_is_found_for_every_status_and_model_state():
    from nco_utils import tables

    texts = reader_texts.load("nl")
    assert set(shown_tables.REPORT_STATES) - {"shown"} <= set(texts["hidden"])
    assert set(tables.MODEL_STATES) - {"fitted"} <= set(texts["reference"])
    assert set(tables.DOMAINS) == set(texts["domains"])
    assert set(tables.SECTORS) == set(texts["sectors"])


@pytest.fixture
def whole_project(project):
    """As `project`, with the chapters too."""
    shutil.copytree(NOTEBOOKS, project.parent / "notebooks")
    return project


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("school: {chapters: [samenvatting, leergroie]}\nboard: {chapters: [bestuur]}", "notebooks/leergroie.ipynb"),
        ("school: {chapters: [samenvatting]}\nsbo: {chapters: [x1]}\nboard: {chapters: [x2]}", "x1.ipynb, .*x2.ipynb"),
        ("school: {chapters: [samenvatting]}\nboard: {chapters: []}", "reports.board.chapters"),
        ("school: {chapters: [samenvatting, samenvatting]}\nboard: {chapters: [bestuur]}", "twice: samenvatting"),
        ("school: {chapters: [../docs/methode]}\nboard: {chapters: [bestuur]}", "reports.school.chapters"),
        ("school: {chapters: [samenvatting]}", "no report for: board"),
        ("scholen: {chapters: [samenvatting]}\nboard: {chapters: [bestuur]}", "no report for: school"),
    ],
)
def test_a_chapter_that_does_not_exist_is_found_when_the_settings_are_read(whole_project, text, words):
    (whole_project / "reports.yml").write_text(text)
    with pytest.raises(UnusableInput, match=words):
        all_settings.load()


@pytest.mark.parametrize("code", ["register", "exports", "../2022E", "2022E/published", ".work", "2022", ""])
def test_a_round_cannot_have_the_name_of_another_folder(whole_project, code):
    path = whole_project / "rounds.yml"
    path.write_text(path.read_text().replace("  2022M:", f'  "{code}":'))
    with pytest.raises(UnusableInput, match=r"rounds\."):
        all_settings.load()


def changed(project, file: str, old: str, new: str) -> str:
    """What is said when one line of a file of params is another."""
    path = project / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{file} has no {old!r} any more"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UnusableInput) as raised:
        all_settings.load()
    return str(raised.value)


M_WINDOW = 'M: {first: "12-01", last: "02-28"}'
CHANGED = {
    "no window for others": ("rounds.yml", "  default:", "  iep:", "windows.*default must have a window of every"),
    "a moment lacks": ("rounds.yml", f"    {M_WINDOW}\n", "", "windows.*default.*lacks M"),
    "a window in reverse": ("rounds.yml", M_WINDOW, 'M: {first: "02-28", last: "12-01"}', "default.M is from 02-28"),
    "windows that overlap": ("rounds.yml", '"08-01", last: "11-30"', '"08-01", last: "12-05"', "default.B is from"),
    "an end before its begin": ("rounds.yml", '"05-01", last: "10-31"', '"10-31", last: "05-01"', "diataal.M"),
    "a day that is not": ("rounds.yml", '"02-28"', '"02-30"', "windows.default.M.last.*02-30 is no day"),
    "a leap day": ("rounds.yml", '"02-28"', '"02-29"', "02-29 is no day of every year"),
    "two years together": ("rounds.yml", ": 2021-2022", ": 2021-2023", "school_year.*2021-2023 is not two years that"),
    "a year before itself": ("rounds.yml", ": 2021-2022", ": 2022-2021", "rounds.2022M.school_year"),
    "no pattern": ("reading.yml", "    - '#+'", "    - '(?<!x)#+'", "reading.written.damaged.*is no pattern of RE2"),
    "an open bracket": ("reading.yml", "    - '=.*'", "    - '[=.*'", "reading.written.damaged.*is no pattern of RE2"),
    "a pattern of anything": ("reading.yml", "    - '=.*'", "    - '=*'", "fits what is empty too"),
    "bounds of no column": (
        "reading.yml",
        "  size: [1,",
        "  sise: [1,",
        "possible.sise: no table .* has a column sise",
    ),
    "bounds in reverse": ("reading.yml", "[20, 40]", "[40, 20]", "possible.schoolweging must be the lowest"),
    "days of a number": ("reading.yml", "[20, 40]", "[2020-01-01, 2021-01-01]", "schoolweging has other bounds"),
    "no bound": ("reading.yml", "[20, 40]", "[20, .inf]", "reading.possible.schoolweging"),
    "words of no column": ("reading.yml", "    sex: [", "    sexe: [", "columns.words.sexe: no table"),
    "a range in reverse": ("names.yml", "[0xA0, 0xAC]", "[0xAC, 0xA0]", "names.*0xac, 0xa0.* is no range"),
    "a range below": ("names.yml", "[0xA0, 0xAC]", "[-1, 0xAC]", "names.characters"),
    "a range above": ("names.yml", "[0xA0, 0xAC]", "[0xA0, 0x7FFFFFFF]", "names.characters"),
    "no characters": ("names.yml", "[0xA0, 0xAC]", "[0xD700, 0xE000]", "0xD800 to 0xDFFF are no characters"),
    "a quantile twice": (
        "reference.yml",
        "[0.05, 0.275, 0.5, 0.725, 0.95]",
        "[0.5, 0.5, 0.5]",
        "score_knots.*different quantiles",
    ),
    "a width that is no number": ("reference.yml", "similar_band: 0.5", "similar_band: .nan", "reference.similar_band"),
    "a limit without end": ("release.yml", "report: 900", "report: .inf", "release.limits.report"),
}


@pytest.mark.parametrize(("file", "old", "new", "words"), CHANGED.values(), ids=CHANGED)
def test_a_setting_with_which_nothing_can_be_checked_is_refused_when_it_is_read(whole_project, file, old, new, words):
    said = changed(whole_project, file, old, new)
    assert re.search(words, said.replace("\n", " ")), said


@pytest.mark.parametrize("range_", ["[]", "{}"])
@pytest.mark.parametrize(
    ("file", "text"),
    [("rounds.yml", "windows: {{}}\nrounds: {}\n"), ("names.yml", "characters: {}\n"), ("scales.yml", "{}\n")],
)
def test_empty_lists_of_what_there_must_be_are_refused(whole_project, file, text, range_):
    (whole_project / file).write_text(text.format(range_), encoding="utf-8")
    with pytest.raises(UnusableInput, match=file[:-4]):
        all_settings.load()


def test_a_scale_without_a_score_is_refused(whole_project):
    path = whole_project / "scales.yml"
    lowest = re.search(r"lowest: *[-0-9.]+", path.read_text(encoding="utf-8")).group()
    assert "lowest must be less than highest" in changed(whole_project, "scales.yml", lowest, "lowest: 90000")
    assert "lowest" in changed(whole_project, "scales.yml", "lowest: 90000", "lowest: .nan")


def test_a_window_may_go_over_new_year_and_late_tests_into_the_next_school_year(whole_project):
    assert all_settings.load().windows["default"]["M"].span == (122, 211)
    assert all_settings.load().windows["diataal"]["E"].span == (273, 456)
