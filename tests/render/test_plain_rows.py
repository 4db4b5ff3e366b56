import re

import pytest

from nco.base.failures import RenderError
from nco.render import plain_rows
from tests.render.test_engines import ALL, make, project, write_report  # noqa: F401

HEAD = "| Stap | Leerlingen | Groei |\n|:---|---:|---:|\n"
ROWS = "".join(f"| Midden–eind groep {n} | {n * 9} | −{n},5 |\n" for n in range(3, 7))
CAPTION = "\n: Groei van *alle* stappen {#tabel-een}\n"


def table(rows: str = ROWS, head: str = HEAD, caption: str = CAPTION) -> str:
    return f"Tekst.\n\n{head}{rows}{caption}\nMeer tekst.\n"


def test_rows_of_a_plain_table_are_taken_and_its_heading_and_caption_stay():
    text, (rows,) = plain_rows.taken(table())
    assert len(rows) == 4
    assert rows[0] == ["Midden–eind groep 3", "27", "−3,5"]
    assert "Midden" not in text
    assert HEAD in text
    assert ": Groei van *alle* stappen {#tabel-een " in text


def test_what_a_filter_must_know_of_the_rows_stands_with_the_table():
    text, _ = plain_rows.taken(table())
    assert 'rows="4" longest="19 2 4" least="11 2 4"' in text


@pytest.mark.parametrize(
    "cell",
    ["*nadruk*", "`code`", "[link](#x)", r"Obs Het \*Testje\*", "'t Kofschip", '"Zo"', "a--b", "a...", "", "1. een",
     "<b>", "$x$", "a | b", "www.x.nl^1^", "St. Jan", "http://x.nl", "- punt", "+ punt", "= kop", "a  b", "@bron",
     "~x~", "#kop", "A & B", "_a_", "{.a}", "a\\", "a!", "/ term"],
)  # fmt: skip
def test_a_table_that_formats_write_in_different_ways_stays_whole(cell):
    text = table(ROWS + f"| {cell} | 1 | 2 |\n")
    assert plain_rows.taken(text) == (text, [])


def test_tables_without_caption_or_of_two_rows_and_documents_with_code_stay_whole():
    for text in (table(caption=""), table("| a | 1 | 2 |\n" * 2), table() + "\n```\ncode\n```\n"):
        assert plain_rows.taken(text) == (text, [])


def test_every_format_is_the_same_as_when_pandoc_writes_all_rows(tmp_path, project, monkeypatch):  # noqa: F811
    cells = [
        "≈ gelijk",
        "95%-interval",
        "4,8 tot 9,2",
        "niet getoond",
        "↓ lager",
        "2021-2022",
        "(n)",
        "–",
        "a;b",
        "x.",
        "rond, ?",
        "boven, ↑ hoger",
        "–, ?",
    ]
    odd = "".join(f"| {cell} | {n} | −0,{n} |\n" for n, cell in enumerate(cells))
    long = "".join(f"| Rij {n} | {n} | {n},5 |\n" for n in range(40))
    parts = [table(), table(odd).replace("-een", "-twee"), table(long).replace("-een", "-drie")]
    parts += [table(ROWS + "| **vet** | 1 | 2 |\n").replace("-een", "-vier")]
    body = "# Hoofdstuk\n\n" + "\n".join(parts)
    short = make(write_report(tmp_path / "short", body=body), project)
    assert len(plain_rows.taken(body)[1]) == 3
    monkeypatch.setattr(plain_rows, "taken", lambda text: (text, []))
    whole = make(write_report(tmp_path / "whole", body=body), project)
    for name in ALL:
        assert short[name].error is None
        assert short[name].path.read_bytes() == whole[name].path.read_bytes()


def test_a_table_that_only_a_page_has_may_be_lost_on_paper_and_no_other(tmp_path, project):  # noqa: F811
    of_page = f'::: {{.keuze .anders keuze="de lijn"}}\n\n{HEAD}{ROWS}{CAPTION}\n:::\n'
    body = f"# Hoofdstuk\n\n{of_page}\n{table().replace('-een', '-twee')}"
    assert [type(rows) for rows in plain_rows.taken(body)[1]] == [plain_rows.OnPage, list]
    made = make(write_report(tmp_path / "short", body=body), project)
    assert [made[name].error for name in ALL] == [None] * len(ALL)
    text, rows = plain_rows.taken(body)
    with pytest.raises(RenderError, match="table 1"):
        plain_rows.put_back(re.sub("\ue000.*?\ue001", "", text), rows, plain_rows.FORMATS["html"])
    with pytest.raises(RenderError, match="table 2"):
        plain_rows.put_back(re.sub("\ue000.*?\ue001", "", text), rows, plain_rows.FORMATS["typst"])


def test_a_mark_that_was_lost_is_an_error_not_an_empty_table():
    text, rows = plain_rows.taken(table())
    with pytest.raises(RenderError, match="table 1"):
        plain_rows.put_back(re.sub("\ue000.*?\ue001", "", text), rows, plain_rows.FORMATS["html"])
