"""What earlier runs noted, damaged: the file is named with what to do, and nothing is a fault of the program."""

import json
import shutil

import pytest

from nco.base import all_settings, fingerprint, locking, notes, project_files, reader_texts
from nco.release import provenance, report_facts, verify
from nco.release.review import review_folder, verdicts
from nco.release.store import Store
from nco.reports import kinds
from nco_utils import data_folder, noted, params, tables
from nco_utils.errors import UnusableInput
from nco_utils.tables import schema
from tests.support.reviewed import ROUND, open_office

NOT_TEXT = b"\xe9\xff\x00"
WRONG = {  # JSON, but not what any of these files holds
    "nothing in it": b"{}",
    "a list": b"[]",
    "a number": b"3",
    "a text": b'"groei"',
    "null": b"null",
    "a list of lists": b"[[1], [2]]",
    "other kinds": b'{"files": 3, "counts": "x", "warnings": 1, "rows": 5}',
    "kinds deeper down": b'{"files": {"html": {"name": 1, "sha256": 2, "bytes": "x"}}, "counts": {}, "warnings": []}',
}


@pytest.fixture
def office(tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        yield open_office(tmp_path, patch)


def note_of_a_report(office):
    key = office.release().reports[0].key
    return Store(office.request.work / "store").path(key) / "made.json"


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG.keys())
def test_a_note_of_a_report_that_holds_something_else_is_named(office, content):
    note = note_of_a_report(office)
    note.write_bytes(content)
    with pytest.raises(UnusableInput, match=r"made\.json is damaged.*Remove .*the report is made again"):
        office.release()
    note.unlink()
    assert not office.release().failed


@pytest.mark.parametrize("content", [b"", b'{"files": {"ht', NOT_TEXT])
def test_a_note_of_a_report_that_a_power_failure_cut_off_counts_as_no_report(office, content):
    note = note_of_a_report(office)
    note.write_bytes(content)
    assert office.release().n_made == 1


def test_a_note_of_what_is_published_that_is_no_text_is_named(office):
    office.release()
    (office.out / ".work" / ROUND / "published").write_bytes(NOT_TEXT)
    with pytest.raises(UnusableInput, match=r"published is damaged.*published again"):
        office.release()


def test_a_stamp_of_the_review_that_is_no_text_is_made_anew(office):
    office.release()
    (office.out / ROUND / "review" / ".stamp").write_bytes(NOT_TEXT)
    assert office.release().review.is_file()


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG.keys())
def test_candidates_and_verdicts_that_hold_something_else_are_named(office, tmp_path, content):
    with pytest.raises(UnusableInput, match=r"reports\.json cannot be read"):
        office.release()
        (office.out / ".work" / ROUND / review_folder.CANDIDATES).write_bytes(content)
        review_folder.read(office.out, ROUND, office.out / ".work" / ROUND)
    file = tmp_path / "verdicts.jsonl"
    file.write_bytes(content + b"\n")
    with pytest.raises(UnusableInput, match=r"verdicts\.jsonl line 1 is not a verdict"):
        verdicts.last(file)


def test_a_verdict_with_a_field_of_another_kind_is_no_verdict(tmp_path):
    good = {"subject": "99AA00", "approved": True, "note": "", "by": "a", "at": "2022", "digest": "d"}
    file = tmp_path / "verdicts.jsonl"
    for name, value in (("approved", "no"), ("subject", ["99AA00"]), ("digest", None)):
        file.write_text(json.dumps(good | {name: value}) + "\n")
        with pytest.raises(UnusableInput, match="line 1 is not a verdict"):
            verdicts.last(file)
    file.write_text(json.dumps(good) + "\n")
    assert set(verdicts.last(file)) == {"99AA00"}


@pytest.mark.parametrize("step", [provenance.VALIDATED, provenance.ANALYSED])
def test_a_note_of_a_step_that_is_no_text_is_named(tmp_path, step):
    (tmp_path / ROUND).mkdir()
    (tmp_path / ROUND / step).write_bytes(NOT_TEXT)
    with pytest.raises(UnusableInput, match=rf"{step} is damaged.*Remove it"):
        provenance.noted(step, ROUND, tmp_path)


