"""The numbers of a report are the same in every format, and every one of them comes from the report's slice."""

import json
import math
import re
import shutil
from dataclasses import dataclass, replace

import openpyxl
import pytest

from nco.base.dutch import capital, domain_name, step_code, step_short, texts
from nco.render import docx
from nco.reports import cover
from nco.reports.blocks import Table
from nco.reports.growth.chapters import bestuur
from nco.reports.growth.rows import Category
from nco.reports.growth.slices import BoardSlice, Slice
from nco_utils.tables import DOMAINS
from tests.support import documents
from tests.support.explained import TOKEN, numbers, unexplained
from tests.support.printed import Drawn, Printed, squeezed
from tests.support.slicing import SHOWN
from tests.support.slicing import report as slices_of
from tests.support.varied import REPORTS, school

NUMBER = re.compile(r"−?\d[\d.]*(?:,\d+)?")
ONE_LINE = 5  # points: texts nearer than this in height stand in one row; rows are 12 or more apart


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> dict[str, Printed]:
    folder = tmp_path_factory.mktemp("numbers")
    rendered = documents.rendered(REPORTS, folder)
    assert [each.error for files in rendered.values() for each in files] == [None] * 5 * len(REPORTS)
    return {name: Printed(REPORTS[name], files[0].path.parent) for name, files in rendered.items()}


@pytest.fixture(params=REPORTS)
def report(request, made) -> Printed:
    return made[request.param]


# --- tables --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_table_has_the_same_cells_in_html_pdf_and_word(report):
    assert report.expected
    assert cells(report.html_tables, report) == []
    assert cells(report.docx_tables, report) == []
    assert cells(report.pdf_tables, report) == []


def test_every_table_of_a_sheet_is_in_the_workbook_with_its_values_below_its_headings(report):
    assert sheets(report.book, report) == []


def test_every_number_of_a_table_is_one_of_the_slice(report):
    for table in report.tables:
        for row in table.texts:
            assert [unexplained(cell, report.content) for cell in row] == [[]] * len(row), table.name


@pytest.mark.slow
def test_scores_by_category_are_the_same_in_every_format_and_in_the_workbook(tmp_path):
    names, steps = ("getallen", "verhoudingen", "meten en meetkunde", "verbanden"), ("E6-M7", "M7-E7")
    figures = [(60, -4.0, -11.0, 3.0, 0.4), (72, 8.0, 1.0, 15.0, 0.01), (55, -9.0, -16.0, -2.0, 0.02)]
    figures.append((64, 0.0, -7.0, 7.0, 1.0))
    found = [
        Category("rekenen_wiskunde", step, "CITO-RW-3", name, 25, share, 1900, 12, 64, *apart, 5.0, q)
        for step in steps
        for name, (share, *apart, q) in zip(names, figures, strict=True)
    ]
    results = [replace(SHOWN, domain="rekenen_wiskunde", scale="CITO-RW-3", step=step) for step in steps]
    content = slices_of(results, categories=tuple(found))
    made = documents.rendered({"analyse": content}, tmp_path, names=("groepsanalyse",))["analyse"]
    assert [each.error for each in made] == [None] * 5
    report = Printed(content, made[0].path.parent)
    assert "tabel-onderdelen-groep-7" in {table.name for table in report.tables if table.printed}
    assert [cells(tables, report) for tables in (report.html_tables, report.docx_tables, report.pdf_tables)] == [[]] * 3
    assert texts("group_analysis")["onderdelen_sheet"] in report.book.sheetnames and sheets(report.book, report) == []
    for table in report.tables:
        assert [
            unexplained(cell, content) for row in table.texts for cell in row if any(unexplained(cell, content))
        ] == []


def cells(found: list, report: Printed) -> list:
    """The tables that a format has otherwise than the document, with both."""

    def plain(tables: list) -> list:
        return [[[squeezed(cell) for cell in row] for row in table] for table in tables]

    if len(found) != len(report.expected):
        return [(len(found), len(report.expected))]
    return [pair for pair in zip(plain(found), plain(report.expected), strict=True) if pair[0] != pair[1]]


