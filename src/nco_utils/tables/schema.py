"""What a table is: its declaration, a frame held to it, its Parquet file and its page in the data dictionary."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from .. import noted, write_whole
from ..errors import ContractError

Kind = Literal["text", "integer", "number", "date", "flag"]

_PANDAS_TYPES = {"text": "str", "integer": "Int64", "number": "float64", "date": "datetime64[s]", "flag": "bool"}


@dataclass(frozen=True)
class Column:
    """One column: its name, kind, meaning, unit, allowed values, pattern and whether it may be empty.

    printed: whether it is a name that reports print (params/names.yml).
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    nullable: bool = False
    printed: bool = False


@dataclass(frozen=True)
class Table:
    """One canonical table: its columns in order and the columns that together are unique."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def column_names(self) -> list[str]:
        """The names of the columns, in order."""
        return [column.name for column in self.columns]

    def __getitem__(self, name: str) -> Column:
        """The declaration of one column; KeyError when the table has none of that name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def conform(frame: pd.DataFrame, table: Table, unique: bool = False) -> pd.DataFrame:
    """Return `frame` with exactly the table's columns, in order and of the declared types.

    `unique` says that the key is known to be so, because of how the frame was made: on millions of rows that is half
    of the work.

    Raises ContractError, naming table and column, for a missing column, a type that cannot be
    had, an empty value in a column that may have none, a value that is not allowed or a key that
    stands twice.
    """
    missing = [name for name in table.column_names if name not in frame.columns]
    if missing:
        raise ContractError(f"Table {table.name} lacks the column(s) {', '.join(missing)}.")
    checked = {column.name: _conform_column(frame[column.name], column, table.name) for column in table.columns}
    result = pd.DataFrame(checked, columns=table.column_names).reset_index(drop=True)
    if not unique and result.duplicated(list(table.key)).any():
        raise ContractError(f"Table {table.name} has two rows with the same {', '.join(table.key)}.")
    return result


def _conform_column(values: pd.Series, column: Column, table_name: str) -> pd.Series:
    where = f"Table {table_name}, column {column.name}"
    try:
        typed = values.astype(_PANDAS_TYPES[column.kind])
    except (TypeError, ValueError):
        # `from None`: the original message would quote a value
        raise ContractError(f"{where}: a value is not of kind {column.kind}.") from None
    empty = typed.isna()
    if empty.any() and not column.nullable:
        raise ContractError(f"{where}: {int(empty.sum())} value(s) are empty.")
    present = typed[~empty]
    if column.allowed and not present.isin(column.allowed).all():
        raise ContractError(f"{where}: a value is not one of {', '.join(column.allowed)}.")
    if column.pattern and not present.str.match(column.pattern).all():
        raise ContractError(f"{where}: a value does not match {column.pattern}.")
    return typed


def empty(table: Table) -> pd.DataFrame:
    """Return the table without rows."""
    return conform(pd.DataFrame({name: [] for name in table.column_names}), table)


def write(frame: pd.DataFrame, table: Table, folder: Path) -> Path:
    """Write the table as Parquet into `folder` under its own name, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{table.name}.parquet"
    with write_whole.written(target) as partial:
        conform(frame, table).to_parquet(partial, index=False)
    return target


def places_in(frame: pd.DataFrame, other: pd.DataFrame, key: Sequence[str]) -> np.ndarray:
    """Return for every row of `frame` the place of the row with its key in `other` (n,); -1 where there is none.

    `key` is unique in `other`, and nowhere empty. Faster than a merge, which compares texts.
    """
    numbers = np.zeros(len(frame) + len(other), dtype="int64")
    for name in key:
        codes, texts = pd.factorize(pd.concat([other[name], frame[name]], ignore_index=True))
        numbers = numbers * max(1, len(texts)) + codes
    return pd.Index(numbers[: len(other)]).get_indexer(numbers[len(other) :])


def read(table: Table, folder: Path) -> pd.DataFrame:
    """Read a table that `write` made; raises ContractError when it is not there.

    A column that may be empty is so where the file lacks it: an earlier round's is of the version that made it.
    """
    path = folder / f"{table.name}.parquet"
    if not path.is_file():
        raise ContractError(f"{path} does not exist: run the step that makes the table {table.name} first.")
    remedy = "Run the steps that make it again (`nco validate`, `nco analyse`); one of a release, restore from a copy."
    with noted.of(path, remedy):
        frame = pd.read_parquet(path)
    later = [column.name for column in table.columns if column.nullable and column.name not in frame.columns]
    return conform(frame.assign(**dict.fromkeys(later)), table)
