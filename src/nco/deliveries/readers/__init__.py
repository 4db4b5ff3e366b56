"""Vendor exports: reads a delivered file of any dialect, checks it, and gives canonical results."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd

from nco.base import all_settings, characters, readable
from nco.register.findings import BrokenFile, Finding, Rule, Sent, finding, findings_table, row_findings, suite_rules
from nco_utils.tables import RESULTS, empty

from . import cito, esis, uwlr
from .coded import coded, mapped, plain
from .facts import TEST_CODE, outside, results
from .suites import broken_rows

OUTSIDE_WINDOW = "date-outside-window"  # the rule of a test at another time than its moment
DIALECTS: tuple[ModuleType, ...] = (cito, esis, uwlr)

_FILES_PER_PROCESS = 200  # fewer are read sooner than a process has started


@dataclass(frozen=True)
class RawFile:
    """One file as delivered: its dialect, its rows as text, what its header gave to remark, what it says of itself."""

    dialect: ModuleType
    file: str
    rows: pd.DataFrame
    findings: list[Finding]
    sent: Sent | None = None


@dataclass(frozen=True)
class Delivery:
    """What a delivery holds: tables RESULTS (the rows that can be used) and FINDINGS, and every row with its state.

    results: as RESULTS, but a result that stands in two files is there twice (unique: source_file, source_row).
    rows: every delivered row, in the order delivered: source_file, source_row, brinvest, pupil_id, test_code,
    scale, test_date (as far as they could be read), key (the message's own key of the result), eckid, sex,
    kept_out (the first rule that keeps the row out, in the order of the suite; NA if usable) and
    copy_of_earlier (the same row stands earlier in the same file, and that one is in results).
    outside: as results, the rows that are kept out only because of the window of their moment.
    domain_scores: source_file, source_row and domain_scores of the results that have them.
    """

    dialect: str
    results: pd.DataFrame
    findings: pd.DataFrame
    rows: pd.DataFrame
    outside: pd.DataFrame
    domain_scores: pd.DataFrame


def read_export(path: Path | str) -> Delivery:
    """Read and check one delivered file by itself.

    Raises ExportError, naming file, row and column, when the file is of no known dialect or its
    structure is broken. A row that breaks a rule is a finding and gives no result.
    """
    raw = read_raw(Path(path))
    return check([raw], date.today())


def read_raw(path: Path, name: str | None = None) -> RawFile:
    """Read one file as text, in the dialect that the file itself shows; raises BrokenFile.

    name: what findings call the file, by default its own name.
    """
    file = name or path.name
    data = readable.contents(path)
    if data is readable.Unread.TOO_LARGE:
        most = all_settings.load().reading.bounds.file_bytes // 1_000_000
        raise BrokenFile(finding("file-too-large", file, most=f"{most:,}".replace(",", ".")))
    if isinstance(data, readable.Unread):
        raise BrokenFile(finding("file-unreadable", file))
    if not data.strip(b"\xef\xbb\xbf \t\r\n"):
        raise BrokenFile(finding("file-empty", file))
    for dialect in DIALECTS:
        if dialect.recognises(data):
            return RawFile(dialect, file, *dialect.read(data, file))
    raise BrokenFile(finding("dialect-unknown", file, row=1))


def read_files(files: Sequence[tuple[Path, str]]) -> Iterator[RawFile | BrokenFile]:
    """Yield each file (with what findings call it) as `read_raw` reads it, in order, or why it cannot be read.

    Thousands of files, a message for every school, are read by several processes.
    """
    n_processes = min(all_settings.load().release.workers, len(files) // _FILES_PER_PROCESS)
    if n_processes < 2:
        yield from map(_readable, files)
        return
    # Spawned, not forked: a child would miss the threads of this process.
    with ProcessPoolExecutor(n_processes, get_context("spawn")) as pool:
        for found in pool.map(_named, files, chunksize=20):
            yield found if isinstance(found, BrokenFile) else replace(found[1], dialect=_by_name(found[0]))


def _readable(file: tuple[Path, str]) -> RawFile | BrokenFile:
    try:
        return read_raw(*file)
    except BrokenFile as problem:
        return problem


def _named(file: tuple[Path, str]) -> tuple[str, RawFile] | BrokenFile:
    """Read a file in another process: a module cannot travel back, its name can."""
    found = _readable(file)
    return found if isinstance(found, BrokenFile) else (found.dialect.NAME, replace(found, dialect=None))


def _by_name(name: str) -> ModuleType:
    return next(dialect for dialect in DIALECTS if name == dialect.NAME)


def check(files: list[RawFile], latest: date) -> Delivery:
    """Check all files of one dialect in one call of its suite; `latest` is the last possible day of a test."""
    dialect, settings = files[0].dialect, all_settings.load()
    raw = pd.concat([file.rows for file in files], ignore_index=True)
    in_codes = raw.assign(**{name: coded(raw[name]) for name in _columns(raw, dialect)})
    facts = dialect.with_facts(in_codes, settings, latest)
    faults = _written(in_codes, dialect)
    rows = pd.concat([raw.drop(columns=facts.columns, errors="ignore"), facts, _columns_with(faults, len(raw))], axis=1)
    parameters = {"test_code": TEST_CODE, "scales": sorted(settings.scales)}
    words = {"latest": latest, "first": settings.reading.first_test, "scales": ", ".join(parameters["scales"])}
    rules = suite_rules(dialect.NAME)
    broken = broken_rows(dialect.NAME, rows, parameters)
    findings = [found for file in files for found in file.findings]
    findings += [
        row_findings(rules[rule].worded(**words), rows.iloc[_not_said(rules[rule], positions, faults)], dialect.VENDOR)
        for rule, positions in broken.items()
    ]
    kept_out = _first_rule(rules, broken, len(rows))
    usable = kept_out.isna()
    found = results(rows[usable], dialect.VENDOR) if usable.any() else empty(RESULTS)
    misplaced = outside(rows[_only_outside(rules, broken, len(rows))], dialect.VENDOR)
    beside = rows[usable & rows["first_copy"] & rows["domain_scores"].notna()]
    scores = beside[["source_file", "source_row", "domain_scores"]].reset_index(drop=True)
    return Delivery(dialect.NAME, found, findings_table(findings), _accounted(rows, kept_out), misplaced, scores)


def _columns(raw: pd.DataFrame, dialect: ModuleType) -> list[str]:
    """The columns of the dialect that the files have."""
    return [*dialect.COLUMNS, *(name for name in dialect.OPTIONAL if name in raw), "source_file"]


def _written(rows: pd.DataFrame, dialect: ModuleType) -> dict[str, dict[str, np.ndarray]]:
    """Return of every fault in how a text is written the columns that have it and in which rows (n,)."""
    found: dict[str, dict[str, np.ndarray]] = {characters.INVISIBLE: {}, characters.DAMAGED: {}}
    for columns, key in ((dialect.KEYS, True), (dialect.VALUES, False)):
        for name in columns:
            faults = mapped(rows[name], lambda texts, key=key: characters.faults(texts, key))
            for fault in faults.dropna().unique():
                found[fault][name] = (faults == fault).to_numpy(bool)
    return found


def _columns_with(faults: dict[str, dict[str, np.ndarray]], n: int) -> pd.DataFrame:
    """Return for every fault the columns of each row that have it, in words; empty where none has."""
    columns = {}
    for fault, where in faults.items():
        texts = np.full(n, None, dtype=object)
        for name, rows in where.items():
            texts[rows] = [f"{text}, {name}" if text else name for text in texts[rows]]
        columns[f"{fault}_in"] = pd.Series(texts, dtype="str")
    return pd.DataFrame(columns)


def _not_said(rule: Rule, positions: np.ndarray, faults: dict[str, dict[str, np.ndarray]]) -> np.ndarray:
    """Return the rows without those of which how the text in the rule's column is written says what is wrong."""
    for where in faults.values():
        if rule.column in where:
            positions = positions[~where[rule.column][positions]]
    return positions


def _first_rule(rules: dict[str, Rule], broken: dict[str, np.ndarray], n: int) -> pd.Series:
    """Return for each row the first rule, in the order of the suite, that keeps it out."""
    names = [rule for rule in rules if rules[rule].keeps_out]
    codes = np.full(n, -1)
    for code, rule in reversed(list(enumerate(names))):
        codes[broken.get(rule, [])] = code
    return plain(pd.Series(pd.Categorical.from_codes(codes, categories=names)))


def _only_outside(rules: dict[str, Rule], broken: dict[str, np.ndarray], n: int) -> np.ndarray:
    """Return the rows (n,) that are kept out by the window of their moment and by nothing else."""
    n_rules = np.zeros(n, dtype=int)
    for name in (name for name in rules if rules[name].keeps_out and name in broken):
        n_rules[broken[name]] += 1
    only = np.zeros(n, dtype=bool)
    only[broken.get(OUTSIDE_WINDOW, [])] = True
    return only & (n_rules == 1)


def _accounted(rows: pd.DataFrame, kept_out: pd.Series) -> pd.DataFrame:
    names = ["source_file", "source_row", "brinvest", "pupil_id", "test_code", "scale", "test_date"]
    return rows[[*names, "key", "eckid", "sex"]].assign(
        kept_out=kept_out,
        copy_of_earlier=kept_out.isna() & ~rows["first_copy"],
    )