def sheets(book: openpyxl.Workbook, report: Printed) -> list:
    """The rows of the workbook that are not those of the tables, column by column."""
    wrong, named = [], {table.sheet: [t for t in report.tables if t.sheet == table.sheet] for table in report.tables}
    for name, tables in named.items():
        if name:
            heading, *rows = book[name].iter_rows(values_only=True)
            expected = [row for table in tables for row in _as_columns(table)]
            told = [dict(zip(heading, row, strict=True)) for row in rows]
            wrong += [pair for pair in zip(told, expected, strict=False) if not _alike(*pair)]
            wrong += [(len(told), len(expected))] if len(told) != len(expected) else []
    return wrong


def _alike(one: dict, other: dict) -> bool:
    """The same columns with the same values; a workbook keeps 16 digits of a number, the slice 17."""
    same = (one.get(name) == value or _close(one.get(name), value) for name, value in other.items())
    return list(one) == list(other) and all(same)


def _close(one: object, other: object) -> bool:
    return isinstance(one, float) and isinstance(other, float) and math.isclose(one, other, rel_tol=1e-15)


def _as_columns(table: Table) -> list[dict]:
    """The rows of a table as the workbook has them: an interval as two columns."""
    made = []
    for row in table.rows:
        values = dict(table.about)
        for column, cell in zip(table.columns, row, strict=True):
            if column.kind == "interval":
                ends = cell if isinstance(cell, tuple) else (cell, cell)
                values |= {f"{column.title}, {end}": value for end, value in zip(("van", "tot"), ends, strict=True)}
            else:
                values[column.title] = cell
        made.append(values)
    return made


# --- texts ---------------------------------------------------------------------------------------


def test_the_whole_text_is_the_same_in_html_pdf_and_word(report):
    body = squeezed("".join(report.passages))
    assert squeezed(report.docx_parts[1]) == body
    assert squeezed(report.pdf_body) == squeezed(_front(report)) + body


def test_every_number_of_the_text_is_of_the_slice_or_of_its_template(report):
    assert strangers(report.passages, report) == []


def test_tables_and_figures_are_numbered_one_by_one(report):
    for kind, count in (("Figuur", len(report.html_figures)), ("Tabel", len(report.html_tables))):
        found = [int(match[1]) for passage in report.passages if (match := re.match(rf"{kind} (\d+) ", passage))]
        assert found == list(range(1, count + 1))


def test_covers_running_heads_and_properties_say_nothing_else(report):
    for passage in report.html_front:
        assert unexplained(passage, report.content) == [], passage
    pages = [f"Pagina {number} van {len(report.reader.pages)}" for number in range(1, len(report.reader.pages) + 1)]
    assert [text for text in report.pdf_running if text.startswith("Pagina")] == pages[1:]
    for passage in [text for text in report.pdf_running if text not in pages]:
        assert unexplained(passage, report.content) == [], passage
    for key, value in report.reader.metadata.items():
        assert key in ("/CreationDate", "/ModDate", "/Creator", "/Producer") or unexplained(value, report.content) == []
    for passage in [*report.docx_parts[0].split("\n"), *report.docx_properties]:
        assert unexplained(passage.replace("Pagina 1 van 1", ""), report.content) == [], passage
    for row in report.book["Leeswijzer"].iter_rows(values_only=True):
        assert all(unexplained(str(cell), report.content) == [] for cell in row if cell is not None)


def _front(report: Printed) -> str:
    """What the head of the PDF's first page must say."""
    matter = cover.front_matter(report.content)
    names = [matter[name] for name in ("title", "subtitle", "round-label", "school", "board") if name in matter]
    words = [names[0], f"{names[1]} · {names[2]}", *names[3:]]
    pairs = " · ".join(f"{label}: {value}" for label, value in cover.pairs(report.content).items())
    return "".join([*words, pairs])


