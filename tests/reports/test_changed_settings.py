"""What a researcher may change in params/reference.yml and params/subgroups.yml: from the fit to the report's words."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import pytest
from lxml import html

from nco.base import all_settings, reader_texts
from nco.disclosure import fitted_model, obligations, pooled, pooled_groups, protect, ranking
from nco.reports.growth import slices
from nco.reports.growth.sentences import trait_name
from nco_utils import national as figures
from nco_utils import params, reference, subgroups, tables
from nco_utils.errors import UnusableInput
from nco_utils.params import TRAITS, ReferenceModel, Subgroup
from nco_utils.reference import covariates
from nco_utils.tables import computed as figure_tables
from tests.support import chapters
from tests.support.simulated import Simulated, simulate
from tests.support.slicing import text

SETTINGS = all_settings.load()
MODEL = SETTINGS.reference
ROUND = "2022E"
_LISTS = ("pupil_traits", "pupil_numbers", "school_mean_of", "school_numbers", "school_classes")


@dataclass(frozen=True)
class Made:
    """A country's references, and the slice and the words of its first school's report."""

    references: reference.References
    content: slices.Slice
    told: str


@cache
def country() -> Simulated:
    """A country in which every trait of a pupil is known of most."""
    made = simulate(36, 3, pupils=40)
    pupils = made.known.pupils
    place = pupils.index.to_series()
    minority = (place % 3 == 0).map({True: "ja", False: "nee"}).astype("str")
    ses = (place % 4).map(dict(enumerate(TRAITS["ses_class"]))).astype("str")
    repeated = (place % 2 == 0).map({True: "ja", False: "nee"}).astype("str")
    pupils = tables.conform(pupils.assign(minority=minority, ses_class=ses, repeated_grade=repeated), tables.PUPILS)
    known = covariates.Known(pupils, made.known.schools, made.known.school_traits)
    return Simulated(made.pairs, known, made.effect, made.expected)


def varied(model: ReferenceModel = MODEL, splits: dict[str, Subgroup] = SETTINGS.subgroups) -> all_settings.Settings:
    return SETTINGS.model_copy(update={"reference": model, "subgroups": splits})


def model_with(**changes) -> ReferenceModel:
    """The model of the settings with other settings, as the file would give them: what goes with them goes too."""
    raw = MODEL.model_dump() | changes
    known = {"score_before", *raw["pupil_traits"], *raw["pupil_numbers"]}
    raw["school_mean_of"] = [name for name in raw["school_mean_of"] if name in known]
    return ReferenceModel.model_validate(raw)


def made_with(settings: all_settings.Settings, patch: pytest.MonkeyPatch) -> Made:
    """Everything from the pairs to the words of a report, with these settings."""
    patch.setattr(all_settings, "load", lambda: settings)
    patch.setattr(params, "load", lambda: settings)
    known, pairs, schools = country().known, country().pairs, country().known.schools
    members = subgroups.members(pairs, known.pupils, settings.subgroups)
    national = figures.national(pairs, schools, members)
    units = figures.figures(pairs, schools, national, members, subgroups.minimum_values(settings.subgroups))
    made = reference.references(pairs, units, members, known, settings.reference)
    assert fitted_model.model_of(fitted_model.settings_table(made.model)) == settings.reference
    step = ["brinvest", "school_year", "domain", "step"]
    coverage = pairs.groupby(step).size().rename("n_pupils").reset_index().assign(n_results_other_scale=0)
    coverage = coverage.assign(n_growth=coverage["n_pupils"], **dict.fromkeys(figure_tables.WITHOUT_GROWTH, 0))
    decided = pairs[tables.BLOCK_KEYS].drop_duplicates().assign(decision="new")
    computed = protect.Computed(
        pairs, known.pupils, decided, tables.conform(coverage, tables.COVERAGE), units, made.units, national, schools
    )
    protected = protect.protect(computed, obligations.nothing(known.pupils), settings)
    terms, round_ = covariates.fitted(made.terms, made.model), settings.round(ROUND)
    context = slices.Context(ROUND, round_, "", 6, 0.5, 0.05, terms, made.model.estimator, tuple(settings.reports))
    boards = tables.empty(tables.BOARDS)
    boards.loc[0, ["board_number", "board_name"]] = ["40001", "Stichting Proef"]
    lasting = pooled.together([protected.report], schools.set_index("brinvest")["sector"], settings.ranking)
    report, lasting = ranking.judged(protected.report, lasting)
    groups = pooled_groups.together(report, settings.subgroups, round_.school_year)
    content = next(slices.cut(schools, boards, report, protected.boards, context, lasting, groups=groups))
    return Made(made, content, text(chapters.shown(content)))


def some(cases: Iterable[str], *quick: str) -> list:
    """All cases, of which only some are in the quick run: each takes seconds."""
    assert {*quick} <= {*cases}
    return [pytest.param(case, marks=() if case in quick else pytest.mark.big) for case in cases]


def each_dropped() -> dict[str, dict]:
    """Every covariate left out, one at a time, and every kind of them as a whole."""
    cases = {}
    for name in _LISTS:
        values = getattr(MODEL, name)
        cases |= {f"{name} without {value}": {name: [v for v in values if v != value]} for value in values}
        cases[f"no {name}"] = {name: []}
    return cases | {"the earlier score alone": {name: [] for name in _LISTS}}


@pytest.mark.slow
@pytest.mark.parametrize("case", some(each_dropped(), "pupil_traits without ses_class", "the earlier score alone"))
def test_any_covariate_may_be_dropped_and_the_report_names_the_others(case, monkeypatch):
    model = model_with(**each_dropped()[case])
    made = made_with(varied(model), monkeypatch)
    held = covariates.fitted(made.references.terms, model)
    assert set(held) <= set(model.terms)
    assert made.content.model_terms == held
    assert made.content.results[0].has_reference
    for term in {*MODEL.terms} - {*held}:
        assert trait_name(term) not in re.search(r"letten we op: (.*?)\.", made.told)[1].split(", ")
    for term in held:
        assert trait_name(term) in made.told


@pytest.mark.slow
@pytest.mark.parametrize("name", some([*TRAITS, "months_older", "days_between"], "income"))
def test_a_schools_mean_of_any_trait_or_number_may_be_added(name, monkeypatch):
    model = model_with(school_mean_of=["score_before", name], pupil_traits=[*TRAITS])
    made = made_with(varied(model), monkeypatch)
    assert f"school_mean({name})" in made.content.model_terms
    assert trait_name(f"school_mean({name})") in made.told


FORMS = {
    "least squares": {"estimator": "ols_cluster"},
    "a straight line": {"score_knots": []},
    "two knots are a straight line too": {"score_knots": [0.2, 0.8]},
    "nothing as a logarithm": {"logarithm_of": []},
    "a logarithm of both numbers": {"logarithm_of": ["size", "schoolweging"]},
    "one denomination": {"denominations": ["Openbaar"]},
    "no denominations": {"denominations": []},
    "for every sector": {"not_for": []},
}


@pytest.mark.slow
@pytest.mark.parametrize("form", some(FORMS, "a straight line"))
def test_any_form_of_the_model_gives_a_report_without_a_hole(form, monkeypatch):
    made = made_with(varied(model_with(**FORMS[form])), monkeypatch)
    assert made.content.results[0].has_reference
    assert not re.search(r"\bnan\b|\bNone\b", made.told)


@pytest.mark.slow
def test_without_a_variance_between_schools_the_report_tells_of_no_reliability_and_no_careful_estimate_of_a_step(
    monkeypatch,
):
    usual = made_with(varied(), monkeypatch)
    made = made_with(varied(model_with(estimator="ols_cluster")), monkeypatch)
    assert "Model | met een eigen effect van elke school" in usual.told
    assert "Model | zonder een eigen effect van elke school" in made.told
    assert {each.reliability for each in made.content.shown} == {None}
    assert {each.effect_shrunken for each in made.content.shown} == {None}


def splits() -> dict[str, dict[str, Subgroup]]:
    """Every split that pupils can have added, with all values and with two, and those that are there dropped."""
    there = dict(SETTINGS.subgroups)
    cases = {f"without {name}": {n: s for n, s in there.items() if n != name} for name in there}
    for name, values in TRAITS.items():
        if name not in there:
            cases[f"with {name}"] = there | {name: Subgroup(values=values)}
        cases[f"{name}, first and last"] = {name: Subgroup(values=(values[0], values[-1]))}
        cases[f"{name}, all"] = {name: Subgroup(values=values)}
    return cases | {"none": {}, "classes alone": {"group": Subgroup()}}


@pytest.mark.slow
@pytest.mark.parametrize("case", some(splits(), "with minority", "without sex", "none"))
def test_any_split_of_pupils_may_be_added_or_dropped_and_the_report_shows_those_that_are_there(case, monkeypatch):
    chosen = splits()[case]
    made = made_with(varied(splits=chosen), monkeypatch)
    words = reader_texts.load()["subgroups"]
    shown = {part.trait for part in made.content.parts if part.shown}
    assert shown <= set(chosen)
    if set(chosen) - {"group"}:
        assert f"# {words['heading']}" in made.told
    else:
        assert f"# {words['heading']}" not in made.told
    for group in made.content.groups:
        assert words["names"][group.trait] in made.told.lower()
        assert words["values"][group.trait][group.value] in made.told


@pytest.mark.slow
def test_most_splits_of_a_large_school_are_shown(monkeypatch):
    """Else the test above would look at nothing."""
    made = made_with(
        varied(splits={"sex": SETTINGS.subgroups["sex"], "minority": Subgroup(values=("nee", "ja"))}), monkeypatch
    )
    assert {part.trait for part in made.content.parts if part.shown} == {"sex", "minority"}


@pytest.mark.slow
def test_a_group_that_is_in_no_figure_is_named_as_such(monkeypatch):
    values = ("onder_modaal", "boven_2x_modaal")
    without = made_with(varied(splits={"income": Subgroup(values=values)}), monkeypatch).told
    whole = made_with(varied(splits={"income": Subgroup(values=TRAITS["income"])}), monkeypatch).told
    assert "Niet meegeteld zijn leerlingen uit een gezin met een inkomen tussen modaal" in without
    assert "Niet meegeteld zijn" not in whole


WRONG_MODELS = {
    "a covariate that no pupil has": (
        {"pupil_traits": ("shoe_size",), "school_mean_of": ()},
        "shoe_size.*There are: sex",
    ),
    "a number as a class": ({"pupil_traits": ("months_older",), "school_mean_of": ()}, "names what .*months_older"),
    "the key of a pupil": ({"pupil_traits": ("pupil_id",), "school_mean_of": ()}, "names what .*pupil_id"),
    "a covariate twice": ({"pupil_traits": ("sex", "sex"), "school_mean_of": ()}, "pupil_traits has something twice"),
    "the mean of what was dropped": ({"pupil_traits": ("sex",)}, r"school_mean_of .*ses_class.*out there too"),
    "a number that no school has": ({"school_numbers": ("teachers",)}, "school_numbers"),
    "the other denominations by name": ({"denominations": ("Openbaar", "anders")}, "denominations has .*anders"),
}


@pytest.mark.parametrize("case", WRONG_MODELS)
def test_a_model_that_was_varied_to_what_cannot_be_fitted_is_refused_by_name(case, monkeypatch):
    """`model_copy`, in a cell of the notebook, checks nothing by itself."""
    changes, words = WRONG_MODELS[case]
    with pytest.raises(UnusableInput, match=words):
        made_with(varied(MODEL.model_copy(update=changes)), monkeypatch)


WRONG_SPLITS = {
    "a trait that no pupil has": ("shoe_size: {values: [a, b]}", "shoe_size: is no trait of pupils.*sex.*group"),
    "a number": ("months_older: {values: [a, b]}", "months_older: is no trait"),
    "a value that is not there": ("sex: {values: [jongen, meisjes]}", "sex: has no value meisjes.*jongen, meisje"),
    "those who are unknown": ("minority: {values: [ja, onbekend]}", "minority: has no value onbekend"),
    "one value": ("sex: {values: [jongen]}", "sex: needs at least 2 values"),
    "no values": ("sex: {}", "sex: needs at least 2 values"),
    "a value twice": ("sex: {values: [jongen, jongen]}", "sex: needs at least 2 values"),
    "classes by name": ("group: {values: [5A, 5B]}", "group: takes no values"),
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of its own, of which the settings may be changed."""
    (tmp_path / "notebooks").symlink_to(params.project_root() / "notebooks")
    shutil.copytree(params.project_root() / "params", tmp_path / "params")
    monkeypatch.setenv("NCO_PROJECT", str(tmp_path))
    all_settings.forget()
    yield tmp_path / "params"
    monkeypatch.undo()
    all_settings.forget()


