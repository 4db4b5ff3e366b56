"""The kinds of defects that real deliveries have (domain.md, section 6), and what must find each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

from nco_utils.tables import PROVIDERS

from . import file_defects, row_defects
from .defect_sites import YEAR, Place

CSV, UWLR, ALL = ("cito", "esis"), ("parnassys",), ("parnassys", "esis", "cito")
WITH_MOMENT = ("cito", "iep", "diataal")  # providers whose test codes name a moment


@dataclass(frozen=True)
class Defect:
    """One kind of defect: the rule that must find it ("" when none must), and who can have it.

    put: does it, and tells the places where it must be found. alone: it breaks a file, so that the school gets one of
    its own; `put` writes that.
    """

    name: str
    rule: str
    severity: str
    what: str
    put: Callable[..., list[Place]]
    vendors: tuple[str, ...] = ALL
    providers: tuple[str, ...] = PROVIDERS
    alone: bool = False
    needs_eckid: bool = False
    n_schools: int = 1


KINDS: tuple[Defect, ...] = (
    Defect(
        "brin-lower-case",
        "brin-lower-case",
        "error",
        "BRIN in lower case",
        partial(row_defects.cell, "school", str.lower),
        CSV,
    ),
    Defect(
        "brin-not-enrolled", "school-not-enrolled", "error", "BRIN of no enrolled school", row_defects.not_enrolled, CSV
    ),
    Defect(
        "location-blank",
        "vestiging-missing",
        "error",
        "BRIN without vestiging",
        partial(row_defects.cell, "school", lambda text: text[:4]),
        ("cito",),
    ),
    Defect(
        "location-wrong",
        "vestiging-unknown",
        "error",
        "vestiging that is not enrolled",
        row_defects.other_location,
        CSV,
    ),
    Defect("date-notation", "date-format", "error", "date in another format", row_defects.other_notation),
    Defect(
        "date-future",
        "date-in-future",
        "error",
        "test in the future",
        partial(row_defects.moved, row_defects.years_later),
    ),
    Defect(
        "date-outside-moment",
        "date-outside-window",
        "warning",
        "M test in March",
        partial(row_defects.moved, lambda _: date(YEAR, 3, 20)),
        providers=WITH_MOMENT,
    ),
    Defect(
        "m-test-in-september",
        "date-outside-window",
        "warning",
        "M test in September",
        partial(row_defects.moved, lambda _: date(YEAR - 1, 9, 12)),
        providers=WITH_MOMENT,
    ),
    Defect("scale-missing", "scale-missing", "error", "no scale code", partial(row_defects.empty, "scale")),
    Defect(
        "scale-unknown",
        "scale-unknown",
        "error",
        "scale code that does not exist",
        partial(row_defects.cell, "scale", lambda _: "CITO-XX-9"),
    ),
    Defect("scale-old", "scale-retired", "error", "score on an old scale", row_defects.old_scale, providers=("cito",)),
    Defect(
        "percentages",
        "score-percentage",
        "error",
        "percentages in the score field",
        row_defects.percentages,
        providers=("cito",),
    ),
    Defect("score-out-of-range", "score-out-of-range", "error", "score of 999", row_defects.out_of_range),
    Defect("decimal-comma", "score-decimal-comma", "error", "decimal comma", row_defects.wrong_decimal_mark, ("cito",)),
    Defect("encoding", "encoding-wrong", "error", "wrong encoding", file_defects.other_encoding, CSV, alone=True),
    Defect("separator", "separator-wrong", "error", "wrong separator", file_defects.other_separator, CSV, alone=True),
    Defect(
        "column-missing",
        "column-missing",
        "error",
        "no column with the scale",
        file_defects.without_column,
        CSV,
        alone=True,
    ),
    Defect(
        "column-renamed",
        "column-renamed",
        "error",
        "score column renamed",
        file_defects.renamed_column,
        CSV,
        alone=True,
    ),
    Defect(
        "column-extra",
        "column-extra",
        "warning",
        "a column more",
        partial(file_defects.extra_column, "Opmerking", lambda _: "inhaaltoets"),
        CSV,
        alone=True,
    ),
    Defect(
        "columns-reordered",
        "columns-reordered",
        "info",
        "columns in another order",
        file_defects.reordered,
        CSV,
        alone=True,
    ),
    Defect("file-cut", "row-truncated", "error", "file that breaks off", file_defects.cut, CSV, alone=True),
    Defect("file-empty", "file-empty", "error", "empty file", file_defects.nothing, alone=True),
    Defect("file-header-only", "file-without-rows", "error", "header only", file_defects.header_only, CSV, alone=True),
    Defect("result-twice", "result-twice", "warning", "the same result twice", row_defects.twice, CSV),
    Defect("result-conflict", "result-conflict", "error", "the same key with another score", row_defects.conflict, CSV),
    Defect("half-results", "half-result", "info", "two half-results of one test", row_defects.halves, CSV, WITH_MOMENT),
    Defect(
        "pupil-at-two-schools",
        "pupil-at-two-schools",
        "warning",
        "a pupil at two schools in one year",
        row_defects.two_schools,
        ("parnassys",),
        needs_eckid=True,
        n_schools=2,
    ),
    Defect(
        "two-pupils-one-id", "pupil-id-shared", "error", "two pupils under one key", row_defects.two_pupils, ("esis",)
    ),
    Defect(
        "pupil-missing", "pupil-id-missing", "error", "result without pupil", partial(row_defects.empty, "pupil"), CSV
    ),
    Defect(
        "approval-missing",
        "approval-missing",
        "error",
        "school without approval",
        partial(row_defects.approval, None),
        ("parnassys",),
    ),
    Defect(
        "approval-late",
        "approval-late",
        "error",
        "approval after the deadline",
        partial(row_defects.approval, f"{YEAR}-08-15"),
        ("parnassys",),
    ),
    Defect("objection", "", "", "pupil with an objection: the rows are withdrawn", row_defects.objection),
    Defect(
        "delivered-again",
        "",
        "",
        "the same rows in a second file: the first are superseded",
        file_defects.again,
        CSV,
        alone=True,
    ),
    Defect(
        "bsn",
        "identifier-bsn",
        "error",
        "a column of BSNs",
        partial(file_defects.numbers, 300_000_000, 0),
        CSV,
        alone=True,
    ),
    Defect(
        "onderwijsnummer",
        "identifier-onderwijsnummer",
        "error",
        "a column of onderwijsnummers",
        partial(file_defects.numbers, 101_000_000, 5),
        CSV,
        alone=True,
    ),
    Defect(
        "name",
        "identifier-name",
        "error",
        "a column of names",
        partial(file_defects.extra_column, "Achternaam", lambda n: f"Voorbeeld{n}"),
        CSV,
        alone=True,
    ),
    Defect(
        "birth-date",
        "identifier-birth-date",
        "error",
        "a column of birth dates",
        partial(file_defects.extra_column, "Geboortedatum", lambda n: f"201{n % 5}-0{1 + n % 9}-1{n % 9}"),
        CSV,
        alone=True,
    ),
    Defect(
        "email",
        "identifier-email",
        "error",
        "an e-mail address",
        partial(
            file_defects.extra_column, "Opmerking", lambda n: "ouder@voorbeeld.example" if n == 9 else "", row=None
        ),
        CSV,
        alone=True,
    ),
    Defect(
        "message-cut",
        "xml-not-well-formed",
        "error",
        "message that breaks off",
        file_defects.cut_message,
        UWLR,
        alone=True,
    ),
    Defect(
        "message-with-entity",
        "xml-forbidden",
        "error",
        "document type with an entity",
        partial(file_defects.of_message, "?>", '?><!DOCTYPE a [<!ENTITY b "c">]>', None),
        UWLR,
        alone=True,
    ),
    Defect(
        "message-version",
        "xml-version",
        "error",
        "another version of the standard",
        partial(file_defects.of_message, "<xsdversie>2.2<", "<xsdversie>2.1<", None),
        UWLR,
        alone=True,
    ),
    Defect(
        "message-structure",
        "xml-element-unknown",
        "error",
        "unknown element",
        partial(file_defects.of_message, "<resultaten>", "<uitslagen/><resultaten>", None),
        UWLR,
        alone=True,
    ),
    Defect(
        "test-not-described",
        "test-unknown-in-message",
        "error",
        "test that the message does not describe",
        row_defects.unknown_test,
        UWLR,
    ),
    Defect("decimal-point", "score-decimal-point", "error", "decimal point", row_defects.wrong_decimal_mark, ("esis",)),
)
