"""The matters of a delivery report: findings grouped by what is wrong, with who can mend it, and what that costs.

Who can act on a rule is data (`who` of every rule, in `expectations/`): what only NCO or a board can mend is nobody
else's to do, and is told only where rows do not count for it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import NamedTuple

import pandas as pd

from nco.base.dutch import count, date_words, domain_name, step_words, texts
from nco.register.delivery_tables import SEVERITIES
from nco.register.findings import Finding, Rule, other_rules, suite_rules

from . import named_schools
from .quarantine import RefusedFile
from .readers import DIALECTS
from .validation import Validation
from .without_growth import Lacking

FOLDER = "leveringsverslag"
SHOWN_PLACES = 5  # of one matter; the CSV has all
BREACH = "identifier-"  # the rules on direct identifiers begin so
KINDS = ("errors", "checks", "others", "notes")  # to mend, to look at, out of the reader's hands, to know
_OWN_FILES = ("register/", "background/")  # NCO's: no reader has them
_FOLDER_WITHIN = "delivery-folder-within"
_SCHOOL, _SUPPLIER = "school", "supplier"


class Told(NamedTuple):
    """One finding as a reader is told it: a line of the CSV."""

    rule: str
    severity: str
    vendor: str | None
    brinvest: str | None
    file: str | None
    row: int | None
    column: str | None
    message: str
    action: str
    until: str | None
    who: str
    step: str | None


@dataclass(frozen=True)
class Reader:
    """Who reads a report: a school or a supplier, and the last days from which it can mend something (None: over)."""

    kind: str
    days: Mapping[str, date | None]
    has_used: bool = False


@dataclass(frozen=True)
class Matter:
    """One thing that is wrong: the rule in words, who does what until when, how often, how many rows, first where."""

    kind: str
    rule: str
    severity: str
    message: str
    action: str
    who: str
    until: str | None
    times: int
    n_rows: int
    schools: tuple[str, ...]
    places: tuple[str, ...]

    @property
    def breach(self) -> bool:
        """Whether it is a breach of privacy: a direct identifier of pupils."""
        return self.rule.startswith(BREACH)

    @property
    def until_words(self) -> str:
        """The last day in words."""
        return date_words(self.until) if self.until else ""

    @property
    def often(self) -> str:
        """How often it was found."""
        words = texts(FOLDER)
        return words["once"] if self.times == 1 else words["times"].format(n=count(self.times))

    @property
    def lost(self) -> str:
        """How many rows do not count for it."""
        words = texts(FOLDER)["lost_rows"]
        return words["one" if self.n_rows == 1 else "more"].format(n=count(self.n_rows))

    @property
    def school_words(self) -> str:
        """The first of its schools, and how many more there are."""
        more = len(self.schools) - SHOWN_PLACES
        said = ", ".join(self.schools[:SHOWN_PLACES])
        return f"{said} {texts(FOLDER)['more'].format(n=count(more))}" if more > 0 else said


class Lost:
    """How many delivered rows do not count for a finding: those that it keeps out, whatever else is wrong with them."""

    def __init__(self, validation: Validation) -> None:
        self.refused = {file.file: file for file in validation.refused}
        table = validation.quarantine
        single, whole = table[table["level"] == "row"], table[table["level"] == "school"]
        self._rows = set(zip(single["file"], single["row"], strict=True))
        of_school = zip(whole["rule"], whole["file"], whole["brinvest"], strict=True)
        self._schools = dict(zip(of_school, whole["n_rows"].astype(int), strict=True))

    def units(self, found: Finding, rule: Rule, kind: str) -> tuple[object, int] | None:
        """Return what is lost, to count it once, and its number of rows; None where nothing is."""
        if (file := self.refused.get(found.file)) is not None:
            mine = file.schools.get(str(found.brinvest), 0) if kind == _SCHOOL else file.n_rows
            return found.file, mine
        if (place := (found.rule, found.file, found.brinvest)) in self._schools:
            return place, self._schools[place]
        if rule.keeps_out and (found.file, found.row) in self._rows:
            return (found.file, found.row), 1
        return None


def by_reader(
    validation: Validation, lacking: Iterable[Lacking], enrolled: Iterable[str], by: str
) -> dict[str, list[Finding | Lacking]]:
    """Return what is found of every supplier or school: also, of a school, of the refused files that name it."""
    found: dict[str, list[Finding | Lacking]] = defaultdict(list)
    schools = frozenset(enrolled)
    refused = {file.file: file for file in validation.refused}
    for row in validation.findings.itertuples(index=False):
        each = Finding(*row)
        if by == "brinvest" and pd.isna(each.brinvest):
            for school in _named(each, refused, schools):
                found[school].append(replace(each, brinvest=school))
        elif pd.notna(getattr(each, by)):
            found[getattr(each, by)].append(each)
    for other in lacking:
        found[getattr(other, by)].append(other)
    return found


def _named(found: Finding, refused: Mapping[str, RefusedFile], schools: frozenset[str]) -> list[str]:
    """The schools of a finding that names none itself: those that its file, or the name of its folder, names."""
    if found.file in refused:
        return list(refused[found.file].schools)
    if found.rule == _FOLDER_WITHIN:
        codes = named_schools.in_name(found.file)
        return sorted({school for code in codes for school in named_schools.locations(code, schools)})
    return []


@cache
def rule_of(rule: str, vendor: str | None) -> Rule:
    """Return a rule by its id: one on files or tables, or one of the supplier's dialect."""
    if rule in other_rules():
        return other_rules()[rule]
    (dialect,) = (each for each in DIALECTS if vendor == each.VENDOR)
    return suite_rules(dialect.NAME)[rule]