@pytest.mark.parametrize("case", WRONG_SPLITS)
def test_a_split_that_there_cannot_be_is_refused_with_its_file_and_what_there_is(case, project):
    line, words = WRONG_SPLITS[case]
    (project / "subgroups.yml").write_text(f"{line}\n")
    with pytest.raises(UnusableInput, match=f"params/subgroups.yml, {words}"):
        all_settings.load()


@pytest.mark.parametrize("content", ["", "# all of it dropped\n", "{}\n"])
def test_a_file_in_which_every_split_was_dropped_is_one_without_splits(project, content):
    (project / "subgroups.yml").write_text(content)
    assert all_settings.load().subgroups == {}


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("    minority: culturele minderheid\n", "subgroups.names.minority"),
        ("    minority: {nee: geen minderheid, ja: minderheid}\n", "subgroups.values.minority.nee"),
        ("  months_older: leeftijd\n", "traits.months_older"),
    ],
)
def test_words_that_are_missing_for_a_split_or_a_covariate_are_named_before_any_work_is_done(project, line, word):
    (project / "subgroups.yml").write_text("minority: {values: [nee, ja]}\n")
    texts = (project / "texts" / "nl.yml").read_text(encoding="utf-8")
    assert texts.count(line) == 1
    (project / "texts" / "nl.yml").write_text(texts.replace(line, ""), encoding="utf-8")
    with pytest.raises(UnusableInput, match=rf"params/texts/nl.yml lacks .*{word}"):
        all_settings.load()


