"""What readers have of a release: its published files, and nothing else.

Figures come from the workbooks, whose cells are numbers. That the other formats hold no number that these do not is
looked at apart (`strangers`).
"""

import re
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pandas as pd
from lxml import etree, html
from pypdf import PdfReader

from nco.base import all_settings
from nco.base.dutch import capital, domain_name, texts
from nco.disclosure import shown_tables
from nco.reports.growth.sentences import maker, test_name
from nco_utils import tables
from nco_utils.params import START_TRAIT
from nco_utils.tables import ALL, DOMAINS
from nco_utils.tables.computed import WITHOUT_GROWTH

_STEP = ["brinvest", "school_year", "domain", "step"]
_BODY = "word/document.xml"
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"
_NUMBER = re.compile(r"(?<![\w.,])[−-]?\d{1,3}(?:\.\d{3})*,\d+(?![\w,])")


def figures(release: Path) -> pd.DataFrame:
    """Return every figure of the schools in a release (OUT/ROUND), a row a unit, with the names of table `report`.

    A hidden figure is absent. The scale is not told; steps of two scales have two rows.
    """
    year = school_year(release)
    found = [_of_school(path, year) for path in sorted(release.glob("schools/*/report.xlsx"))]
    return pd.concat(found, ignore_index=True)


def shown(folder: Path) -> pd.DataFrame:
    """Return the rows of table `report` in a round's folder whose figures are shown."""
    report = tables.read(shown_tables.REPORT, folder)
    return report[report["status"] == "shown"]


def school_year(release: Path) -> str:
    """Return the school year of a release: the latest that some workbook has."""
    books = sorted(release.glob("schools/*/report.xlsx"))
    sheets = (_frame(_book(path), texts("annex")["growth_sheet"]) for path in books[:20])
    years = {year for sheet in sheets if sheet is not None for year in sheet["Schooljaar"]}
    return max(years, default="2000-2001")


def strangers(folder: Path) -> set[str]:
    """Return the numbers with decimals of one report, in whatever format, that no cell of its workbook has.

    But for those of the explanation: the band around zero, and how far a difference may be off by rounding.
    """
    known = {_dutch(value, decimals) for value in _numbers(folder / "report.xlsx") for decimals in (1, 2)}
    told = set()
    for text in _texts(folder):
        told |= {found.replace("−", "-") for found in _NUMBER.findall(text)}
    explained = {_dutch(all_settings.load().reference.similar_band, 1), "0,1"}
    return {number for number in told if number.lstrip("-") not in known | explained}


def _of_school(path: Path, year: str) -> pd.DataFrame:
    book, words = _book(path), texts("annex")
    growth = _frame(book, words["growth_sheet"])
    if growth is None:
        return pd.DataFrame()
    domains = {capital(domain_name(domain)): domain for domain in DOMAINS}
    low, high = (texts("workbook")[end] for end in ("low", "high"))
    ci = "95%-interval"
    rows = growth.rename(
        columns={
            "Vakgebied": "domain", "Stap": "step", "Schooljaar": "school_year", "Leerlingen": "n_pupils",
            "Groei": "mean_growth", low.format(title=ci): "mean_growth_low", high.format(title=ci): "mean_growth_high",
            "Land": "national_mean", "Referentie": "reference",
        }
    )  # fmt: skip
    rows = _with_test(rows.assign(trait=ALL, value=ALL))
    spread = _frame(book, words["spread_sheet"]).assign(school_year=year)
    begin = words["spread_header"][1]
    spread = spread.rename(
        columns={"Vakgebied": "domain", "Stap": "step", low.format(title=begin): "mean_before_low",
                 high.format(title=begin): "mean_before_high", words["spread_header"][2]: "national_before"}
    )  # fmt: skip
    names = words["standardised_header"]
    standard = _frame(book, words["standardised_sheet"])
    standard = pd.DataFrame(columns=["Vakgebied", "Stap", *names[1:]]) if standard is None else standard
    standard = standard.assign(school_year=year).rename(
        columns={"Vakgebied": "domain", "Stap": "step", names[1]: "standardised", names[3]: "national_schools",
                 names[4]: "national_pupils"}
    )  # fmt: skip
    spread, standard = _with_test(spread), _with_test(standard)
    on = ["domain", "step", "test", "school_year"]
    rows = rows.merge(spread[[*on, "mean_before_low", "mean_before_high", "national_before"]], on=on, how="left")
    rows = rows.merge(standard[[*on, "standardised", "national_schools", "national_pupils"]], on=on, how="left")
    parts = _frame(book, words["subgroups_sheet"])
    if parts is not None:
        traits = {name: trait for trait, name in texts("subgroups")["names"].items()}
        values = {name: value for of in texts("subgroups")["values"].values() for value, name in of.items()}
        parts = parts.rename(
            columns={"Vakgebied": "domain", "Stap": "step", "Leerlingen": "n_pupils", "Groei": "mean_growth",
                     "Kenmerk": "trait", "Groep": "value", "Land": "national_mean",
                     words["subgroups_header"][-1]: "national_schools"}
        ).assign(school_year=year)  # fmt: skip
        parts = _with_test(parts)
        parts["trait"] = parts["trait"].map(traits)
        parts["value"] = parts["value"].map(values)
        rows = pd.concat([rows, parts], ignore_index=True)
    thirds = _frame(book, texts("group_analysis")["beginscore_sheet"])
    if thirds is not None:
        rows = pd.concat([rows, _thirds(thirds, year)], ignore_index=True)
    rows["domain"] = rows["domain"].map(domains)
    rows["step"] = rows["step"].str.replace("–", "-")
    on = ["domain", "step", "school_year", "trait"]
    rows = rows.merge(_coverage(book, domains, year), on=on, how="left").drop(columns="test")
    return rows.assign(brinvest=path.parent.name)


