"""Which pairs belong to which units."""

import numpy as np

from nco_utils.reference import units


def test_of_no_pairs_there_are_no_units():
    assert units._rows_of_each(np.array([], dtype=int)) == {}
    assert {number: rows.tolist() for number, rows in units._rows_of_each(np.array([2, 1, 2])).items()} == {
        1: [1],
        2: [0, 2],
    }
