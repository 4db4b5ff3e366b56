from pathlib import Path

import pandas as pd
import pytest

from nco.disclosure import all_tables
from nco_utils import tables
from nco_utils.errors import ContractError

BOARD = pd.DataFrame(
    {
        "board_number": ["99801", "99802"],
        "board_name": ["Stichting A", "Vereniging B"],
        "contract_received_on": pd.Series(["2021-05-20", None], dtype="datetime64[s]"),
    }
)


def test_a_table_that_keeps_its_declaration_comes_back_in_the_declared_order():
    turned = BOARD[["contract_received_on", "board_name", "board_number"]].assign(extra=1)
    pd.testing.assert_frame_equal(tables.conform(turned, tables.BOARDS), BOARD)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (BOARD.drop(columns="board_name"), "lacks the column"),
        (BOARD.assign(board_number=["99801", "99801"]), "two rows with the same board_number"),
        (BOARD.assign(board_number=["99801", "1234"]), "does not match"),
        (BOARD.assign(board_name=["Stichting A", None]), "1 value.* empty"),
    ],
)
def test_a_table_that_breaks_its_declaration_is_refused_by_table_and_column(frame, words):
    with pytest.raises(ContractError, match=f"Table boards.*{words}"):
        tables.conform(frame, tables.BOARDS)


def test_a_value_that_is_refused_is_never_repeated():
    pupils = pd.DataFrame([dict.fromkeys(tables.PUPILS.column_names, "x")])
    pupils = pupils.assign(brinvest="99AA00", pupil_id="123456782", sex="123456782")
    with pytest.raises(ContractError) as refused:
        tables.conform(pupils, tables.PUPILS)
    assert "123456782" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_number_that_is_none_is_refused_without_its_value():
    coverage = pd.DataFrame([{**dict.fromkeys(tables.COVERAGE.column_names, 1), "n_pupils": "secret"}])
    coverage = coverage.assign(brinvest="99AA00", domain="spelling", step="M5-E5", school_year="2021-2022")
    with pytest.raises(ContractError, match=r"coverage, column n_pupils: a value is not of kind integer") as refused:
        tables.conform(coverage, tables.COVERAGE)
    assert "secret" not in str(refused.value)
    assert refused.value.__suppress_context__


@pytest.mark.parametrize("table", all_tables.TABLES, ids=lambda table: table.name)
def test_every_key_and_every_name_is_declared_once(table):
    assert len(set(table.column_names)) == len(table.column_names)
    assert set(table.key) <= set(table.column_names)
    assert list(tables.empty(table).columns) == table.column_names


def test_a_table_reads_back_as_it_was_written_and_leaves_no_partial_file(tmp_path):
    tables.write(BOARD, tables.BOARDS, tmp_path)
    pd.testing.assert_frame_equal(tables.read(tables.BOARDS, tmp_path), BOARD)
    assert [path.name for path in tmp_path.iterdir()] == ["boards.parquet"]


def test_a_column_that_may_be_empty_is_so_in_the_table_of_an_earlier_version(tmp_path):
    tables.write(BOARD, tables.BOARDS, tmp_path)
    path = tmp_path / "boards.parquet"
    pd.read_parquet(path).drop(columns="contract_received_on").to_parquet(path)
    read = tables.read(tables.BOARDS, tmp_path)
    pd.testing.assert_frame_equal(read, BOARD.assign(contract_received_on=read["contract_received_on"]))
    assert read["contract_received_on"].isna().all()
    pd.read_parquet(path).drop(columns="board_name").to_parquet(path)
    with pytest.raises(ContractError, match="board_name"):
        tables.read(tables.BOARDS, tmp_path)


def test_an_absent_table_says_what_to_do(tmp_path):
    with pytest.raises(ContractError, match="run the step that makes"):
        tables.read(tables.GROWTH, tmp_path)


def test_the_data_dictionary_is_up_to_date():
    written = (Path(__file__).parents[2] / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    assert written.strip() == all_tables.data_dictionary().strip(), "run `make docs`"
