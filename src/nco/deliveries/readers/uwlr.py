"""The UWLR dialect of ParnasSys: UWLR 2.2 XML, one message a school; see `docs/formats.md`."""

import re
from datetime import MAXYEAR, MINYEAR, date

import pandas as pd

from nco.base.all_settings import Settings
from nco.register import identifiers
from nco.register.findings import ROWS_COUNTED, BrokenFile, Finding, Sent, finding, matches
from nco_utils.steps import STEPS

from . import uwlr_faults, uwlr_parts, uwlr_xml
from .coded import joined, mapped, plain, recoded
from .facts import TEST_CODE, Rows, facts
from .uwlr_write import write

__all__ = [
    "NAME",
    "OPTIONAL",
    "PUPIL_COLUMN",
    "SCHOOL_COLUMN",
    "VENDOR",
    "read",
    "recognises",
    "schools",
    "with_facts",
    "write",
]

NAME = "uwlr"
VENDOR = uwlr_faults.VENDOR
SCHOOL_COLUMN, PUPIL_COLUMN = "brincode", "leerlingid"
COLUMNS = ("brincode", "dependancecode", *uwlr_xml.TEXTS[:-2], "leerjaar", "vakgebied")
OPTIONAL = ("domeinscores",)  # of the parts of a result (`uwlr_parts`)

KEYS = (
    "brincode", "dependancecode", "leerlingid", "eckid", "key", "toetscode", "toetsonderdeelcode",
    "codevaardigheidsschaal", "leerjaar",
)  # fmt: skip
VALUES = ("afnamedatum", "vaardigheidsscore")

_CONTENT = identifiers.Content(date="afnamedatum", school=None, pupil="leerlingid", words=("toetscode",))
_LEVEL = r"^(?:I|II|III|IV|V|[A-E])$"
_IN_GRADE = rf"-G{STEPS.grade_pattern}$"  # RW-M5-G6: the test RW-M5 as taken in jaargroep 6


def recognises(data: bytes) -> bool:
    """Return whether the file means to be XML: no other dialect is, and `read` says what is wrong with it."""
    return uwlr_xml.is_xml(data)


def read(data: bytes, file: str) -> tuple[pd.DataFrame, list[Finding], Sent]:
    """Return the results as text, what row numbers mean, and what the message says of itself; raises BrokenFile.

    The frame has COLUMNS, source_file and source_row (the line of the element `resultaat`; where a line holds several,
    which `resultaat` of the message it is, and a finding says so), in_tests: whether the message describes the test,
    and described_once: whether it does so in one way. Scores of a part of a test are no rows: they stand beside the
    result that they are of, in domeinscores.
    """
    message = uwlr_xml.read(data, file)
    rows = message.rows
    if found := _identifiers(message, rows, file):
        raise BrokenFile(*found)
    rows = uwlr_parts.beside(rows)
    tests = {name: {code: test.get(name) for code, test in message.tests.items()} for name in ("leerjaar", "vakgebied")}
    frame = rows.assign(
        brincode=pd.Series(message.school["brincode"], index=rows.index, dtype="str"),
        dependancecode=pd.Series(message.school.get("dependancecode"), index=rows.index, dtype="str"),
        source_file=pd.Series(file, index=rows.index, dtype="str"),
        in_tests=rows["toetscode"].isin([code for code in message.tests if code is not None]),
        described_once=~rows["toetscode"].isin([code for code in message.twice if code is not None]),
        **{name: rows["toetscode"].map(values).astype("str") for name, values in tests.items()},
    )
    lines = message.lines
    sent = Sent(
        message.school["schooljaar"].strip(),
        lines["schooljaar"],
        _moment(message.school["aanmaakdatum"].strip()),
        lines["aanmaakdatum"],
    )
    counted = [finding(ROWS_COUNTED, file, vendor=VENDOR)] if message.counted else []
    return frame[[*COLUMNS, *OPTIONAL, "in_tests", "described_once", "source_file", "source_row"]], counted, sent


def _moment(text: str) -> pd.Timestamp | None:
    """Return the moment of an xs:dateTime, in Dutch time; None for one that a computer cannot hold."""
    # 24:00:00 is the midnight at the end of the day.
    day, midnight = re.subn(r"T24:00:00(?:\.0+)?", "T00:00:00", text)
    try:
        moment = pd.Timestamp(day) + pd.Timedelta(days=midnight)
        moment = moment.tz_convert("Europe/Amsterdam").tz_localize(None) if moment.tzinfo else moment
    except (ValueError, OverflowError, NotImplementedError):
        return None
    return moment if MINYEAR <= moment.year <= MAXYEAR else None