def test_every_trait_that_a_pupil_has_can_be_split_by_with_the_words_that_are_there(project):
    lines = [f"{trait}: {{values: [{', '.join(values)}]}}\n" for trait, values in TRAITS.items()]
    (project / "subgroups.yml").write_text("".join(lines))
    assert set(all_settings.load().subgroups) == set(TRAITS)


@pytest.mark.big
def test_a_release_with_a_covariate_less_another_estimator_and_other_splits_is_made_to_its_end(demo_data, tmp_path):
    """As the README invites: change the files, and release."""
    root, data, out = tmp_path / "project", shutil.copytree(demo_data, tmp_path / "data"), tmp_path / "out"
    for name in ("src", "params", "notebooks", "expectations", "docs", "reports", "requirements.lock"):
        source = params.project_root() / name
        shutil.copytree(source, root / name) if source.is_dir() else shutil.copy(source, root / name)
    model = root / "params" / "reference.yml"
    text_ = model.read_text(encoding="utf-8").replace("pupil_traits: [sex, ", "pupil_traits: [")
    model.write_text(text_.replace("estimator: random_intercept", "estimator: ols_cluster"), encoding="utf-8")
    splits_ = "minority: {values: [nee, ja]}\nses_class: {values: [laag, hoog]}\n"
    (root / "params" / "subgroups.yml").write_text(splits_, encoding="utf-8")
    there = os.pathsep.join([str(root / "src"), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": there, "NCO_PROJECT": str(root)}
    call = [sys.executable, "-m", "nco", "release", ROUND, "--data", data, "--out", out]
    call += ["--schools", "99AA00", "--formats", "html", "--engine", "embedded"]
    done = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = html.fromstring((out / ROUND / "schools" / "99AA00" / "report.html").read_bytes())
    told = " ".join(page.text_content().split())
    assert "Culturele minderheid" in told
    assert "letten we op: de score op de eerste toets, zittenblijven" in told
    explained = html.fromstring((out / ROUND / "methode.html").read_bytes())
    for style in explained.xpath("//style"):
        style.drop_tree()
    explained = " ".join(explained.text_content().split())
    assert "De schatter van deze ronde is ols_cluster" in explained
    assert not re.search(r"\bnan\b", explained)
