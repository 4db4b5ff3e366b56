"""The technical explanation (technische toelichting): `docs/methode.qmd` with the numbers of a round filled in.

Only what every reader may know of the country comes into it: figures that the reports show, by CBS's rules for
export (`export_control`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from nco.base.all_settings import Settings
from nco.base.dutch import capital, count, date_words, domain_name, listed, number, step_span, texts
from nco.base.markdown import escape
from nco.disclosure import fitted_model, shown_tables
from nco.disclosure.cbs_export import export_tables
from nco.register import enrolment
from nco_utils import __version__, strict_yaml, tables
from nco_utils.errors import UnusableInput
from nco_utils.params import ReferenceModel, project_root
from nco_utils.reference import covariates
from nco_utils.tables import MODEL_KEYS

from . import document
from .blocks import Table, TableColumn
from .growth.sentences import trait_name

NAME = "methode"
_VALUE = re.compile(r"\{\{< meta ([\w.-]+) >\}\}")
_PASSAGE = re.compile(r"^::: \{#([\w-]+)\}\n.*?\n:::$", re.MULTILINE | re.DOTALL)
_CONDITION = re.compile(r"^::: \{\.als-([\w-]+)\}\n(.*?)\n:::\n", re.MULTILINE | re.DOTALL)
_HEAD = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)


@dataclass(frozen=True)
class Figures:
    """The numbers of a round for the explanation: tables `country` and `model_terms` as far as they may be told.

    national: of all pupils, the round's own school year, a row per model. variances: its rows with sigma2, tau2 and
    icc beside them, where there is a model. schools: how many schools have growth. model, covariates: how the models
    were fitted, and what they hold.
    """

    national: pd.DataFrame
    variances: pd.DataFrame
    schools: int
    model: ReferenceModel
    covariates: tuple[str, ...]


def figures(folder: Path, school_year: str, data: Path, settings: Settings) -> Figures:
    """Return the numbers of an analysed round in `folder`; raises ContractError when a table is absent."""
    report = tables.read(shown_tables.REPORT, folder)
    schools = enrolment.read_register(data).schools[["brinvest", "sector"]]
    report = report[(report["trait"] == tables.ALL) & (report["school_year"] == school_year)].merge(schools)
    country = tables.read(shown_tables.COUNTRY, folder)
    country = country[country["school_year"] == school_year]
    fitted, model = tables.read(tables.MODEL_TERMS, folder), fitted_model.read_model(folder)
    national, terms = export_tables(country, fitted, settings.export)
    whole = national[national["trait"] == tables.ALL]
    variances = terms[terms["term"].isin(["sigma2", "tau2"])].set_index([*MODEL_KEYS, "term"])["estimate"].unstack()
    variances = variances.reindex(columns=["sigma2", "tau2"]).dropna(subset="sigma2")
    variances["icc"] = variances["tau2"] / (variances["tau2"] + variances["sigma2"])
    in_report = report["status"].isin(["shown", "hidden"])
    return Figures(
        whole,
        whole.merge(variances.reset_index(), on=MODEL_KEYS),
        report.loc[in_report, "brinvest"].nunique(),
        model,
        covariates.fitted(fitted, model),
    )


def of_growth(round_code: str, data: Path, settings: Settings, folder: Path) -> None:
    """Write the explanation of a round of growth reports as a document (`report.md`) into the new folder `folder`."""
    found = figures(data / round_code, settings.round(round_code).school_year, data, settings)
    write(found, round_code, enrolment.read_notice(data), settings, folder)


def write(found: Figures, round_code: str, notice: str, settings: Settings, folder: Path) -> None:
    """Write the explanation with these numbers, as `of_growth` does."""
    passages = {"tabel-landelijk": _national_table(found), "tabel-modellen": _model_table(found)}
    filled = _values(found, round_code, settings), passages, _holds(found, settings)
    write_filled(NAME, filled, round_code, notice, settings, folder)


def write_filled(
    name: str,
    filled: tuple[Mapping[str, str], Mapping[str, str], Mapping[str, bool]],
    round_code: str,
    notice: str,
    settings: Settings,
    folder: Path,
) -> None:
    """Write `docs/<name>.qmd` as a document into the new folder `folder`; filled: as `fill` takes it."""
    path = project_root() / "docs" / f"{name}.qmd"
    source = path.read_text(encoding="utf-8")
    text = fill(source, *filled, name=name)
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
        "contents-page": True,
        "cover": [{"label": words["labels"][name], "value": value} for name, value in cover.items()],
        "demo-notice": escape(notice),
    }
    document.write_text(matter, text, folder)


def fill(
    source: str,
    values: Mapping[str, str],
    passages: Mapping[str, str],
    holds: Mapping[str, bool] = MappingProxyType({}),
    name: str = NAME,
) -> str:
    """Return the text of a Quarto document, without its head, with its `meta` values and its named blocks filled in.

    holds: whether a block of the class `als-<name>` stays, without its marks, or goes. Raises UnusableInput, naming it,
    for a value or a block that there is nothing for.
    """

    def chosen(found: re.Match) -> str:
        if found[1] not in holds:
            raise UnusableInput(f"docs/{name}.qmd asks whether {found[1]!r}. There are: {', '.join(sorted(holds))}.")
        return f"{found[2]}\n" if holds[found[1]] else ""

    def of(known: Mapping[str, str]):
        def replaced(found: re.Match) -> str:
            if found[1] not in known:
                raise UnusableInput(f"docs/{name}.qmd asks for {found[1]!r}. There are: {', '.join(sorted(known))}.")
            return known[found[1]]

        return replaced

    text = _CONDITION.sub(chosen, _HEAD.sub("", source))
    return _PASSAGE.sub(of(passages), _VALUE.sub(of(values), text))


def _holds(found: Figures, settings: Settings) -> dict[str, bool]:
    """Which passages are true of the model as it was fitted, and of how pupils are split."""
    mean = "school_mean(score_before)" in found.covariates
    split = bool(settings.subgroups)
    return {
        **{name: found.model.estimator == name for name in tables.ESTIMATORS},
        "schoolgemiddelde": mean,
        "geen-schoolgemiddelde": not mean,
        "deelgroepen": split,
        "geen-deelgroepen": not split,
    }


def _score(model: ReferenceModel) -> str:
    """The form in which the earlier score is in the model."""
    words, knots = texts("method"), len(set(model.score_knots))
    return words["score_spline"].format(freedom=knots - 1) if knots > 2 else words["score_line"]


def _values(found: Figures, round_code: str, settings: Settings) -> dict[str, str]:
    round_, model, profile = settings.round(round_code), found.model, settings.profile
    sectors = listed(f"het {texts('sectors')[name]}" for name in model.not_for)
    return {
        "ronde.naam": f"ronde {round_code} ({round_.label.lower()})",
        "ronde.schooljaar": round_.school_year,
        "ronde.scholen": count(found.schools),
        "ronde.paren": count(int(found.national["n_pupils"].sum())),
        "ronde.modellen": count(len(found.variances)),
        "model.naam": f"`{model.estimator}`",
        "model.kenmerken": listed(map(trait_name, found.covariates)),
        "model.eerdere-score": _score(model),
        "model.niet-voor": texts("method")["not_for"].format(sectors=sectors) if sectors else "",
        "deelgroepen.namen": listed(texts("subgroups")["names"][trait] for trait in settings.subgroups),
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
    kinds = (
        TableColumn("", "words"),
        TableColumn("", "count"),
        TableColumn("", "count"),
        TableColumn(""),
        TableColumn(""),
        TableColumn(""),
    )
    return _table("tabel-landelijk", words["national"], words["national_header"], kinds, rows)


def _model_table(found: Figures) -> str:
    words = texts("method")
    rows = tuple(
        (_model_name(row), *map(_known, (row.sigma2, row.tau2, row.icc))) for row in found.variances.itertuples()
    )
    kinds = (TableColumn("", "words"), TableColumn(""), TableColumn("", decimals=2), TableColumn("", decimals=3))
    return _table("tabel-modellen", words["models"], words["models_header"], kinds, rows)


def _table(name: str, caption: str, header: list[str], kinds: tuple[TableColumn, ...], rows: tuple) -> str:
    if not rows:
        return texts("method")["no_rows"]
    columns = tuple(replace(kind, title=title) for kind, title in zip(kinds, header, strict=True))
    return Table(name, caption, columns, rows).markdown


def _known(value: float) -> float | None:
    return value if pd.notna(value) else None


def _model_name(row) -> str:
    return f"{capital(domain_name(row.domain))}, {step_span(row.step)}, {row.sector}, {row.scale}"