def matters(found: Sequence[Finding | Lacking], lost: Lost, reader: Reader) -> list[tuple[Matter, list[Told]]]:
    """Return what is told to a reader with its single findings: breaches first, then by rows lost, then the rest."""
    groups: dict[tuple, list[tuple[Told, tuple[object, int] | None]]] = defaultdict(list)
    for each in found:
        rule = rule_of(each.rule, each.vendor if pd.notna(each.vendor) else None)
        told, units = _told(each, rule, lost, reader)
        if kind := _kind(rule, units, reader):
            groups[kind, told.rule, told.severity, told.message, told.action, told.who].append((told, units))
    made = [_matter(key, of, lost, reader) for key, of in groups.items()]
    return sorted(made, key=lambda pair: _order(pair[0]))


def _order(matter: Matter) -> tuple:
    severity = SEVERITIES.index(matter.severity)
    return (
        KINDS.index(matter.kind), not matter.breach, -matter.n_rows, severity, -matter.times, matter.rule,
        matter.message, matter.who,
    )  # fmt: skip


def _kind(rule: Rule, units: tuple[object, int] | None, reader: Reader) -> str | None:
    """Under which heading a rule comes for the reader; None where it is not the reader's affair."""
    # A school has its supplier mend what it cannot mend itself.
    own = reader.kind in rule.who or (reader.kind == _SCHOOL and _SUPPLIER in rule.who)
    in_time = rule.until == "delivery" or reader.days.get(rule.until) is not None
    if own and in_time:
        return {"error": "errors", "warning": "checks", "info": "notes"}[rule.severity]
    if units is not None:
        return "others"
    return "notes" if own else None


