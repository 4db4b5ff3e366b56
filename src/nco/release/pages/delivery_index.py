"""The index of a round's delivery reports: every supplier and school, those that need attention first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nco.base.dutch import count, texts
from nco.deliveries.delivery_report import COUNTS, FOLDER, STATES, Report
from nco.render import page_shell


@dataclass(frozen=True)
class Entry:
    """One report as the index tells it; `first`: whether it is the first of its state, to which a link leads."""

    kind: str
    id: str
    name: str
    board: str
    vendor: str
    state: str
    n_asked: int
    counts: tuple[int, ...]
    first: bool = False

    @classmethod
    def of(cls, report: Report) -> "Entry":
        """Return the entry of a report."""
        vendor = texts(FOLDER)["vendors"].get(report.vendor, "")
        counts = report.total.counts
        return cls(
            report.kind, report.id, report.name, report.board or "", vendor, report.state, report.n_asked, counts
        )


def in_order(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries by what needs attention first: the state, rows set aside, what is asked, and the name."""
    found = sorted(entries, key=lambda e: (STATES.index(e.state), -e.counts[2], -e.n_asked, e.name, e.id))
    states = [entry.state for entry in found]
    return [replace(entry, first=states.index(entry.state) == place) for place, entry in enumerate(found)]


def body(suppliers: Sequence[Entry], schools: Sequence[Entry]) -> str:
    """Return the text of the page, as HTML; both in order. Its totals are those of the suppliers: all rows."""
    listed = {"suppliers": suppliers, "schools": schools}
    total = _sums(suppliers)
    environment = page_shell.templates()
    environment.filters["count"] = count
    return environment.get_template("leveringsverslagen.html").render(
        w=texts(FOLDER)["index"],
        total_name=texts(FOLDER)["total"],
        listed=listed,
        states={
            kind: [(state, n) for state in STATES if (n := sum(entry.state == state for entry in found))]
            for kind, found in listed.items()
        },
        counts=COUNTS,
        total=total,
        rest=[all_ - theirs for all_, theirs in zip(total, _sums(schools), strict=True)],
    )


def lines(suppliers: Sequence[Entry], schools: Sequence[Entry]) -> list[list[str]]:
    """Return the lines of the CSV: the same entries in the same order."""
    words = texts(FOLDER)["index"]
    return [
        [
            words["kinds"][entry.kind],
            entry.id,
            entry.name,
            entry.board,
            entry.vendor,
            words["states"][entry.state],
            str(entry.n_asked),
            *map(str, entry.counts),
        ]
        for entry in (*suppliers, *schools)
    ]


def _sums(entries: Sequence[Entry]) -> list[int]:
    return [sum(entry.counts[place] for entry in entries) for place in range(len(COUNTS))]
