"""Scores of a part of a test in a UWLR message: a `resultaat` with a `toetsonderdeelcode` and right answers.

The standard has a `resultaat` for every part. Here they are no results, but stand beside the one that has the score.
"""

import pandas as pd

_TEST = ["leerlingid", "toetscode", "afnamedatum"]
_HALF = r"-[12]$"
_COUNTS = ["aantalgoed", "aantalopgaven"]


def beside(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a message without the parts, and in domeinscores what those say, as `domain_scores` reads it.

    A part belongs to the first result with an ability score of its pupil, test and day. One without such a result stays
    a row: it is told that it has no score.
    """
    rows = rows.assign(domeinscores=pd.Series(pd.NA, index=rows.index, dtype="str"))
    no_score = rows["vaardigheidsscore"].isna() & rows["score"].isna() & rows["anderresultaat"].isna()
    counted = rows[_COUNTS].notna().any(axis=1)
    part = no_score & counted & rows["toetsonderdeelcode"].notna() & ~rows["toetsonderdeelcode"].str.contains(_HALF)
    if not part.any():
        return rows
    whole = rows[rows["vaardigheidsscore"].notna()].drop_duplicates(_TEST)
    places = pd.Series(whole.index, pd.MultiIndex.from_frame(whole[_TEST]))
    parts = rows[part]
    place = places.reindex(pd.MultiIndex.from_frame(parts[_TEST])).set_axis(parts.index)
    there = place.notna()
    right, items = (parts[name].fillna("") for name in _COUNTS)
    texts = (parts["toetsonderdeelcode"] + "=" + right + "/" + items)[there]
    rows.loc[:, "domeinscores"] = texts.groupby(place[there].astype("int64")).agg("|".join).reindex(rows.index)
    return rows.drop(index=parts.index[there]).reset_index(drop=True)
