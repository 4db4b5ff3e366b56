import shutil

import pytest

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
    params.load.cache_clear()
    params._file.cache_clear()
    yield tmp_path / "params"
    params.load.cache_clear()
    params._file.cache_clear()


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
        params.load()


def test_an_unknown_round_is_refused_with_the_rounds_there_are():
    with pytest.raises(UnusableInput, match=r"2031X.*2022E"):
        params.load().round("2031X")


def test_a_folder_without_params_is_no_project(tmp_path, monkeypatch):
    monkeypatch.setenv("NCO_PROJECT", str(tmp_path))
    with pytest.raises(UnusableInput, match="NCO_PROJECT"):
        params.project_root()


def test_every_text_is_found_for_every_status_and_model_state():
    from nco_utils import tables

    texts = params.texts("nl")
    assert set(tables.REPORT_STATES) - {"shown"} <= set(texts["hidden"])
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
        ("scholen: {chapters: [samenvatting]}\nboard: {chapters: [bestuur]}", "reports.scholen"),
    ],
)
def test_a_chapter_that_does_not_exist_is_found_when_the_settings_are_read(whole_project, text, words):
    (whole_project / "reports.yml").write_text(text)
    with pytest.raises(UnusableInput, match=words):
        params.load()


@pytest.mark.parametrize("code", ["register", "exports", "../2022E", "2022E/published", ".work", "2022", ""])
def test_a_round_cannot_have_the_name_of_another_folder(whole_project, code):
    path = whole_project / "rounds.yml"
    path.write_text(path.read_text().replace("  2022M:", f'  "{code}":'))
    with pytest.raises(UnusableInput, match=r"rounds\."):
        params.load()
