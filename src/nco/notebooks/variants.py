"""What a run of the national notebook leaves: the tables of the release when `nco analyse` runs it, else a variant.

Who tries something, in JupyterLab, with papermill or nbconvert, gets a folder of their own: no release reads it. For
researchers only: no rule for small groups has been applied. A variant holds no rows of pupils.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from nco.base import all_settings, private, sealed
from nco.disclosure import all_tables, fitted_model, settle, shown_tables
from nco.disclosure.settle import Settled
from nco_utils import params, tables
from nco_utils.errors import UnusableInput
from nco_utils.growth import Growth
from nco_utils.reference import References
from nco_utils.tables.schema import Table

OFFICIAL = "official"  # the name of what `nco analyse` wrote; no variant is called so
FOLDER = "variants"  # in a round's folder
SEAL = "analysed.json"  # beside the tables: their hashes
TABLES = all_tables.OF_VARIANT  # of a variant; of the release also table growth
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")
# The round's folder whose official tables may be written. The analysis runs the notebook in a fork of its own process,
# which has this too; another process, such as a kernel, never has.
_official: Path | None = None
_settled: Settled | None = None  # which pairs the analysis settled on


@contextmanager
def official(folder: Path, settled: Settled | None = None) -> Iterator[None]:
    """Have the notebook that is run meanwhile, in a fork of this process, write the official tables of a round.

    settled: which pairs they are computed from.
    """
    global _official, _settled
    (folder / SEAL).unlink(missing_ok=True)
    _official, _settled = folder.resolve(), settled
    try:
        yield
    finally:
        _official = _settled = None


def settled(pairs: pd.DataFrame, data: Path, round_code: str, settings: params.Params) -> Settled:
    """Return which pairs (table growth) the notebook computes from, beside what earlier releases showed.

    What the analysis settled, when it runs the notebook; else what `settle` decides of `pairs` by these settings.
    """
    if _settled is not None and (data / round_code).resolve() == _official:
        return _settled
    own = {name: getattr(settings, name) for name in params.Params.model_fields}
    return settle.settle(pairs, data, round_code, all_settings.load().model_copy(update=own))


def require_name(name: str) -> None:
    """Raise UnusableInput for a name that no variant can have."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        named = f"called {name!r}" if isinstance(name, str) else "called what is no text"
        raise UnusableInput(
            f"A variant cannot be {named}. Use at most 50 small letters, digits, - and _, with a letter or a digit "
            "first: the name is that of a folder."
        )
    if name == OFFICIAL:
        raise UnusableInput(
            f"A variant cannot be called {OFFICIAL!r}: that is what `nco analyse` wrote. Choose another."
        )


def write(
    data: Path,
    round_code: str,
    variant: str,
    settled: Settled,
    paired: Growth,
    national: pd.DataFrame,
    units: pd.DataFrame,
    references: References,
) -> str:
    """Write the tables of a run of the national notebook; return their folder, as it is called in `data`.

    Those of the release when `nco analyse` runs the notebook, and then `variant` says nothing; else those of the
    variant of that name, in place of an earlier one. Raises UnusableInput for a name that none can have.
    """
    made = {
        shown_tables.BLOCKS: settled.blocks,
        tables.COVERAGE: paired.coverage,
        tables.NATIONAL: national,
        tables.FIGURES: units,
        tables.REFERENCE: references.units,
        tables.MODEL_TERMS: references.terms,
        tables.MODEL_NOTES: references.notes,
        tables.MODEL_SETTINGS: fitted_model.settings_table(references.model),
    }
    return write_tables(data, round_code, variant, {tables.GROWTH: settled.pairs}, made)


def write_tables(
    data: Path,
    round_code: str,
    variant: str,
    of_pupils: Mapping[Table, pd.DataFrame],
    made: Mapping[Table, pd.DataFrame],
) -> str:
    """Write the tables that a national notebook made, as `write` does those of the growth reports.

    of_pupils: the ones with rows of pupils, which no variant has.
    """
    folder = data / round_code
    if folder.resolve() == _official:
        _write({**of_pupils, **made}, folder)
        return round_code
    require_name(variant)
    private.folder(folder / FOLDER)
    _write(dict(made), private.folder(folder / FOLDER / variant))
    return f"{round_code}/{FOLDER}/{variant}"


@private.made()
def _write(made: dict[Table, pd.DataFrame], folder: Path) -> None:
    (folder / SEAL).unlink(missing_ok=True)  # a run that is stopped halfway leaves what is nothing
    sealed.keep(folder / SEAL, [tables.write(frame, table, folder) for table, frame in made.items()])


def names(round_code: str, data: Path) -> list[str]:
    """Return the variants that there are of a round."""
    return sorted(path.parent.name for path in (data / round_code / FOLDER).glob(f"*/{SEAL}"))


def read(name: str, round_code: str, data: Path) -> dict[str, pd.DataFrame]:
    """Return the tables of a variant, or the official ones (OFFICIAL), by their name.

    Raises UnusableInput, saying which there are, when it is not there, and naming the file when one is not as it was
    written.
    """
    all_settings.load().round(round_code)
    if name == OFFICIAL:
        folder, step = data / round_code, f"nco analyse {round_code} --data {data}"
    else:
        require_name(name)
        folder, step = data / round_code / FOLDER / name, f"notebooks/landelijk.ipynb with variant = {name!r}"
    if not (folder / SEAL).is_file():
        there = ", ".join([*([OFFICIAL] if (data / round_code / SEAL).is_file() else []), *names(round_code, data)])
        raise UnusableInput(
            f"There is no variant {name!r} of {round_code} in {data}. There are: {there or 'none'}. "
            f"`nco analyse {round_code}` makes {OFFICIAL}; notebooks/landelijk.ipynb, run by hand, makes others."
        )
    sealed.require(folder / SEAL, step)
    if absent := [table.name for table in TABLES if not (folder / f"{table.name}.parquet").is_file()]:
        raise UnusableInput(
            f"{round_code} has no reports on growth: of its notebook there is no table {', '.join(absent)}, so nothing "
            "can be laid side by side."
        )
    return {table.name: tables.read(table, folder) for table in TABLES}