def _with_test(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with who makes their test, which a school with several tells by test, or behind the step."""
    makers = {test_name(scale): maker(scale) for scale in all_settings.load().scales}
    parts = rows["step"].astype(str).str.extract(r"^(\S+)(?: \((.+)\))?$")
    test = rows["Toets"].map(makers) if "Toets" in rows else parts[1].fillna("")
    return rows.assign(step=parts[0], test=test)


def _thirds(sheet: pd.DataFrame, year: str) -> pd.DataFrame:
    """Growth of each third by starting score."""
    header = texts("group_analysis")["thirds_header"]
    values = {capital(name): value for value, name in texts("subgroups")["values"][START_TRAIT].items()}
    rows = sheet.rename(
        columns={"Vakgebied": "domain", "Stap": "step", header[1]: "value", header[2]: "n_pupils",
                 header[3]: "mean_growth", header[5]: "national_mean", header[6]: "national_pupils",
                 header[7]: "national_schools"}
    )  # fmt: skip
    return rows.assign(trait=START_TRAIT, value=rows["value"].map(values), school_year=year)


def _coverage(book: dict[str, list[tuple]], domains: dict[str, str], year: str) -> pd.DataFrame:
    """Who has no growth, and why: the counts of sheet Dekking."""
    found = _frame(book, texts("annex")["coverage_sheet"])
    names = texts("account")["coverage_header"]
    reasons = {name: text.split("{")[0] for name, text in texts("account")["reasons"].items()}
    rows = pd.DataFrame(
        {
            "domain": found["Vakgebied"].map(domains),
            "step": [_code(words) for words in found[names[0]]],
            "school_year": year,
            "trait": ALL,
            "n_without_growth": pd.to_numeric(found[names[3]], errors="coerce"),
            "percent_with_growth": pd.to_numeric(found[names[2]], errors="coerce"),
        }
    )
    for name in WITHOUT_GROWTH:
        told = found[names[4]].astype(str).str.extract(re.escape(reasons[name]) + r"(\d[\d.]*)")[0]
        rows[name] = pd.to_numeric(told.str.replace(".", ""), errors="coerce")
    return rows.drop_duplicates(["domain", "step"])


def _code(words: str) -> str:
    """The code of a step in words: Midden-eind groep 3 is M3-E3, Eind 3-midden groep 4 is E3-M4."""
    numbers = re.findall(r"\d", words)
    return f"M{numbers[0]}-E{numbers[0]}" if words.startswith("Midden") else f"E{numbers[0]}-M{numbers[-1]}"


def _book(path: Path) -> dict[str, list[tuple]]:
    """The rows of every sheet of a workbook, read once: openpyxl reads a sheet anew whenever it is asked for."""
    opened = openpyxl.load_workbook(path, read_only=True)
    rows = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in opened}
    opened.close()
    return rows


def _frame(book: dict[str, list[tuple]], sheet: str) -> pd.DataFrame | None:
    if sheet not in book:
        return None
    head, *rows = book[sheet]
    return pd.DataFrame(rows, columns=head)


def _numbers(path: Path) -> Iterator[float]:
    for sheet in _book(path).values():
        for row in sheet:
            yield from (cell for cell in row if isinstance(cell, int | float))


def _dutch(value: float, decimals: int) -> str:
    whole, part = f"{abs(value):,.{decimals}f}".split(".")
    return f"{whole.replace(',', '.')},{part}"


def _texts(folder: Path) -> Iterator[str]:
    page, document, printed = (folder / f"report.{end}" for end in ("html", "docx", "pdf"))
    if page.is_file():
        yield " ".join(html.parse(str(page)).getroot().find(".//main").itertext())
    if document.is_file():
        yield " ".join(text.text or "" for text in etree.fromstring(ZipFile(document).read(_BODY)).iter(_WORD))
    if printed.is_file():
        yield " ".join(text.extract_text() for text in PdfReader(printed).pages)