def strangers(passages: list[str], report: Printed) -> list[tuple[str, list[str]]]:
    """The passages with a number that nothing explains, its own number as a table or figure aside."""
    told = ((each, unexplained(re.sub(r"^(Figuur|Tabel) \d+ ", "", each), report.content)) for each in passages)
    return [pair for pair in told if pair[1]]


# --- figures -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """What a row of a figure must say: its labels, the numbers drawn beside it, and those in its alternative text."""

    labels: tuple[str, ...]
    drawn: list[str]
    spoken: list[str]


def test_every_figure_says_row_by_row_what_the_tables_of_the_annex_say(report):
    assert [figure.name for figure in report.html_figures]
    for figure in report.html_figures:
        assert drawn(figure, report) == []
        assert spoken(figure, report) == []


def test_every_number_of_a_figure_is_one_of_the_slice(report):
    for figure in report.html_figures:
        axis, edge = ticks(figure), min(x for x, _, _ in figure.texts)
        for x, y, text in figure.texts:
            beside = figure.name.startswith("figuur-verloop-") and x == edge
            if not (beside or (y == axis[0] and text in axis[1])):
                assert unexplained(text, report.content) == [], (figure.name, text)
        assert unexplained(figure.alt, report.content) == [], figure.name


def test_every_figure_has_the_same_text_and_alternative_in_every_format(report):
    alternatives = [figure.alt for figure in report.html_figures]
    assert report.docx_alts == alternatives
    assert [alt for alt, _ in report.pdf_figures] == alternatives
    for figure, (_, letters) in zip(report.html_figures, report.pdf_figures, strict=True):
        assert squeezed("".join(text for *_, text in figure.texts)) == squeezed(letters)


def test_the_values_at_an_axis_lie_where_they_say(report):
    for figure in report.html_figures:
        assert uneven(figure) == []


def ticks(figure: Drawn) -> tuple[float, list[str]]:
    """The height of the values at the axis, and these values: below all others, or above the axis' own words."""
    heights = sorted({y for _, y, _ in figure.texts})
    place = heights[-1] if figure.name.startswith("figuur-groei-") else heights[-2]
    return place, [text for _, y, text in figure.texts if y == place]


def uneven(figure: Drawn) -> list[str]:
    """The values at the axis that do not lie on one straight scale; a number of the data put there would not."""
    if figure.name.startswith("figuur-verloop-"):
        edge = min(x for x, _, _ in figure.texts)  # the values stand left of the plot, one above the other
        return _off([(y, _value(text)) for x, y, text in figure.texts if x == edge])
    place, _ = ticks(figure)
    found = sorted((x, _value(text)) for x, y, text in figure.texts if y == place)
    if figure.name == "figuur-groepen":  # a plot a domain, each with three values
        return [wrong for first in range(0, len(found), 3) for wrong in _off(found[first : first + 3])]
    return _off(found)


def _off(found: list[tuple[float, float]]) -> list[str]:
    """The values, each with its place, that are not on the line through the first and the last."""
    found = sorted(found)
    if len(found) < 2 or 0 not in [value for _, value in found]:
        return [str(found)]
    # Centred texts: the place of a text is its middle in some writers, its left end in others, so allow its width.
    (left, low), (right, high) = found[0], found[-1]
    scale = (right - left) / (high - low)
    return [str(value) for x, value in found if abs(left + (value - low) * scale - x) > 3]


def drawn(figure: Drawn, report: Printed) -> list:
    """The rows of a figure whose numbers are not those that its tables have for them."""
    expected = {row.labels: row.drawn for row in rows(figure.name, report) if row.drawn}
    found, title = {}, ""
    if figure.name.startswith("figuur-verloop-"):
        found = _columns(figure)
    for line in _lines(figure) if not found else []:
        labels = [text for text in line if not NUMBER.fullmatch(text)]
        if labels and labels[0] in _titles(report):
            title, labels = labels[0], labels[1:]
        values = [text for text in line if NUMBER.fullmatch(text)]
        if values:
            key = (title, *labels) if title and title not in labels else (" ".join(labels).strip(),)
            found[key] = values
    keys = {**found, **expected}
    return [(key, found.get(key), expected.get(key)) for key in keys if found.get(key) != expected.get(key)]


