import pytest

from nco.base import all_settings, dutch
from nco_utils.errors import ContractError


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(7.04, 1, "7,0"), (-2.3, 1, "−2,3"), (-0.04, 1, "0,0"), (0.865, 2, "0,86"), (1234.5, 1, "1234,5"), (3, 0, "3")],
)
def test_numbers_have_a_decimal_comma_and_a_real_minus_but_no_minus_zero(value, decimals, text):
    assert dutch.number(value, decimals) == text


def test_counts_separate_thousands_by_a_point():
    assert dutch.count(2287) == "2.287"


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1,0 punt"), (-1.0, "−1,0 punt"), (1.1, "1,1 punten"), (0, "0,0 punten")]
)
def test_one_point_is_singular(value, text):
    assert dutch.points(value) == text


@pytest.mark.parametrize(("n", "text"), [(1, "1 leerling"), (6, "6 leerlingen"), (1200, "1.200 leerlingen")])
def test_one_pupil_is_singular(n, text):
    assert dutch.pupils(n) == text


def test_dates_and_steps_are_in_words():
    assert dutch.date_words("2022-10-03") == "3 oktober 2022"
    assert dutch.step_words("E7-M8") == "van eind groep 7 naar midden groep 8"
    assert dutch.step_span("M5-E5") == "midden groep 5 en eind groep 5"


def test_a_step_in_a_row_is_short_and_names_a_grade_once_when_it_is_one():
    assert dutch.step_short("M5-E5") == "midden–eind groep 5"
    assert dutch.step_short("E7-M8") == "eind 7–midden groep 8"
    assert dutch.step_code("M5-E5") == "M5–E5"


@pytest.mark.parametrize(
    (("items", "text")), [([], ""), (["a"], "a"), (["a", "b"], "a en b"), (["a", "b", "c"], "a, b en c")]
)
def test_a_list_ends_with_en(items, text):
    assert dutch.listed(items) == text


def test_every_trait_of_the_reference_model_and_every_split_has_its_dutch_words():
    settings = all_settings.load()
    assert set(settings.reference.terms) <= set(dutch.texts("traits"))
    names, values = dutch.texts("subgroups")["names"], dutch.texts("subgroups")["values"]
    assert set(settings.subgroups) <= set(names)
    for trait, split in settings.subgroups.items():
        assert set(split.values) <= set(values.get(trait, {}))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_never_written(value):
    for write in (dutch.number, dutch.points, dutch.axis_number, lambda v: dutch.interval(0.0, v)):
        with pytest.raises(ContractError):
            write(value)
