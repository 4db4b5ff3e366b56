"""Recognises direct identifiers of a pupil in a delivery, by the names of its columns and by their content.

Such a file is refused whole, and no message says what was found: only the rule and the column.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import bdtrc

from .findings import Finding, finding, safe_column_name

BSN, ONDERWIJSNUMMER, EMAIL = "identifier-bsn", "identifier-onderwijsnummer", "identifier-email"
NAME, BIRTH_DATE, ADDRESS = "identifier-name", "identifier-birth-date", "identifier-address"

# Words of a header, lower case and without accents; a header is split where its case changes and at every non-letter.
_WORDS: Mapping[str, tuple[str, ...]] = {
    BSN: ("bsn", "burgerservicenummer", "burgerservicenr", "sofi", "sofinummer", "persoonsgebondennummer", "pgn"),
    ONDERWIJSNUMMER: ("onderwijsnummer", "onderwijsnr", "ownr"),
    EMAIL: ("email", "mail", "emailadres", "mailadres", "emailaddress"),
    BIRTH_DATE: ("geboortedatum", "geboortedag", "geboren", "gebdatum", "gebdat", "birthdate", "birthday", "dob"),
    NAME: (
        "naam", "voornaam", "voornamen", "roepnaam", "achternaam", "geslachtsnaam", "familienaam", "leerlingnaam",
        "volledigenaam", "tussenvoegsel", "voorvoegsel", "voorletters", "initialen", "firstname", "lastname",
        "surname", "name",
    ),
    ADDRESS: (
        "adres", "woonadres", "straat", "straatnaam", "huisnummer", "huisnr", "postcode", "woonplaats", "telefoon",
        "telefoonnummer", "telefoonnr", "mobiel", "address", "phone",
    ),
}  # fmt: skip
# Two words that are written as one, or with a space or a mark between them.
_PAIRS = {"".join(pair): rule for rule, pair in (
    (BSN, ("burger", "service", "nummer")), (ONDERWIJSNUMMER, ("onderwijs", "nummer")), (EMAIL, ("e", "mail")),
    (BIRTH_DATE, ("geboorte", "datum")), (BIRTH_DATE, ("geb", "datum")), (BIRTH_DATE, ("date", "of", "birth")),
)}  # fmt: skip
_NAMES_OF_THINGS = (
    "toets",
    "school",
    "groep",
    "groeps",
    "vestiging",
    "vestigings",
    "bestuur",
    "bestuurs",
    "vak",
    "domein",
)

# By chance one nine-digit number in eleven passes the test. A column, or one school's part of it, is taken for real
# numbers when so many pass that chance gives that once in 100,000: at least five, and at least half.
_CHANCE, _UNLIKELY, _FAR_ABOVE = 1 / 11, 1e-5, 0.5
_NINE_DIGITS = r"(?:^|[^0-9])([0-9]{9}|[0-9]{4}\.[0-9]{2}\.[0-9]{3})(?:[^0-9]|$)"
_EMAIL = r"[^\s@,;<>\"]+@[^\s@,;<>\"]+\.[A-Za-z]{2,}"
_FEW = 3  # distinct values: fewer are no column of names or of dates
_INFIX = r"(?:van|der|den|de|het|ten|ter|te|in|op|el|al|'t|d')"
_WORD = r"[A-ZÀ-Þ][a-zà-ÿ]+(?:[-'’][A-Za-zÀ-ÿ]+)*"
_FULL_NAME = (
    rf"^(?:(?:{_WORD}|(?:[A-Z]\.)+)(?: {_INFIX})*(?: {_WORD})+|{_WORD}, ?(?:{_WORD}|(?:[A-Z]\. ?)+)(?: {_INFIX})*)$"
)
_FIRST_NAME = r"^[A-ZÀ-Þ][a-zà-ÿ]{2,}(?:-[A-ZÀ-Þ][a-zà-ÿ]+)?$"
_DATES = {  # pattern -> which of its three numbers is the year
    re.compile(pattern): year
    for pattern, year in (
        (r"(?:^|[^0-9])((?:19|20)[0-9]{2})[-/.]([01]?[0-9])[-/.]([0-3]?[0-9])(?:[^0-9]|$)", 1),
        (r"(?:^|[^0-9])([0-3]?[0-9])[-/.]([0-3]?[0-9])[-/.]((?:19|20)[0-9]{2})(?:[^0-9]|$)", 3),
        (r"^((?:19|20)[0-9]{2})([01][0-9])([0-3][0-9])$", 1),
    )
}
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_AGES = (3, 20)  # years between a pupil's birth and a test
# Without these in a column's text the patterns above cannot be found: most columns need no further look.
_NAME_HINT = re.compile(r"[A-ZÀ-Þ][a-zà-ÿ]")
_NUMBER_HINT = re.compile(r"[0-9]{9}|[0-9]{4}\.[0-9]{2}\.[0-9]{3}")


@dataclass(frozen=True)
class Content:
    """What to know of a dialect's columns: the test date, the school (None: one school a file), the pupil's key.

    words: columns in which names are words, such as those of classes.
    """

    date: str
    school: str | None
    pupil: str
    words: tuple[str, ...] = ()


def in_names(names: Iterable[str], file: str, row: int | None, vendor: str) -> list[Finding]:
    """Return a finding for every name of a column, element or attribute that announces a direct identifier."""
    return [
        finding(rule, file, row, safe_column_name(name, place), vendor=vendor)
        for place, name in enumerate(names, 1)
        if (rule := announced(name))
    ]


def announced(name: str) -> str | None:
    """Return the rule that a column of this name breaks, if any."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", plain)]
    squeezed = "".join(words)
    if squeezed in _PAIRS:
        return _PAIRS[squeezed]
    for rule, known in _WORDS.items():
        for place, word in enumerate(words):
            of_a_thing = rule == NAME and place and words[place - 1] in _NAMES_OF_THINGS
            if word in known and not of_a_thing:
                return rule
        if squeezed.endswith(tuple(long for long in known if len(long) > 6)):
            return rule
    return None