def spoken(figure: Drawn, report: Printed) -> list:
    """The rows of an alternative text whose numbers are not those that the tables have for them, in order."""
    text, wrong = figure.alt, []
    for row in rows(figure.name, report):
        label = row.labels[0] if len(row.labels) == 1 else ", ".join(row.labels)
        sentence = re.search(rf"(?:^|\. |: ){re.escape(_alt_label(label, figure, report))}[,:] ?(.*?)\.(?= |$)", text)
        told = [token for token in TOKEN.findall(sentence[1]) if token != "95"] if sentence else None
        if told != row.spoken:
            wrong.append((label, told, row.spoken))
        elif sentence:
            text = text[: sentence.start() + 1] + text[sentence.end() :]
    rest = [token for token in TOKEN.findall(text) if token not in ("0", "95")]
    return wrong + rest


def _alt_label(label: str, figure: Drawn, report: Printed) -> str:
    year = report.content.school_year
    earlier = f"{int(year[:4]) - 1}-{year[:4]}"
    if figure.name.startswith("figuur-groei-"):
        step, _, old = label.partition(", ")
        return f"{capital(step_short(step.replace('–', '-')))}, {earlier if old else year}"
    if figure.name.startswith("figuur-gestandaardiseerd-") and isinstance(report.content, Slice):
        step, _, n = label.partition(" ")
        return f"{capital(step_short(step.replace('–', '-')))} {n[:-1]} leerlingen)"
    return label


def _titles(report: Printed) -> set[str]:
    """What stands above or before rows: a step, or a domain."""
    if isinstance(report.content, BoardSlice):
        return set()
    results = (*report.content.results, *report.content.others)
    return {step_code(r.step) for r in results} | {capital(domain_name(r.domain)) for r in results}


def _columns(figure: Drawn) -> dict[tuple[str], list[str]]:
    """The numbers of a figure through the years, by the label below each: they stand right of their place."""
    foot, edge = max(y for _, y, _ in figure.texts), min(x for x, _, _ in figure.texts)
    labels = sorted((x, text) for x, y, text in figure.texts if y == foot)
    found: dict[tuple[str], list[str]] = {}
    for x, y, text in figure.texts:
        if y != foot and x != edge:
            found.setdefault((max(each for each in labels if each[0] <= x)[1],), []).append(text)
    return found


def _lines(figure: Drawn) -> list[list[str]]:
    """The texts of each row from left to right, from the top; without the axis."""
    place, _ = ticks(figure)
    found: list[list[tuple[float, float, str]]] = []
    for x, y, text in sorted(figure.texts, key=lambda each: each[1]):
        if y >= place:
            break
        if found and y - found[-1][-1][1] < ONE_LINE:
            found[-1].append((x, y, text))
        else:
            found.append([(x, y, text)])
    # The lines of a label stand one above the other; the numbers of a row follow each other.
    return [
        [text for _, _, text in sorted(line, key=lambda each: (NUMBER.fullmatch(each[2]) is not None, *_order(each)))]
        for line in found
    ]


def _order(each: tuple[float, float, str]) -> tuple[float, float]:
    x, y, text = each
    return (x, y) if NUMBER.fullmatch(text) else (round(x, -1), y)


def _value(text: str) -> float:
    return float(text.replace(".", "").replace(",", ".").replace("−", "-"))


