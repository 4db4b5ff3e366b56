"""Every situation of tests/support/situations.py has the words of sentences.yml, which a person has read."""

import re
from pathlib import Path

import pytest
import yaml

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
    worded = SITUATIONS[situation]()
    for wrong in ("None", "nan", "{", "higher", "lower", "hidden", "  "):
        assert wrong not in re.sub(r"\{[.#][\w-]+\}", "", worded)
