"""Key rotation: gives every pupil of a data folder the pseudonym of another key."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from nco.base import private, sealed
from nco.register.enrolment import read_background, read_register
from nco.register.keyfile import Key, note_use
from nco_utils import data_folder
from nco_utils.data_folder import PUBLISHED
from nco_utils.errors import UnusableInput

from . import delivered_files, pseudonyms

_PUPIL = "pupil_id"


@dataclass(frozen=True)
class Rotation:
    """What a rotation rewrote: the rounds, the number of tables, and the re-mapping (old, new)."""

    rounds: tuple[str, ...]
    n_tables: int
    mapping: pd.DataFrame


@private.made()
def rotate(old: Key, new: Key, data: Path) -> Rotation:
    """Rewrite every table with pupils under `data/<round>/` from the old key's pseudonyms to the new key's.

    The deliveries and the background that the tables were made from must still be there, for nothing else
    leads from a pseudonym to a pupil. All tables are written before the first takes its place; after a crash
    between two of them the same call finishes the work. Raises UnusableInput when there is nothing to
    rewrite, the keys are the same or a pupil cannot be found; then nothing has changed.
    """
    if old == new:
        raise UnusableInput("The new key is the one in use. Make another: nco pseudonymise --data DIR --new-key FILE")
    folders = _tables_with_pupils(data)
    if not folders:
        raise UnusableInput(f"{data} has no round with pupils to re-map. A new key needs no rotation there.")
    mapping = pd.concat(remapping(_pupils(folder.name, data), old, new) for folder in folders).drop_duplicates()
    paths = [path for theirs in folders.values() for path in theirs]
    try:
        for folder, theirs in folders.items():
            for path in theirs:
                _rewrite(path, folder, mapping)
        for path in paths:
            _partial(path).replace(path)
    finally:
        for path in paths:
            _partial(path).unlink(missing_ok=True)
    for folder in {path.parent for path in paths} | {*folders}:
        note_use(folder, new.number)
        for name in data_folder.SEALS:
            sealed.renew(folder / name, paths)
    return Rotation(tuple(folder.name for folder in folders), len(paths), mapping)


def remapping(pupils: pd.DataFrame, old: Key, new: Key) -> pd.DataFrame:
    """Return the pseudonyms of pupils (as `pseudonyms.everyone` gives them) by two keys: columns old and new."""
    both = {"old": pseudonyms.of_pupils(pupils, old), "new": pseudonyms.of_pupils(pupils, new)}
    return pd.DataFrame(both).drop_duplicates(ignore_index=True)


def _pupils(round_code: str, data: Path) -> pd.DataFrame:
    files = delivered_files.read_all(data / "exports" / round_code).files
    return pseudonyms.everyone(files, read_background(data), read_register(data))


def _tables_with_pupils(data: Path) -> dict[Path, list[Path]]:
    """Return the folders of the rounds and in each the Parquet files that have a column of pupils."""
    found = {}
    for path in sorted([*data.glob("*/*.parquet"), *data.glob(f"*/{PUBLISHED}/*/*.parquet")]):
        if _PUPIL in pq.read_schema(path).names:
            found.setdefault(data / path.relative_to(data).parts[0], []).append(path)
    return found


def _partial(path: Path) -> Path:
    return path.with_suffix(".parquet.partial")


def _rewrite(path: Path, folder: Path, mapping: pd.DataFrame) -> None:
    """Write a table with the new pseudonyms beside the old one."""
    table = pq.read_table(path)
    held = table.column(_PUPIL).to_pandas()
    # A table that an interrupted rotation already rewrote holds the new ones.
    renamed = held.map(mapping.set_index("old")["new"]).fillna(held.where(held.isin(mapping["new"])))
    if renamed.isna().any():
        raise UnusableInput(
            f"{path} has {int(renamed.isna().sum())} row(s) of pupils who are in no delivery and no background any "
            "more, or whose pseudonyms are of a third key. Nothing was changed. Validate the round again with the "
            f"new key instead: NCO_KEY_FILE=FILE nco validate {folder.name} --data {folder.parent}"
        )
    place = table.schema.get_field_index(_PUPIL)
    column = pa.array(renamed.tolist(), type=table.schema.field(place).type)
    pq.write_table(table.set_column(place, table.schema.field(place), column), _partial(path))