def rows(name: str, report: Printed) -> list[Row]:
    """What a figure must say, from the tables of the annex, whose cells are those of the slice."""
    tables = {table.name: table for table in report.tables}
    match name.removeprefix("figuur-").rsplit("-", 1) if isinstance(report.content, BoardSlice) else [name[7:]]:
        case [kind, _] if kind.startswith("referentie-"):
            if bestuur.several_scales(report.content, kind[11:].replace("-", "_")):
                made = _dots(tables[f"tabel-samen-gestandaardiseerd-{kind[11:]}"], "Verschil met verwacht")
                return [row for row in made if row.drawn != ["–"]]
            return _dots(tables[f"tabel-samen-referentie-{kind[11:]}"], "Verschil")
        case [kind, _]:
            return _dots(tables[f"tabel-samen-{kind}"], "Gestandaardiseerd")
        case ["gestandaardiseerd"]:
            return _side_by_side(tables["tabel-samen-gestandaardiseerd"])
        case [kind] if kind.startswith("gestandaardiseerd-"):
            return _every_step(kind[18:], tables)
        case [kind] if kind.startswith("groei-"):
            return _growth(tables[f"tabel-{kind}"], report)
        case [kind] if kind.startswith("verloop-"):
            return _years(kind[8:], tables)
        case ["groepen"]:
            return _groups(tables.get("tabel-groepen-samen") or tables["tabel-groepen-samen-spreidingen"])
    raise AssertionError(name)


def _ends(text: str) -> list[str]:
    return [] if text == "–" else text.split(" tot ")


def _dots(table: Table, title: str) -> list[Row]:
    value = [column.title for column in table.columns].index(title)
    return [Row((r[0],), [r[value]], [r[value], *_ends(r[value + 1])]) for r in table.texts]


def _side_by_side(table: Table) -> list[Row]:
    """Each domain beside its reference value and beside the country."""
    words, made = texts("standardised"), []
    for domain, country, ends, careful, expected, expected_ends, expected_careful in table.texts:
        told = {"effect": (expected, expected_ends, expected_careful), "country": (country, ends, careful)}
        for measure, (value, interval, second) in told.items():
            if "–" not in (value, interval):
                spoken = [value, *_ends(interval), *([second] if second != "–" else [])]
                made.append(Row((domain, words[measure]), [value], spoken))
    return made


def _every_step(slug: str, tables: dict[str, Table]) -> list[Row]:
    """Every step on one scale, with how many pupils there are behind its name."""
    if together := tables.get(f"tabel-gestandaardiseerd-{slug}-alle-toetsen"):
        told = [(code, n, value, ends) for code, n, value, ends, *_ in together.texts]
    else:
        pupils = {row[0]: row[1] for row in tables[f"tabel-dekking-{slug}"].texts}
        rows_ = tables[f"tabel-gestandaardiseerd-{slug}"].texts
        told = [(r[0], pupils[capital(step_short(r[0].replace("–", "-")))], r[1], r[2]) for r in rows_]
    return [Row((f"{code} ({n})",), [value], [value, *_ends(ends)]) for code, n, value, ends in told]


def _growth(table: Table, report: Printed) -> list[Row]:
    """Both cohorts of the steps that may be shown this year."""
    made = []
    now = {row[0] for row in table.texts if row[1] == report.content.school_year}
    for code, year, n, growth, ends, *others, _ in (row for row in table.texts if row[0] in now):
        old = () if year == report.content.school_year else (texts("growth")["earlier"],)
        others = [value for value in others if value != "–"]
        made.append(Row((code, *old), [n, growth, *others], [growth, n, *_ends(ends), *others]))
    return made


def _years(slug: str, tables: dict[str, Table]) -> list[Row]:
    """Every school year, and all together, against the reference value or else the country."""
    domain = capital(domain_name(slug.replace("-", "_")))
    points = tables["tabel-samen"].texts if "tabel-samen" in tables else []
    unit = "" if any(row[0] == domain for row in points) else "-spreidingen"
    land = f"tabel-samen-land{unit}"
    whole = tables.get(f"tabel-samen-referentie{unit}") or tables[land]
    titles = [column.title for column in whole.columns]
    place = 3 if whole.name == land else 5
    mine = [row for row in tables[f"tabel-verloop{unit}"].texts if row[0] == domain and row[place] != "–"]
    made = [Row((row[1],), [row[place]], [row[place], *_ends(row[place + 1])]) for row in mine]
    of_all = next(row for row in whole.texts if row[0] == domain)
    at = titles.index("Verschil")
    return [*made, Row((texts("trend")["together"],), [of_all[at]], [of_all[at], *_ends(of_all[at + 1])])]


