"""Which two splits of a school leave a few pupils between their parts: as found by trying all unions one by one."""

from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nco.disclosure.nesting import Parts, nested

FEW = 6


def unions(parts: list[int]) -> list[set[int]]:
    """The pupils of every union of parts."""
    values = sorted(set(parts))
    chosen = chain.from_iterable(combinations(values, size) for size in range(1, len(values) + 1))
    return [{pupil for pupil, part in enumerate(parts) if part in some} for some in chosen]


def by_hand(one: list[int], other: list[int]) -> bool:
    found = False
    for a in unions(one):
        for b in unions(other):
            found |= (a < b or b < a) and 0 < len(a ^ b) < FEW
    return found


def by_module(one: list[int], other: list[int], k: int) -> bool:
    block = np.zeros(len(one), int)
    return bool(nested(Parts(block, np.array(one), k), Parts(block, np.array(other), k), np.array([True]), FEW)[0])


@settings(max_examples=300)
@given(st.data())
def test_any_two_splits_are_judged_as_by_trying_all_unions(data):
    n = data.draw(st.integers(6, 24))
    part = st.lists(st.integers(0, 2), min_size=n, max_size=n)
    one, other = data.draw(part), data.draw(part)
    # Parts that are too small are hidden before.
    if min(one.count(v) for v in set(one)) >= FEW and min(other.count(v) for v in set(other)) >= FEW:
        assert by_module(one, other, 3) == by_hand(one, other)


@pytest.mark.parametrize(("apart", "found"), [(0, False), (1, True), (5, True), (6, False)])
def test_rests_that_differ_by_one_to_five_pupils_are_found(apart, found):
    sex = [2] * 6 + [0, 1] * 20
    household = [2] * (6 + apart) + [0] * 20 + [1] * (20 - apart)
    # Elsewhere the two splits cross, so that nothing else lies within anything.
    household = household[: 6 + apart] + [i // 2 % 2 for i in range(40 - apart)]
    assert by_module(sex, household, 3) == found


def test_only_the_chosen_blocks_are_looked_at():
    block = np.repeat([0, 1], 46)
    sex, household = [2] * 6 + [0, 1] * 20, [2] * 7 + [i // 2 % 2 for i in range(39)]
    one, other = (Parts(block, np.array(part * 2), 3) for part in (sex, household))
    assert nested(one, other, np.array([True, False]), FEW).tolist() == [True, False]
