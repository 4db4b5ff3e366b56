import json

import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from nco.reports import document
from nco.reports.blocks import Drawing, Table, TableColumn, Text, show


def _output(block):
    data, metadata = block._repr_mimebundle_()
    return new_output("display_data", data=data, metadata=metadata)


FIGURE = Drawing("figuur-x", "<svg/>", "Het bijschrift", 'Zegt "veel" en \\ meer')


TABLE = Table(
    "tabel-x",
    "Bijschrift",
    (
        TableColumn("Naam", "words"),
        TableColumn("Waarde"),
        TableColumn("Van tot", "interval"),
        TableColumn("Leerlingen", "count"),
    ),
    (("Groei", 7.0, (-0.5, 2.0), 1234), ("Klein", "niet getoond", None, None)),
    "Groei",
    (("Vakgebied", "spelling"),),
)


@pytest.fixture
def written(tmp_path):
    notebook = new_notebook(
        cells=[
            new_markdown_cell("Notitie van de onderzoeker"),
            new_code_cell(
                "print(1)",
                outputs=[
                    new_output("stream", text="uitvoer van print"),
                    _output(Text("# Kop")),
                    _output(FIGURE),
                    new_output("display_data", data={"text/html": "<table/>", "text/plain": "frame"}),
                    _output(TABLE),
                ],
            ),
        ]
    )
    figures = document.write(notebook, {"title": "Leergroei", "school": "Obs 'n Naam: é"}, tmp_path)
    return figures, tmp_path, (tmp_path / "report.md").read_text(encoding="utf-8")


def test_only_blocks_reach_the_document_in_order(written):
    _, _, text = written
    assert text.index("# Kop") < text.index("Het bijschrift") < text.index("| Groei | 7,0 | −0,5 tot 2,0 | 1.234 |")
    for other in ("Notitie", "uitvoer van print", "frame", "print(1)"):
        assert other not in text


def test_figures_are_counted_written_and_referred_to_with_their_alternative_text(written):
    figures, folder, text = written
    assert figures == 1
    assert (folder / "figures" / "figuur-x.svg").read_text() == "<svg/>"
    line = r'![Het bijschrift](figures/figuur-x.svg){#figuur-x fig-alt="Zegt \"veel\" en \\ meer"}'
    assert line in text


def test_front_matter_is_yaml_that_reads_back(written):
    _, _, text = written
    assert yaml.safe_load(text.split("---")[1]) == {"title": "Leergroei", "school": "Obs 'n Naam: é"}


def test_words_in_a_table_stand_left_and_figures_right():
    assert "|:---|---:|---:|---:|" in TABLE.markdown
    assert (
        "|:---|:---|" in Table("t", "c", (TableColumn("a", "words"), TableColumn("b", "words")), (("x", "y"),)).markdown
    )


def test_a_cell_that_may_not_be_shown_says_so_in_words_and_an_absent_one_is_a_dash():
    assert "| Klein | niet getoond | – | – |" in TABLE.markdown


def test_tables_are_kept_with_their_numbers_as_numbers(written):
    (kept,) = json.loads((written[1] / document.TABLES).read_text(encoding="utf-8"))
    assert kept["rows"] == [["Groei", 7.0, [-0.5, 2.0], 1234], ["Klein", "niet getoond", None, None]]
    assert (kept["sheet"], kept["about"]) == ("Groei", [["Vakgebied", "spelling"]])
    assert [column["kind"] for column in kept["columns"]] == ["words", "number", "interval", "count"]


def test_nothing_is_shown_for_empty_text_and_none(capsys):
    show("", None)
    assert capsys.readouterr().out == ""