def _told(found: Finding | Lacking, rule: Rule, lost: Lost, reader: Reader) -> tuple[Told, tuple[object, int] | None]:
    words = texts(FOLDER)
    if isinstance(found, Lacking):
        return _lacking(found, rule, reader), None
    units = lost.units(found, rule, reader.kind)
    kind = _kind(rule, units, reader)
    until = reader.days[rule.until] if kind == "errors" else None
    message, action = found.message, rule.told.get(reader.kind, found.action)
    if refused := lost.refused.get(found.file):
        whose = _SUPPLIER if reader.kind == _SUPPLIER else "own" if len(refused.schools) == 1 else "shared"
        message = words["refused_because"][whose].format(message=message[:1].lower() + message[1:])
        if reader.kind == _SCHOOL and reader.has_used and kind == "errors":
            action = f"{action} {words['delivered_again']}"
    ours = found.file.startswith(_OWN_FILES)
    exact = kind != "others" and not ours  # of use to who mends it
    told = Told(
        rule=found.rule,
        severity=found.severity,
        vendor=found.vendor,
        brinvest=found.brinvest if pd.notna(found.brinvest) else None,
        file=None if ours else found.file,
        row=int(found.row) if exact and found.row is not None and pd.notna(found.row) else None,
        column=found.column if exact and pd.notna(found.column) else None,
        message=message,
        action=action,
        until=until.isoformat() if until else None,
        who=_who(rule, found.vendor, reader),
        step=None,
    )
    return told, units


def _lacking(found: Lacking, rule: Rule, reader: Reader) -> Told:
    step = f"{domain_name(found.domain)}, {step_words(found.step)}" if found.domain and found.step else None
    return Told(
        rule=rule.id,
        severity=rule.severity,
        vendor=found.vendor,
        brinvest=found.brinvest,
        file=None,
        row=None,
        column=None,
        message=rule.message,
        action=rule.told.get(reader.kind, rule.action),
        until=None,
        who=_who(rule, found.vendor, reader),
        step=step,
    )


def _who(rule: Rule, vendor: str | None, reader: Reader) -> str:
    """Who can mend it, as the reader is addressed."""
    words = texts(FOLDER)["who"][reader.kind]
    named = texts(FOLDER)["vendors"].get(vendor, "")
    said = [words[actor].format(vendor=named) for actor in rule.who]
    return f" {texts(FOLDER)['or']} ".join(said)


def _matter(key: tuple[str, ...], of: list, lost: Lost, reader: Reader) -> tuple[Matter, list[Told]]:
    kind, rule, severity, message, action, who = key
    told = [each for each, _ in of]
    n_rows = dict(units for _, units in of if units is not None)
    schools = {each.brinvest for each in told if each.brinvest}
    schools |= {school for each in told if each.file in lost.refused for school in lost.refused[each.file].schools}
    single = list(dict.fromkeys(told)) if kind == "others" else told
    matter = Matter(
        kind,
        rule,
        severity,
        message,
        action,
        who,
        told[0].until,
        len(told),
        sum(n_rows.values()),
        tuple(sorted(schools)),
        _places(single, reader),
    )
    return matter, single


def _places(told: list[Told], reader: Reader) -> tuple[str, ...]:
    words = texts(FOLDER)
    places: list[str] = []
    by_column: dict[tuple[str, str], list[int | None]] = defaultdict(list)
    known = [each for each in told if each.file or each.step]
    for each in known[:SHOWN_PLACES]:
        if each.step:
            places.append(each.step if reader.kind == _SCHOOL else f"{each.brinvest}: {each.step}")
        elif each.file:
            by_column[each.file, each.column or ""].append(each.row)
    for (file, column), numbers in by_column.items():
        rows = [str(row) for row in dict.fromkeys(numbers) if row is not None]
        if not rows:
            places.append(file)
            continue
        listed = rows[0] if len(rows) == 1 else f"{', '.join(rows[:-1])} {words['and']} {rows[-1]}"
        said = f"{words['row'] if len(rows) == 1 else words['rows']} {listed}"
        places.append(words["places_column" if column else "places"].format(file=file, rows=said, column=column))
    if len(known) > SHOWN_PLACES:
        places.append(words["more_places"].format(n=count(len(known) - SHOWN_PLACES)))
    return tuple(dict.fromkeys(places))
