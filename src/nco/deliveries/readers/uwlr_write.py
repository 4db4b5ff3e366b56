"""Writes results of one school as a UWLR 2.2 message, valid against the standard's schema."""

from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pandas as pd

from nco.register.domain_scores import split
from nco_utils.steps import STEPS

from .facts import delivered
from .uwlr_xml import MESSAGE, SCORE, VERSIONS

_DOMAINS = {"BL": "Begrijpend lezen", "SP": "Spelling", "RW": "Rekenen-wiskunde"}
_VOCABULARY = "https://example.org/nco/toetscodes"  # fictitious: the codes of this project
_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<leerresultaten_verzoek xmlns="{message}" xmlns:oso="{score}">
<school><schooljaar>{year}</schooljaar><brincode>{brin}</brincode><dependancecode>{place}</dependancecode>\
<aanmaakdatum>{created}</aanmaakdatum>{author}<xsdversie>{version}</xsdversie></school>
<toetsafnames>
"""


def write(
    rows: pd.DataFrame,
    path: Path,
    *,
    created: pd.Timestamp | str = "2022-08-01T06:00:00",
    school_year: str | None = None,
    author: str | None = None,
) -> None:
    """Write results of one school (as RESULTS; also key, eckid, level, functioning, dle and domain_scores, where
    there are).

    A result has no jaargroep in UWLR: a test that is taken in another one than its level has, or that has no level,
    gets a code of its own (RW-M5-G6). Raises ValueError when the rows are of several schools.
    """
    if rows["brinvest"].nunique() != 1:
        raise ValueError("one UWLR message is one school")
    given = delivered(rows, shift_late=False)
    brinvest = given["brinvest"].iloc[0]
    own = given["test_code"].str.extract(rf"-{STEPS.moment_pattern}({STEPS.grade_pattern})", expand=False)
    whole = given["test_code"].str.replace(r"-[12]$", "", regex=True)
    half = given["test_code"].where(given["test_code"] != whole, "")
    given["half"] = half
    given["code"] = whole.where(own == given["grade"], whole + "-G" + given["grade"])
    given["key"] = _keys(given)
    given["day"] = given["test_date"].dt.strftime("%Y-%m-%d")
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(
            _HEAD.format(
                message=MESSAGE,
                score=SCORE,
                year=school_year or rows["school_year"].max(),
                brin=brinvest[:4],
                place=brinvest[4:],
                created=pd.Timestamp(created).isoformat(timespec="seconds"),
                author=f"<auteur>{escape(author)}</auteur>" if author else "",
                version=VERSIONS[0],
            )
        )
        for pupil, theirs in _by_pupil(given):
            file.write(f"<toetsafname><leerlingid>{escape(pupil)}</leerlingid>")
            file.write(f"<eckid>{escape(theirs[0].eckid)}</eckid>" if theirs[0].eckid else "")
            file.write("<resultaten>\n" + "".join(map(_result, theirs)) + "</resultaten></toetsafname>\n")
        file.write("</toetsafnames>\n<toetsen>\n" + "".join(_tests(given)) + "</toetsen>\n</leerresultaten_verzoek>\n")


def _keys(given: pd.DataFrame) -> pd.Series:
    """Return the key of each result, unique in the message: that of the rows, or one that a re-delivery has too."""
    made = given["pupil_id"] + "." + given["test_code"] + "." + given["test_date"].dt.strftime("%Y%m%d")
    copy = made.groupby(made).cumcount()
    made = made.where(copy == 0, made + "." + copy.astype("str"))
    return given["key"].where(given["key"] != "", made)


def _by_pupil(given: pd.DataFrame):
    results = {}
    for each in given.itertuples(index=False):
        results.setdefault((each.pupil_id, each.eckid), []).append(each)
    return ((pupil, theirs) for (pupil, _), theirs in results.items())


def _result(each) -> str:
    part = f"<toetsonderdeelcode>{escape(each.half)}</toetsonderdeelcode>" if each.half else ""
    score = ""
    if each.score:
        score = (
            f"<oso:toetsscore><oso:vaardigheidsscore>{each.score}</oso:vaardigheidsscore>"
            f"<oso:codevaardigheidsschaal>{escape(each.scale)}</oso:codevaardigheidsschaal></oso:toetsscore>"
        )
    references = [("CIV", each.level), ("FN", each.functioning), ("DLE", each.dle)]
    return (
        f"<resultaat key={quoteattr(each.key)}><afnamedatum>{each.day}</afnamedatum>"
        f"<toetscode>{escape(each.code)}</toetscode>{part}<osoresultaat>{score}"
        + "".join(_reference(code, value) for code, value in references if value)
        + "</osoresultaat></resultaat>\n"
        + "".join(_part(each, *scores) for scores in (split(each.domain_scores) if each.domain_scores else ()))
    )


def _part(each, name: str, right: int, items: int) -> str:
    """The result of a part of the test, as the standard has it."""
    key = quoteattr(f"{each.key}.{name}")
    return (
        f"<resultaat key={key}><afnamedatum>{each.day}</afnamedatum><toetscode>{escape(each.code)}</toetscode>"
        f"<toetsonderdeelcode>{escape(name)}</toetsonderdeelcode><osoresultaat><oso:toetsscore>"
        f"<oso:aantalopgaven>{items}</oso:aantalopgaven><oso:aantalgoed>{right}</oso:aantalgoed>"
        "</oso:toetsscore></osoresultaat></resultaat>\n"
    )


def _reference(code: str, value: str) -> str:
    return (
        f"<oso:referentiescore><oso:codereferentiescore>{code}</oso:codereferentiescore>"
        "<oso:codevergelijkingsgroep>Landelijk</oso:codevergelijkingsgroep>"
        f"<oso:waarde>{escape(value)}</oso:waarde></oso:referentiescore>"
    )


def _tests(given: pd.DataFrame):
    for each in given.drop_duplicates("code").sort_values("code").itertuples():
        domain = _DOMAINS[each.code[:2]]
        yield (
            f'<toets><toetscode vocabulaire="{_VOCABULARY}">{escape(each.code)}</toetscode>'
            f"<toetsnaam>{domain} {escape(each.code[3:])}</toetsnaam><leerjaar>{each.grade}</leerjaar>"
            f"<vakgebied>{domain}</vakgebied></toets>\n"
        )
