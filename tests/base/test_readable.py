"""Files that are none, too large, too wide, too deep or never end: each is set aside by itself, in time that grows
with the file and not with its square."""

import os
import time
import tracemalloc
from pathlib import Path

import pytest

from nco.base import all_settings, readable
from nco.base.readable import Unread
from nco.deliveries import readers
from nco.deliveries.readers import cito, uwlr_xml
from nco.register.findings import BrokenFile
from tests.support.golden import GOLDEN

HEADER = ",".join(cito.COLUMNS)
ROW = "99ZA00,LLN-{n},8,BL-M8,2022-01-19,BDF-TAAL,30,,"
MESSAGE = (GOLDEN / "pass" / "uwlr-all-tests.xml").read_text(encoding="utf-8")


@pytest.fixture
def bounds(monkeypatch):
    """Sets bounds of `params/reading.yml` for a test."""

    def change(**values: int) -> None:
        settings = all_settings.load()
        reading = settings.reading.model_copy(update={"bounds": settings.reading.bounds.model_copy(update=values)})
        changed = settings.model_copy(update={"reading": reading})
        monkeypatch.setattr(all_settings, "load", lambda: changed)

    return change


def rule_of(path: Path) -> tuple[str, int | None]:
    with pytest.raises(BrokenFile) as raised:
        readers.read_raw(path)
    assert raised.value.__context__ is None
    (found,) = raised.value.findings
    return found.rule, found.row


def test_a_pipe_a_device_and_a_broken_link_are_told_at_once_and_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    (tmp_path / "nowhere.csv").symlink_to(tmp_path / "nothing.csv")
    started = time.monotonic()
    kinds = {name: readable.contents(tmp_path / f"{name}.csv") for name in ("pipe", "zero", "loop", "nowhere")}
    assert kinds == {
        "pipe": Unread.NOT_ORDINARY,
        "zero": Unread.NOT_ORDINARY,
        "loop": Unread.NOT_ORDINARY,
        "nowhere": Unread.ABSENT,
    }
    assert {rule_of(tmp_path / f"{name}.csv")[0] for name in kinds} == {"file-unreadable"}
    assert time.monotonic() - started < 5


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read any file")
def test_a_file_that_may_not_be_read_is_told(tmp_path):
    path = tmp_path / "closed.csv"
    path.write_text(HEADER)
    path.chmod(0)
    assert readable.contents(path) is Unread.FORBIDDEN
    assert rule_of(path)[0] == "file-unreadable"


def test_a_file_beyond_the_bound_is_not_read_and_one_of_just_that_size_is(tmp_path, bounds):
    path = tmp_path / "large.csv"
    path.write_text("\n".join([HEADER, *(ROW.format(n=n) for n in range(50))]))
    bounds(file_bytes=path.stat().st_size)
    assert len(readers.read_raw(path).rows) == 50
    bounds(file_bytes=path.stat().st_size - 1)
    assert rule_of(path) == ("file-too-large", None)


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_row_beyond_the_bound_is_told_with_its_number(tmp_path, bounds, quote):
    path = tmp_path / "long.csv"
    path.write_text("\n".join([HEADER, ROW.format(n=1), f"{ROW.format(n=2)}{quote}{'x' * 5000}{quote}"]))
    bounds(row_bytes=5000)
    assert rule_of(path) == ("row-too-long", 3)


def test_a_hundred_thousand_columns_are_told_and_not_read(tmp_path, bounds):
    path = tmp_path / "wide.csv"
    path.write_text(f"{HEADER},{','.join(f'k{n}' for n in range(100_000))}\n{ROW.format(n=1)}{',' * 100_000}\n")
    assert rule_of(path) == ("row-too-long", 1)
    bounds(row_bytes=10**7)
    tracemalloc.start()
    try:
        assert rule_of(path) == ("too-many-columns", 1)
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


def deep(levels: int) -> str:
    norms = f"<toetsnormering>{'<a>' * levels}{'</a>' * levels}</toetsnormering>"
    return MESSAGE.replace("<vakgebied>x</vakgebied>", f"<vakgebied>x</vakgebied>{norms}", 1)


@pytest.mark.parametrize("levels", [40, 300])
def test_elements_that_lie_too_deep_within_each_other_are_told(tmp_path, levels, bounds):
    path = tmp_path / "deep.xml"
    path.write_text(deep(levels), encoding="utf-8")
    assert rule_of(path)[0] == "xml-too-large"
    path.write_text(deep(20), encoding="utf-8")
    assert len(readers.read_raw(path).rows) == 6
    bounds(xml_depth=15)
    assert rule_of(path)[0] == "xml-too-large"


def test_a_text_of_millions_of_characters_is_not_called_bad_xml(tmp_path):
    path = tmp_path / "text.xml"
    for old, new in (
        ("<toetsnaam>Toets", "<toetsnaam>" + "x" * 10_100_000),
        ("<toetsen>", f"<!--{'x' * 10_100_000}-->"),
    ):
        path.write_text(MESSAGE.replace(old, new, 1), encoding="utf-8")
        assert rule_of(path)[0] == "xml-too-large"


def message_of(n: int) -> bytes:
    """A message with n tests, each with a comment before, in and after it, and n pupils likewise."""
    head, _, rest = MESSAGE.partition("<toetsafnames>")
    result = rest[rest.index("<resultaat ") : rest.index("</resultaat>") + len("</resultaat>")]
    pupils = "".join(
        f"<!--a--><toetsafname><!--b--><leerlingid>L{k}</leerlingid><resultaten>{result}</resultaten></toetsafname><!--c-->"
        for k in range(n)
    )
    tests = "".join(f"<!--d--><toets><!--e--><toetscode>BL-X{k}</toetscode></toets><!--f-->" for k in range(n))
    parts = f"<toetsafnames>{pupils}</toetsafnames><toetsen>{tests}</toetsen></leerresultaten_verzoek>"
    return (head + parts).encode()


def seconds(work) -> float:
    """The least of three times: another process may have been at work."""
    times = []
    for _ in range(3):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


@pytest.mark.slow
def test_a_message_with_many_tests_and_comments_is_read_in_time_that_grows_with_its_length():
    small, large = message_of(300), message_of(2400)
    assert len(uwlr_xml.read(large, "m.xml").rows) == 2400
    assert len(uwlr_xml.read(large, "m.xml").other) > 6 * 2400
    # 8 times as long: 8 times the work, where its square would be 64 times.
    assert seconds(lambda: uwlr_xml.read(large, "m.xml")) < 20 * seconds(lambda: uwlr_xml.read(small, "m.xml"))


def test_many_empty_and_many_quoted_rows_are_read_in_time_that_grows_with_their_number():
    def delivery(n: int, quote: str) -> bytes:
        rows = [
            f"99ZA00,{quote}LLN,{k}{quote},8,BL-M8,2022-01-19,BDF-TAAL,30,," if quote else ROW.format(n=k)
            for k in range(n)
        ]
        return "\n".join([HEADER, *rows, *[",,,,,,,,"] * n]).encode()

    for quote in ("", '"'):
        times = [seconds(lambda n=n, quote=quote: cito.read(delivery(n, quote), "f.csv")) for n in (1000, 8000)]
        assert times[1] < 24 * times[0]
