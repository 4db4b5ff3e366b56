"""Every situation of tests/support/situations.py has the words of sentences.yml, which a person has read."""

import re
from pathlib import Path

import pytest
import yaml

from nco.base import reader_texts
from tests.support.explained import SECTIONS, leaves
from tests.support.situations import SITUATIONS

WORDED = yaml.safe_load(Path(__file__).with_name("sentences.yml").read_text(encoding="utf-8"))


def test_at_least_sixty_situations_are_worded_and_each_has_its_words():
    assert len(SITUATIONS) >= 60
    assert list(WORDED) == list(SITUATIONS)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_situation_has_these_words(situation):
    assert " ".join(SITUATIONS[situation]().split()) == " ".join(WORDED[situation].split())


@pytest.mark.parametrize("situation", SITUATIONS)
def test_no_sentence_is_left_with_a_hole_or_an_english_word(situation):
    worded = re.sub(r"\n\s+", "\n", SITUATIONS[situation]())
    for wrong in ("None", "nan", "{", "higher", "lower", "hidden", "  "):
        assert wrong not in re.sub(r"\{[.#][\w-]+\}", "", worded)


# What a school leader need not know; researchers find it in the technical explanation.
_OF_RESEARCHERS = (
    "random intercept", "reml", "empirical bayes", "kleinste kwadraten", "clusterrobuust", "regressie", "p-waarde",
    "q-waarde", "significant", "standaardfout", "covariaat", "variantie", "multilevel", "residu",
)  # fmt: skip


@pytest.mark.parametrize("section", SECTIONS)
def test_no_text_of_a_report_has_a_word_of_researchers(section):
    said = " ".join(leaves(reader_texts.load("nl")[section])).lower()
    assert [word for word in _OF_RESEARCHERS if word in said] == []


@pytest.mark.parametrize("situation", SITUATIONS)
def test_sentences_are_of_at_most_thirty_words_as_a_reader_at_b1_needs(situation):
    worded = re.sub(r"\|.*|^: .*|\{[.#][\w-]+\}|^#.*|^:::.*", "", SITUATIONS[situation](), flags=re.MULTILINE)
    for sentence in re.split(r"(?<=[.?!:;])\s+|\n\s*\n", worded):
        assert len(sentence.split()) <= 30, sentence
