"""Text columns kept as codes into their distinct values, so that a rule is worked out once per value, not per row."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa

_LARGEST = 2**62


def coded(values: pd.Series) -> pd.Series:
    """Return a text column as categories in order of appearance; a missing value stays missing."""
    texts = pa.array(values.astype("str"), type=pa.large_string(), from_pandas=True)
    whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    encoded = whole.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    texts = pd.Index(encoded.dictionary.to_pandas(), dtype="str")
    return pd.Series(pd.Categorical.from_codes(codes, categories=texts), index=values.index)


def recoded(values: pd.Series, function: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """Return categories with other texts: `function` takes the distinct texts and gives one (or none) for each."""
    new_codes, texts = pd.factorize(function(_texts(values)).astype("str"))
    return _from_codes(_taken(new_codes, values, -1), texts, values.index)


def mapped(values: pd.Series, function: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """Return a column of any type: `function` takes the distinct texts and gives a value for each.

    A missing text gives a missing value; a column of plain booleans gives False there.
    """
    found = function(_texts(values))
    codes = values.cat.codes.to_numpy()
    if found.dtype == bool:
        return pd.Series(_taken(found.to_numpy(), values, False), index=values.index)
    return pd.Series(found.array.take(codes, allow_fill=True), index=values.index)


def joined(first: pd.Series, second: pd.Series, function: Callable[[pd.Series, pd.Series], pd.Series]) -> pd.Series:
    """Return categories made of two columns: `function` takes the distinct pairs (missing where a text is)."""
    pairs = pd.DataFrame({"first": first.cat.codes.astype("int64"), "second": second.cat.codes.astype("int64")})
    place, distinct = pd.factorize(pairs["first"] * (len(second.cat.categories) + 1) + pairs["second"] + 1)
    firsts, seconds = np.divmod(np.asarray(distinct), len(second.cat.categories) + 1)
    texts = [
        pd.Series(column.cat.categories.astype("str")).array.take(codes, allow_fill=True)
        for column, codes in ((first, firsts), (second, seconds - 1))
    ]
    new_codes, new_texts = pd.factorize(function(pd.Series(texts[0]), pd.Series(texts[1])).astype("str"))
    return _from_codes(new_codes[place], new_texts, first.index)


def plain(values: pd.Series) -> pd.Series:
    """Return categories as ordinary text."""
    # pandas' own conversion goes over Python objects, and takes twenty times as long.
    return pd.Series(_texts(values).array.take(values.cat.codes.to_numpy(), allow_fill=True), index=values.index)


def row_ids(columns: list[pd.Series]) -> pd.Series:
    """Return a number per row, the same for rows that are the same in all columns; a missing value equals another."""
    ids, largest = np.zeros(len(columns[0]), dtype="int64"), 1
    for column in columns:
        codes = column.cat.codes if isinstance(column.dtype, pd.CategoricalDtype) else pd.factorize(column)[0]
        codes = np.asarray(codes, dtype="int64") + 1
        n = int(codes.max(initial=0)) + 1
        if largest * n > _LARGEST:
            ids, distinct = pd.factorize(ids)
            largest = len(distinct) + 1
        ids, largest = ids.astype("int64") * n + codes, largest * n
    return pd.Series(ids, index=columns[0].index)


def _texts(values: pd.Series) -> pd.Series:
    return pd.Series(values.cat.categories, dtype="str")


def _taken(found: np.ndarray, values: pd.Series, missing: object) -> np.ndarray:
    # The last element stands for the code -1 of a missing value.
    return np.append(found, missing).astype(found.dtype)[values.cat.codes.to_numpy()]


def _from_codes(codes: np.ndarray, texts: pd.Index, index: pd.Index) -> pd.Series:
    return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(texts, dtype="str")), index=index)