def schools(raw: pd.DataFrame) -> pd.Series:
    """Return the school location (BRIN and vestiging, blank is 00) of each raw row, as delivered."""
    return raw["brincode"] + raw["dependancecode"].fillna("00")


def with_facts(raw: pd.DataFrame, params: Settings, latest: date) -> pd.DataFrame:
    """Return what follows from the raw rows (categories of text); see `facts.facts`.

    Also eckid, key and sex (unknown here); grade_text, code_known, described_once, test_known, level_known, message_key
    (of the first of identical results), and score_kind: ability, level, raw or none.
    """
    part = joined(raw["toetscode"], raw["toetsonderdeelcode"], _test_code)
    day = recoded(raw["afnamedatum"], lambda texts: texts.str.replace(r"(?:Z|[+-][0-9]{2}:[0-9]{2})$", "", regex=True))
    grade = joined(raw["leerjaar"], raw["toetscode"], _grade)
    school = joined(raw["brincode"], raw["dependancecode"], lambda brin, place: brin + place.fillna("00"))
    rows = Rows(
        file=raw["source_file"],
        brinvest=school,
        pupil_id=raw["leerlingid"],
        grade=grade,
        test_code=part,
        date=day,
        scale=raw["codevaardigheidsschaal"],
        score=recoded(raw["vaardigheidsscore"], _decimal),
        whole=tuple(raw[name] for name in COLUMNS),
        grade_on_the_day=False,
        domain_scores=raw.get("domeinscores"),
    )
    kind = pd.Series("none", index=raw.index, dtype="str")
    kind = kind.mask(raw["score"].notna() | raw["anderresultaat"].notna(), "raw")
    kind = kind.mask(raw["functioneringsniveau"].notna(), "level").mask(raw["vaardigheidsscore"].notna(), "ability")
    found = facts(rows, params, latest)
    message_key = joined(raw["source_file"], raw["key"], lambda file, key: file + "\n" + key)
    return found.assign(
        eckid=plain(raw["eckid"]),
        key=plain(raw["key"]),
        score_kind=kind,
        grade_text=plain(grade),
        code_known=found["test_code"].notna().astype("boolean").mask(raw["toetscode"].isna()),
        level_known=mapped(raw["niveau"], lambda texts: matches(texts, _LEVEL).astype("boolean")),
        described_once=raw["described_once"],
        test_known=raw["in_tests"].astype("boolean").mask(raw["toetscode"].isna()),
        message_key=plain(message_key).where(found["first_copy"]),
        sex=pd.Series(pd.NA, index=raw.index, dtype="str"),
    )


def _decimal(texts: pd.Series) -> pd.Series:
    """Return decimals of the standard as others write them: `+153.5`, `153.` and `.5` are some too."""
    parts = texts.str.extract(r"^(?P<sign>[+-]?)(?P<whole>[0-9]*)(?:\.(?P<part>[0-9]*))?$").fillna("")
    plain = parts["sign"].str.replace("+", "") + parts["whole"].mask(parts["whole"] == "", "0")
    plain += ("." + parts["part"]).mask(parts["part"] == "", "")
    return plain.where((parts["whole"] + parts["part"]) != "")


def _test_code(code: pd.Series, part: pd.Series) -> pd.Series:
    """Return the code of the part where that is one of the test, without the jaargroep of the pupils."""
    test = code.str.replace(_IN_GRADE, "", regex=True)
    own = part.str.replace(r"-[12]$", "", regex=True) == test
    return part.where(own & matches(part, TEST_CODE), test)


def _grade(grade: pd.Series, code: pd.Series) -> pd.Series:
    """Return the jaargroep of the test's description; else that of its code, else its level."""
    return grade.fillna(code.str.extract(rf"-G({STEPS.grade_pattern})$", expand=False)).fillna(
        code.str.extract(rf"-{STEPS.moment_pattern}({STEPS.grade_pattern})", expand=False)
    )


def _identifiers(message: uwlr_xml.Message, rows: pd.DataFrame, file: str) -> list[Finding]:
    found = identifiers.in_content(rows, _CONTENT, file, VENDOR)
    # The sender's name is agreed, and is no pupil's.
    texts = [text for name, text in message.school.items() if text and name not in ("auteur", "aanmaakdatum")]
    if message.school.get("auteur") and "@" in message.school["auteur"]:
        texts.append(message.school["auteur"])
    other = pd.DataFrame(
        {"overig": pd.Series([*texts, *message.other], dtype="str"), "afnamedatum": None, "source_row": 0}
    )
    other["afnamedatum"] = pd.Series(pd.NA, index=other.index, dtype="str")
    return found or [
        finding(each.rule, file, vendor=VENDOR) for each in identifiers.in_content(other, _CONTENT, file, VENDOR)
    ]