@pytest.mark.parametrize("content", [b"[]", b"3", b'"x"', b"null"])
def test_hashes_of_files_that_are_something_else_are_named(tmp_path, content):
    (tmp_path / "seen.json").write_bytes(content)
    with pytest.raises(UnusableInput, match=r"seen\.json is damaged.*Remove it"):
        fingerprint.Seen(tmp_path / "seen.json")


@pytest.mark.parametrize("known", [3, "x", {"a": 1}, [1, 2, 3, 4, 5], True])
def test_a_hash_of_a_file_that_is_something_else_is_named(tmp_path, known):
    file = tmp_path / "a.csv"
    file.write_text("a")
    (tmp_path / "seen.json").write_text(json.dumps({str(file): known}))
    with pytest.raises(UnusableInput, match=r"seen\.json is damaged"):
        fingerprint.Seen(tmp_path / "seen.json").of(tmp_path, [file])


def test_the_number_of_a_key_that_is_no_text_is_named(tmp_path):
    (tmp_path / ROUND).mkdir()
    (tmp_path / ROUND / data_folder.USE_FILE).write_bytes(NOT_TEXT)
    with pytest.raises(UnusableInput, match=data_folder.USE_FILE):
        data_folder.rounds_by_key(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1", NOT_TEXT])
def test_a_table_that_is_no_parquet_is_named_with_its_step(tmp_path, content):
    (tmp_path / "results.parquet").write_bytes(content)
    with pytest.raises(UnusableInput, match=r"results\.parquet is damaged.*nco validate"):
        schema.read(tables.RESULTS, tmp_path)


@pytest.mark.parametrize("content", [*WRONG.values(), NOT_TEXT])
def test_facts_slices_and_manifests_that_hold_something_else_are_named(tmp_path, content):
    path = tmp_path / "manifest.json"
    path.write_bytes(content)
    if content != b"[]":  # of no reports
        with pytest.raises(UnusableInput, match=r"manifest\.json"):
            report_facts.read(path)
    with pytest.raises(UnusableInput, match=r"manifest\.json"):
        kinds.read(path)
    if b"sha256" in content or content == NOT_TEXT:
        with pytest.raises(UnusableInput, match=r"manifest\.json cannot be read"):
            verify.verify(_listing(tmp_path, content))


def _listing(folder, content):
    wrong = b'{"path": 5, "sha256": ["x"]}' if content != NOT_TEXT else content
    (folder / "manifest.json").write_bytes(wrong)
    return folder


def test_without_the_protection_damage_is_an_exception_of_pythons_own(tmp_path):
    """Of which the command would say that it is a fault of the program."""
    (tmp_path / "note").write_bytes(NOT_TEXT)
    with pytest.raises(UnicodeDecodeError):
        (tmp_path / "note").read_text(encoding="ascii")
    with pytest.raises(UnusableInput):
        noted.text(tmp_path / "note", "Remove it.")


# --------------------------------------------------------------------------------------------- texts


@pytest.fixture
def texts(tmp_path, monkeypatch):
    """The texts of a project of our own, to be spoiled."""
    shutil.copytree(params.project_root() / "params", tmp_path / "params")
    (tmp_path / "notebooks").symlink_to(params.project_root() / "notebooks")
    monkeypatch.setenv("NCO_PROJECT", str(tmp_path))
    all_settings.forget()
    yield tmp_path / "params" / "texts" / "nl.yml"
    all_settings.forget()


@pytest.mark.parametrize("section", reader_texts.SECTIONS)
def test_a_section_of_the_texts_that_is_not_there_is_named(texts, section):
    text = texts.read_text(encoding="utf-8").replace(f"\n{section}:", f"\nanders_{section}:")
    texts.write_text(text, encoding="utf-8")
    with pytest.raises(UnusableInput, match=rf"nl\.yml: {section} is not there"):
        all_settings.load()


@pytest.mark.parametrize("value", ["3", "[]", "tekst", ""])
def test_a_section_of_the_texts_that_is_something_else_is_named(texts, value):
    text = texts.read_text(encoding="utf-8")
    texts.write_text(text.replace("\nreview:", f"\nreview: {value}\nandere:"), encoding="utf-8")
    with pytest.raises(UnusableInput, match=r"nl\.yml: review must hold names and texts"):
        all_settings.load()


def test_a_text_that_is_not_there_is_named_when_it_is_asked_for(texts):
    with pytest.raises(UnusableInput, match=r"nl\.yml: review\.notebook\.subtitle is not there"):
        reader_texts.load()["review"]["notebook"]["subtitle"]
    assert reader_texts.load()["review"].get("subtitle") is None


def test_a_text_with_half_a_pair_of_braces_is_named(texts):
    text = texts.read_text(encoding="utf-8")
    texts.write_text(f"{text}\nextra:\n  half: 'nog {{n leerlingen'\n", encoding="utf-8")
    with pytest.raises(UnusableInput, match=r"nl\.yml: extra\.half has a brace"):
        all_settings.load()


@pytest.mark.parametrize("file", ["release.yml", "rounds.yml", "texts/nl.yml"])
def test_settings_in_another_encoding_are_named(texts, file):
    path = texts.parents[1] / file
    path.write_bytes(path.read_bytes() + "\n# één\n".encode("latin-1"))
    with pytest.raises(UnusableInput, match=rf"{file} is not UTF-8"):
        all_settings.load()


DAMAGE = {
    "cut off": lambda content: content[: len(content) // 2],
    "in another encoding": lambda content: content + "één".encode("utf-16"),
    "empty": lambda _: b"",
    "of another kind": lambda _: b"[1, 2]",
}
TEXTS = (".html", ".lock", ".qmd")  # which may hold anything
FILES = ["expectations/cito.json", "expectations/uwlr.xsd", "reports/quarto/_extensions/nco/logo.svg",
         "notebooks/leergroei.ipynb", "reports/index.html", "requirements.lock", "docs/methode.qmd"]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "damage"),
    [(file, how) for file in FILES for how in DAMAGE if "encoding" in how or not file.endswith(TEXTS)],
)
def test_a_damaged_file_of_the_project_is_named_before_any_work(tmp_path, monkeypatch, file, damage):
    content = (params.project_root() / file).read_bytes()
    (tmp_path / "params").mkdir()
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("NCO_PROJECT", str(tmp_path))
    monkeypatch.setattr(fingerprint, "program", lambda: {file: ""})
    path.write_bytes(DAMAGE[damage](content))
    with pytest.raises(UnusableInput, match=rf"{path.name} is damaged.*Restore it from the repository"):
        project_files.require_whole.__wrapped__()