def _groups(table: Table) -> list[Row]:
    """What is said of each group; the drawing has no numbers but those of its axes."""
    order = sorted(range(len(table.rows)), key=lambda n: _place(table.texts[n]))
    made = []
    for domain, trait, group, _, _, country, ends, _, _ in (table.texts[n] for n in order):
        if country != "–":
            label = f"{capital(trait)} {group}, {domain[0].lower()}{domain[1:]}"
            made.append(Row((label,), [], [country, *_ends(ends)]))
    return made


def _place(row: list[str]) -> tuple[int, int, int]:
    """The order of a figure: trait by trait, group by group, and each in every domain."""
    words = texts("subgroups")
    traits = list(words["names"].values())
    trait = list(words["names"])[traits.index(row[1])]
    domains = [capital(domain_name(domain)) for domain in DOMAINS]
    return traits.index(row[1]), list(words["values"][trait].values()).index(row[2]), domains.index(row[0])


# --- what the checks see ---------------------------------------------------------------------------


@pytest.fixture
def copy(made, tmp_path) -> Printed:
    """The files of a school's report, to be changed."""
    original = made["een gewone school"]
    shutil.copytree(original.folder, tmp_path / "report")
    return Printed(original.content, tmp_path / "report")


def changed(report: Printed, pattern: str) -> Printed:
    """The report with another last digit in one number of its page, the first group of what is found: a new number."""
    path = report.folder / "report.html"
    text = path.read_text(encoding="utf-8")
    match = re.search(pattern, text, re.DOTALL)
    known = numbers(report.content)
    other = next(number for number in _others(match[1]) if number not in text and number not in known)
    path.write_text(text[: match.start(1)] + other + text[match.end(1) :], encoding="utf-8")
    return report


def _others(told: str) -> list[str]:
    return [told[:-1] + str((int(told[-1]) + digit) % 10) for digit in range(1, 10)]


def test_another_number_in_a_cell_of_the_page_is_seen(copy):
    assert cells(changed(copy, r"<main.*?<td[^>]*>[^<]*?(\d[\d.]*,\d)[^<]*</td>").html_tables, copy)


def test_another_number_in_a_sentence_is_seen(copy):
    changed(copy, r"gemiddeld (?:met )?<strong>([\d.]+,\d)")
    assert strangers(copy.passages, copy)
    assert squeezed(copy.docx_parts[1]) != squeezed("".join(copy.passages))


def test_another_number_in_an_alternative_text_is_seen(copy):
    changed(copy, r'aria-label="[^"]*?uw school (−?[\d.]+,\d) punten')
    assert any(spoken(figure, copy) for figure in copy.html_figures)


def test_another_number_in_a_drawing_is_seen(copy):
    changed(copy, r'role="img".*?<text[^>]*>(−?\d[\d.]*,\d)</text>')
    assert any(drawn(figure, copy) for figure in copy.html_figures)


@pytest.mark.parametrize("name", ["figuur-groei-spelling", "figuur-gestandaardiseerd", "figuur-verloop-spelling"])
def test_two_numbers_of_the_slice_that_changed_rows_are_seen(made, name):
    report = made["een gewone school"]
    figure = next(each for each in report.html_figures if each.name == name)
    place, _ = ticks(figure)
    values = [each for each in figure.texts if re.search(r"\d,\d", each[2]) and each[1] < place]
    first = values[0]
    second = next(each for each in values if abs(each[1] - first[1]) > ONE_LINE)
    swapped = {first: (*first[:2], second[2]), second: (*second[:2], first[2])}
    assert drawn(replace(figure, texts=tuple(swapped.get(each, each) for each in figure.texts)), report)
    told = figure.alt.replace(first[2], "§").replace(second[2], first[2]).replace("§", second[2])
    assert spoken(replace(figure, alt=told), report)