def in_content(frame: pd.DataFrame, content: Content, file: str, vendor: str) -> list[Finding]:
    """Return a finding for every column of text that holds direct identifiers.

    frame: any text columns, and source_row, which is not looked at.
    """
    year = _year_of_tests(frame, content.date)
    rules = {name: _rule_of(frame, name, content, year) for name in frame.columns.drop("source_row")}
    shown = {name: re.sub(r"^extra (.*) [0-9]+$", r"\1", str(name)) for name in rules}
    return [finding(rule, file, None, shown[name], vendor=vendor) for name, rule in rules.items() if rule]


def elfproef(numbers: np.ndarray) -> np.ndarray:
    """Return 9*d1 + 8*d2 + ... + 2*d8 - d9 modulo 11 of numbers of nine digits: 0 for a BSN."""
    digits = (numbers[:, None] // 10 ** np.arange(8, -1, -1)) % 10
    return digits @ np.array([9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11


def _rule_of(frame: pd.DataFrame, name: str, content: Content, year: float) -> str | None:
    values = _distinct(frame[name])
    text = "\n".join(values)
    if "@" in text and _contains(pd.Series(values, dtype="str"), _EMAIL).any():
        return EMAIL
    if len(values) >= _FEW and name not in content.words:
        if name != content.date and _YEAR.search(text) and _are_birth_dates(values, year):
            return BIRTH_DATE
        if _NAME_HINT.search(text) and _are_names(pd.Series(values, dtype="str"), name == content.pupil):
            return NAME
    return _numbers(frame, name, content.school) if _NUMBER_HINT.search(text) else None


def _are_names(distinct: pd.Series, of_pupils: bool) -> bool:
    names = _contains(distinct, _FULL_NAME)
    if of_pupils:
        names |= _contains(distinct, _FIRST_NAME)
    return names.mean() >= _FAR_ABOVE


def _numbers(frame: pd.DataFrame, name: str, school: str | None) -> str | None:
    """Return the rule of a column with far more BSNs or onderwijsnummers than chance gives, whole or at one school."""
    one_place = pd.Series("", index=frame.index) if school in (None, name) else frame[school].fillna("")
    pairs = pd.DataFrame({"school": one_place, "value": frame[name]}).dropna().drop_duplicates()
    pairs = pairs[_contains(pairs["value"], _NINE_DIGITS)]
    numbers = pairs["value"].str.extract(_NINE_DIGITS, expand=False).str.replace(".", "", regex=False).astype("int64")
    schools = pairs.loc[numbers.index, "school"]
    rest = elfproef(numbers.to_numpy())
    if _far_above_chance(rest == 0, schools):
        return BSN
    ours = (numbers // 10**7 == 10).to_numpy()
    return ONDERWIJSNUMMER if _far_above_chance(rest[ours] == 5, schools[ours]) else None


def _far_above_chance(passes: np.ndarray, schools: pd.Series) -> bool:
    if not len(passes):
        return False
    by_school = pd.Series(passes, index=schools.index).groupby(schools)
    hits = np.append(by_school.sum().to_numpy(), passes.sum()).astype(int)
    tried = np.append(by_school.size().to_numpy(), len(passes)).astype(int)
    unlikely = bdtrc(np.maximum(hits - 1, 0), tried, _CHANCE) < _UNLIKELY
    return bool((unlikely & (hits / tried >= _FAR_ABOVE)).any())


def _are_birth_dates(distinct: Sequence[str], year: float) -> bool:
    for pattern, place in _DATES.items():
        years = [int(found[place]) for found in map(pattern.search, distinct) if found]
        fits = sum(_AGES[0] <= year - each <= _AGES[1] for each in years)
        if fits >= _FEW and fits >= _FAR_ABOVE * len(distinct):
            return True
    return False


def _year_of_tests(frame: pd.DataFrame, column: str) -> float:
    found = map(_YEAR.search, _distinct(frame[column]))
    years = [int(each[0]) for each in found if each]
    return median(years) if years else pd.Timestamp.now().year


def _distinct(values: pd.Series) -> list[str]:
    return [value for value in values.unique().tolist() if isinstance(value, str)]


def _contains(values: pd.Series, pattern: str) -> pd.Series:
    # Arrow's own search: pandas leaves it for a search in Python, ten times slower, at some harmless patterns.
    found = pc.match_substring_regex(pa.array(values, type=pa.large_string(), from_pandas=True), pattern)
    return pd.Series(found.to_numpy(zero_copy_only=False), index=values.index).fillna(False).astype(bool)
