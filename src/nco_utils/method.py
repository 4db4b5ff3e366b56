"""The technical explanation (technische toelichting): `docs/methode.qmd` with the numbers of a round filled in.

Only what every reader may know of the country comes into it: figures that the reports show, by CBS's rules for
export (`export_control`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from . import __version__, document, enrolment, strict_yaml, tables
from .blocks import Column, Table
from .dutch import capital, count, date_words, domain_name, number, step_span, texts
from .errors import UnusableInput
from .export_control import export_tables
from .markdown import escape
from .params import Params, project_root
from .tables import MODEL_KEYS

NAME = "methode"
_VALUE = re.compile(r"\{\{< meta ([\w.-]+) >\}\}")
_PASSAGE = re.compile(r"^::: \{#([\w-]+)\}\n.*?\n:::$", re.MULTILINE | re.DOTALL)
_HEAD = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)


@dataclass(frozen=True)
class Figures:
    """The numbers of a round for the explanation: tables `country` and `model_terms` as far as they may be told.

    national: of all pupils, the round's own school year, a row per model. variances: its rows with sigma2, tau2 and
    icc beside them, where there is a model. schools: how many schools have growth.
    """

    national: pd.DataFrame
    variances: pd.DataFrame
    schools: int


def figures(folder: Path, school_year: str, data: Path, settings: Params) -> Figures:
    """Return the numbers of an analysed round in `folder`; raises ContractError when a table is absent."""
    report = tables.read(tables.REPORT, folder)
    schools = enrolment.read_register(data).schools[["brinvest", "sector"]]
    report = report[(report["trait"] == tables.ALL) & (report["school_year"] == school_year)].merge(schools)
    country = tables.read(tables.COUNTRY, folder)
    country = country[country["school_year"] == school_year]
    national, terms = export_tables(country, tables.read(tables.MODEL_TERMS, folder), settings.export)
    whole = national[national["trait"] == tables.ALL]
    variances = terms[terms["term"].isin(["sigma2", "tau2"])].set_index([*MODEL_KEYS, "term"])["estimate"].unstack()
    variances = variances.reindex(columns=["sigma2", "tau2"]).dropna(subset="sigma2")
    variances["icc"] = variances["tau2"] / (variances["tau2"] + variances["sigma2"])
    in_report = report["status"].isin(["shown", "hidden"])
    return Figures(
        whole, whole.merge(variances.reset_index(), on=MODEL_KEYS), report.loc[in_report, "brinvest"].nunique()
    )


def write(found: Figures, round_code: str, notice: str, settings: Params, folder: Path) -> None:
    """Write the explanation of a round as a document (`report.md`) into the new folder `folder`."""
    path = project_root() / "docs" / f"{NAME}.qmd"
    source = path.read_text(encoding="utf-8")
    passages = {"tabel-landelijk": _national_table(found), "tabel-modellen": _model_table(found)}
    text = fill(source, _values(found, round_code, settings), passages)
    matter = strict_yaml.load(_HEAD.match(source)[1], path)
    round_ = settings.round(round_code)
    day, words = round_.publication.isoformat(), texts("cover")
    cover = {"round": f"{round_.label} ({round_code})", "publication": date_words(day), "version": __version__}
    matter = {name: matter[name] for name in ("title", "subtitle", "lang", "school", "description")}
    matter |= {
        "round": round_code,
        "round-label": round_.label,
        "date": day,
        "date-label": date_words(day),
        "reference": f"NCO-{round_code}-{NAME}",
        "version": __version__,
        "toc-title": words["contents"],
        "cover": [{"label": words["labels"][name], "value": value} for name, value in cover.items()],
        "demo-notice": escape(notice),
    }
    document.write_text(matter, text, folder)


def fill(source: str, values: Mapping[str, str], passages: Mapping[str, str]) -> str:
    """Return the text of a Quarto document, without its head, with its `meta` values and its named blocks filled in.

    Raises UnusableInput, naming it, for a value or a block that there is nothing for.
    """

    def of(known: Mapping[str, str]):
        def replaced(found: re.Match) -> str:
            if found[1] not in known:
                raise UnusableInput(f"docs/{NAME}.qmd asks for {found[1]!r}. There are: {', '.join(sorted(known))}.")
            return known[found[1]]

        return replaced

    text = _HEAD.sub("", source)
    return _PASSAGE.sub(of(passages), _VALUE.sub(of(values), text))


def _values(found: Figures, round_code: str, settings: Params) -> dict[str, str]:
    round_, model, profile = settings.round(round_code), settings.reference, settings.profile
    names = [texts("traits")[term] for term in model.terms]
    return {
        "ronde.naam": f"ronde {round_code} ({round_.label.lower()})",
        "ronde.schooljaar": round_.school_year,
        "ronde.scholen": count(found.schools),
        "ronde.paren": count(int(found.national["n_pupils"].sum())),
        "ronde.modellen": count(len(found.variances)),
        "model.naam": f"`{model.estimator}`",
        "model.kenmerken": f"{', '.join(names[:-1])} en {names[-1]}",
        "model.minimum-scholen": count(model.minimum_schools),
        "model.minimum-leerlingen": count(model.minimum_pupils),
        "privacy.kleinste-groep": count(profile.minimum_group),
        "privacy.grootste-verborgen": count(profile.minimum_group - 1),
        "privacy.staart": count(profile.minimum_tail),
        "privacy.beginscore": number(profile.protected_spread),
        "privacy.scholen-gemiddelde": count(profile.minimum_schools.mean),
        "privacy.scholen-spreiding": count(profile.minimum_schools.spread),
        "privacy.band": number(model.similar_band),
        "melding.grens": f"{number(100 * settings.ranking.false_discovery_rate, 0)} procent",
        "melding.minimum-scholen": count(settings.ranking.minimum_schools),
        "versie": __version__,
    }


def _national_table(found: Figures) -> str:
    words = texts("method")
    rows = tuple(
        (_model_name(row), row.n_pupils, row.n_schools, *map(_known, (row.mean_growth, row.sd_pupils, row.sd_schools)))
        for row in found.national.itertuples()
    )
    kinds = (Column("", "words"), Column("", "count"), Column("", "count"), Column(""), Column(""), Column(""))
    return _table("tabel-landelijk", words["national"], words["national_header"], kinds, rows)


def _model_table(found: Figures) -> str:
    words = texts("method")
    rows = tuple((_model_name(row), row.sigma2, row.tau2, row.icc) for row in found.variances.itertuples())
    kinds = (Column("", "words"), Column(""), Column("", decimals=2), Column("", decimals=3))
    return _table("tabel-modellen", words["models"], words["models_header"], kinds, rows)


def _table(name: str, caption: str, header: list[str], kinds: tuple[Column, ...], rows: tuple) -> str:
    if not rows:
        return texts("method")["no_rows"]
    columns = tuple(replace(kind, title=title) for kind, title in zip(kinds, header, strict=True))
    return Table(name, caption, columns, rows).markdown


def _known(value: float) -> float | None:
    return value if pd.notna(value) else None


def _model_name(row) -> str:
    return f"{capital(domain_name(row.domain))}, {step_span(row.step)}, {row.sector}, {row.scale}"