def test_a_number_of_the_data_among_the_values_of_an_axis_is_seen(made):
    figure = made["een gewone school"].html_figures[0]
    place, values = ticks(figure)
    wrong = [(x, y, "37" if text == values[-1] and y == place else text) for x, y, text in figure.texts]
    assert uneven(replace(figure, texts=tuple(wrong)))


def test_a_row_too_many_in_a_drawing_or_its_alternative_is_seen(made):
    report = made["een gewone school"]
    figure = report.html_figures[0]
    more = (*figure.texts, (0.0, 1.0, "Jan"), (50.0, 1.0, "12,3"))
    assert drawn(replace(figure, texts=more), report)
    assert spoken(replace(figure, alt=f"{figure.alt} Jan: 12,3."), report)


def test_another_number_in_the_word_document_is_seen(copy):
    path = copy.folder / "report.docx"
    parts = docx.unpacked(path.read_bytes())
    body = parts["word/document.xml"].decode()
    match = re.compile(r"<w:t[^>]*>[^<]*?(\d+,\d)[^<]*</w:t>").search(body, body.index("<w:tbl>"))
    parts["word/document.xml"] = (body[: match.start(1)] + _others(match[1])[0] + body[match.end(1) :]).encode()
    path.write_bytes(docx.packed(parts))
    assert cells(copy.docx_tables, copy)
    assert squeezed(copy.docx_parts[1]) != squeezed("".join(copy.passages))


@pytest.mark.slow
def test_a_pdf_that_says_otherwise_than_the_tables_is_seen(copy):
    path = copy.folder / "tables.json"
    tables = json.loads(path.read_text(encoding="utf-8"))
    next(each for each in tables if each["name"] == "tabel-samenvatting")["rows"][0][3] += " 1,2"
    path.write_text(json.dumps(tables), encoding="utf-8")
    assert len(cells(copy.pdf_tables, copy)) == 1


@pytest.mark.parametrize("change", [lambda sheet: sheet["E2"].value + 0.001, lambda sheet: sheet["E3"].value])
def test_another_value_in_the_workbook_is_seen(copy, change):
    sheet = copy.book["Groei"]
    sheet["E2"] = change(sheet)
    assert len(sheets(copy.book, copy)) == 1


def test_a_sheet_whose_headings_changed_places_is_seen(copy):
    sheet = copy.book["Groei"]
    sheet["E1"], sheet["F1"] = sheet["F1"].value, sheet["E1"].value
    assert sheets(copy.book, copy)


@pytest.mark.parametrize(
    "leak",
    [
        "Jan groeide 999,9 punten.",
        "Er waren 5 leerlingen in de groep.",
        "Dat is 95 procent.",
        "Groep 4 groeide niet.",
        "Bij 20 leerlingen ontbreekt de toets.",
        "Het interval is 95.",
        "10% van de leerlingen",
        "In 2009-2010 was dat anders.",
        "Midden–eind groep 7: niet getoond",
        "Een groep van 5 of minder leerlingen: 4 leerlingen.",
    ],
)
def test_a_number_that_is_not_of_the_slice_is_seen_wherever_it_stands(made, leak):
    assert strangers([leak], made["een gewone school"])


def test_a_hidden_number_is_not_known_to_the_report_that_hides_it(made):
    """The hidden school is the whole one without a part: what was taken out would be seen."""
    gone = {told for told in numbers(school(3)) - numbers(REPORTS["deels verborgen"]) if "," in told}
    assert len(gone) > 50
    assert all(strangers([f"De groei is {told}."], made["deels verborgen"]) for told in gone)
