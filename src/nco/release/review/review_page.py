"""The page that reviewers start from: every report, what to read first, and how each stands. Static, for a browser."""

import re
import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from nco.base.dutch import capital, count, domain_name, number, step_code, texts
from nco.base.markdown import escape
from nco.render import outputs, page_shell
from nco.reports import kinds
from nco_utils.params import Round, project_root

from ..pages import index
from . import verdicts
from .verdicts import Settled, Verdict

NAME = "index.html"
FOLDER = "review"  # in reports/: the template, its style and its script
SEEN = 8  # digits of a digest that tell what was seen


@dataclass(frozen=True)
class Row:
    """One report as reviewers see it.

    digest: of what there is to see, None without. order: the place in the sample, for `reasons`. files, notebook and
    delivery: where they lie within the folder of the review. The rest as in `ReportFacts`.
    """

    subject: str
    kind: str
    name: str
    board_number: str
    board_name: str
    state: str
    error: str | None
    key: str | None
    digest: str | None
    counts: dict[str, int]
    n_schools: int
    n_pupils: int | None
    n_shown: int
    n_hidden: int
    change: float | None
    n_higher: int
    n_lower: int
    outstanding: tuple[tuple[str, str, str], ...]
    reasons: tuple[str, ...]
    files: dict[str, str]
    notebook: str | None
    delivery: str | None
    order: int | None = None


@dataclass(frozen=True)
class Candidates:
    """The reports of a run, those of schools first.

    made_with, shell: of the empty page. delivered: when the reports on deliveries were written. mode: what the
    publication of the round has waited for up to now (`verdicts.MODES`).
    """

    round_code: str
    out: str
    mode: str
    made_with: str
    delivered: int
    shell: str
    rows: tuple[Row, ...]

    @property
    def digests(self) -> dict[str, str]:
        """What a verdict can be given on: the digest of every report that was made, by subject."""
        return {row.subject: row.digest for row in self.rows if row.digest}


def front_matter(round_: Round, notice: str) -> dict:
    """Return what the empty page says."""
    words = texts("review")
    return {
        "title": words["title"],
        "lang": "nl",
        "round-label": round_.label,
        "description": words["description"],
        "demo-notice": escape(notice),
    }


def page(candidates: Candidates, last: Mapping[str, Verdict], settled: Settled) -> str:
    """Return the page; everything in it is escaped, and it needs no other file to be read."""
    standing = verdicts.standings(candidates.digests, last)
    rows = sorted(candidates.rows, key=lambda row: (row.order is None, row.order or 0, row.state != "failed"))
    body = (
        _templates()
        .get_template(f"{FOLDER}/page.html")
        .render(
            rows=rows,
            subject_of=lambda row: kinds.of(row).subject,
            w=texts("review"),
            states={name.removeprefix("status_"): word for name, word in texts("index").items() if "status_" in name},
            standing=standing,
            last=last,
            waiting=frozenset(settled.waiting),
            n=Counter(standing.values()),
            n_failed=sum(row.state == "failed" for row in rows),
            n_sample=sum(bool(row.reasons) for row in rows),
            mode=settled.mode,
            incomplete=frozenset(name for name, why in settled.left_out.items() if why == verdicts.INCOMPLETE),
            command=f"nco review {candidates.round_code} --out {shlex.quote(candidates.out)}",
            seen=SEEN,
        )
    )
    # A function, so that nothing in the text is taken for a reference to a group.
    page = re.sub(f"<p>{page_shell.BODY}</p>", lambda _: body, candidates.shell, count=1)
    return page_shell.with_scripts_named(page)


def notebook_style(style: str) -> str:
    """Return the style of the pages of notebooks: the house style's, and their own."""
    return f"{style}\n{_source('notebook.css')}"


@cache
def _templates() -> Environment:
    environment = page_shell.templates()
    environment.filters |= {"count": count, "signed": _signed, "share": _share, "day": _day, "step": _step}
    environment.filters["file"] = _file
    environment.globals["source"] = lambda name: Markup(_source(name))
    return environment


def _source(name: str) -> str:
    path: Path = project_root() / "reports" / FOLDER / name
    return path.read_text(encoding="utf-8")


def _file(name: str) -> str:
    """A file of a report, by what it is called there, as its link says."""
    (stem,) = outputs.grouped([name])
    return f"{index.label(stem)} {outputs.of_format(name).upper()}".strip()


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else ''}{number(value, 2)}"


def _share(row: Row) -> int | None:
    """The percentage of a report's results that is hidden."""
    results = row.n_hidden + row.n_shown
    return round(100 * row.n_hidden / results) if results else None


def _day(at: str) -> str:
    """A time in UTC as it is read."""
    return at[:16].replace("T", " ")


def _step(outstanding: tuple[str, str, str]) -> str:
    domain, step, verdict = outstanding
    return f"{capital(domain_name(domain))} {step_code(step)} {texts('review')['arrows'][verdict]}"