def test_every_file_of_the_project_is_whole_now():
    project_files.require_whole.__wrapped__()


def test_every_section_that_is_asked_for_is_in_the_texts_and_in_the_list():
    assert set(reader_texts.SECTIONS) == set(reader_texts.load("nl"))


DEEP = b"[" * 100_000 + b"]" * 100_000


def test_json_that_lies_too_deep_counts_as_damage_and_not_as_a_fault_of_the_program(tmp_path):
    with pytest.raises(ValueError, match="too deep"):
        notes.loaded(DEEP)
    (tmp_path / "manifest.json").write_bytes(DEEP)
    with pytest.raises(UnusableInput, match=r"manifest\.json cannot be read"):
        verify.verify(tmp_path)
    (tmp_path / "verdicts.jsonl").write_bytes(DEEP + b"\n")
    with pytest.raises(UnusableInput, match=r"verdicts\.jsonl line 1 is not a verdict"):
        verdicts.last(tmp_path / "verdicts.jsonl")
    assert notes.mapping(tmp_path / "manifest.json", "") is None


def test_a_folder_in_the_place_of_a_note_or_a_lock_is_named(tmp_path):
    for place in (provenance.SEEN, ".work/lock", f"2022E/{provenance.ANALYSED}"):
        (tmp_path / place / "something").mkdir(parents=True)
    with pytest.raises(UnusableInput, match=r"seen\.json is a folder, where a file of this program must come"):
        fingerprint.Seen(tmp_path / provenance.SEEN).keep()
    with (
        pytest.raises(UnusableInput, match="lock is a folder, where a file of this program must come"),
        locking.lock(tmp_path / ".work" / "lock"),
    ):
        pytest.fail("there is no lock")
    with pytest.raises(UnusableInput, match="analysed is a folder, where a file of this program must come"):
        provenance.forget([provenance.ANALYSED], "2022E", tmp_path)
