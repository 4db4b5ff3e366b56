"""YAML that people write: a name that stands twice is never settled without a word."""

import shutil
from pathlib import Path

import pytest
import yaml

from nco.base import all_settings, reader_texts
from nco.demo.country import country_settings
from nco.reports import house_style
from nco_utils import params, strict_yaml
from nco_utils.errors import UnusableInput

HERE = Path("params/voorbeeld.yml")


@pytest.mark.parametrize(
    "text",
    [
        "review: all\nseed: 1\nreview: none\n",
        "a:\n  b:\n    - {c: 1, d: 2, c: 3}\n",
        "'review': all\nreview: none\n",
        "yes: 1\ntrue: 2\n",
        "1: a\n0x1: b\n",
        "{a: 1, b: 2, ? a : 3}",
        "a: &x {b: 1}\nc: {<<: *x, <<: *x}\n",
    ],
)
def test_a_name_that_stands_twice_in_one_mapping_is_refused_with_file_and_lines(text):
    with pytest.raises(UnusableInput, match=r"voorbeeld.yml line \d+ has .* again, which line \d+"):
        strict_yaml.load(text, HERE)


def test_the_lines_of_both_are_named():
    with pytest.raises(UnusableInput, match="line 3 has 'review' again, which line 1 gave"):
        strict_yaml.load("review: all\nseed: 1\nreview: none\n", HERE)


@pytest.mark.parametrize(
    "text",
    [
        "a: {b: 1}\nc: {b: 2}\n",
        "base: &base {a: 1, b: 2}\nother: {<<: *base, b: 3}\nthird: {<<: *base}\n",
        "[{a: 1}, {a: 2}]",
        "'1': a\n1: b\n",
        "",
        "een tekst",
    ],
)
def test_what_stands_once_is_read_as_yaml_says(text):
    assert strict_yaml.load(text, HERE) == yaml.safe_load(text)


def test_the_settings_and_texts_of_the_project_are_read_as_yaml_says():
    files = [*(params.project_root() / "params").rglob("*.yml"), *(params.project_root() / "reports").rglob("*.yml")]
    assert len(files) > 10
    for path in files:
        assert strict_yaml.read(path) == yaml.safe_load(path.read_text(encoding="utf-8"))


def test_what_refers_to_itself_is_no_endless_walk():
    assert strict_yaml.load("&a [1, *a]", HERE)[0] == 1


@pytest.mark.parametrize("content", [b"a: [", b"a: \xff", None])
def test_a_file_that_cannot_be_read_is_named(tmp_path, content):
    path = tmp_path / "a.yml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnusableInput, match=str(path)):
        strict_yaml.read(path)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A copy of the project's settings that may be spoiled."""
    root = params.project_root()
    for name in ("params", "docs", "notebooks", "reports"):
        shutil.copytree(root / name, tmp_path / name)
    monkeypatch.setenv("NCO_PROJECT", str(tmp_path))
    forget()
    yield tmp_path
    forget()


def forget():
    all_settings.forget()
    country_settings.load.cache_clear()


@pytest.mark.parametrize(
    ("name", "line", "read"),
    [
        ("params/release.yml", "review: all", all_settings.load),
        ("params/rounds.yml", "rounds: {}", all_settings.load),
        ("params/texts/nl.yml", "index: {}", reader_texts.load),
        ("params/country.yml", "moments: []", country_settings.load),
        (
            "reports/quarto/_brand.yml",
            "meta: {}",
            lambda: house_style.read(params.project_root() / "reports" / "quarto"),
        ),
    ],
)
def test_every_file_of_settings_is_read_so(project, name, line, read):
    path = project / name
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    with pytest.raises(UnusableInput, match=f"{path.name} line .* again"):
        read()


@pytest.mark.parametrize(
    "value",
    [
        "2022-02-30",
        "2022-99-99",
        "2022-01-01 25:00:00",
        "0x_",
        "0b_",
        "!!int twee",
        '!!int ""',
        "!!float veel",
        "!!timestamp twee",
        "!!bool twee",
        "[1, {b: !!int drie}]",
        "{2022-02-30: x}",
    ],
)
def test_a_value_that_is_not_what_it_looks_like_is_refused_with_file_and_line(value):
    with pytest.raises(UnusableInput, match=r"voorbeeld.yml line 3 has .*, which is no .*Correct it"):
        strict_yaml.load(f"first: 1\n\na: {value}\n", HERE)


@pytest.mark.parametrize(
    "value", ["!!binary é", "!!set [a]", "!!omap {a: 1}", "!!pairs 1", "!!map 3", "!!seq x", "!x y"]
)
def test_a_tag_that_its_value_does_not_have_is_refused_with_the_file(value):
    with pytest.raises(UnusableInput, match=r"voorbeeld\.yml"):
        strict_yaml.load(f"a: {value}\n", HERE)


@pytest.mark.parametrize("text", ["[" * 900, "[" * 100_000, "{a: " * 3000, "- " * 3000, "a: [" + "[" * 60 + "]" * 60])
def test_what_lies_too_deep_is_refused_and_not_followed(text):
    with pytest.raises(UnusableInput, match=r"voorbeeld\.yml"):
        strict_yaml.load(text, HERE)


def test_a_list_that_holds_itself_is_read_once():
    assert strict_yaml.load("a: &x [1, 2]\nb: *x\n", HERE) == {"a": [1, 2], "b": [1, 2]}
    holds_itself = strict_yaml.load("&x [1, *x]", HERE)
    assert holds_itself[1] is holds_itself
