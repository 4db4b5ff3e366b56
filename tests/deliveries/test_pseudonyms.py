"""Pseudonyms: what they are made of, who shares one, and that nothing downstream has an id."""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import traceback
from types import SimpleNamespace

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nco.deliveries import pseudonyms, validation
from nco.deliveries.readers import cito, esis, uwlr
from nco.disclosure import shown_tables
from nco.register import keyfile
from nco.register.enrolment import Register, read_background
from nco.register.keyfile import Key
from nco.release import round_pipeline
from nco_utils import data_folder, tables
from nco_utils.errors import ContractError
from tests.conftest import ROUND, ResultsMaker
from tests.deliveries.test_validate import data as data

KEY, OTHER_KEY = Key(bytes(range(32))), Key(bytes(range(1, 33)))
ECKID = "https://ketenid.nl/201703/" + "0f" * 64
SCHOOLS = {"99ZA00": "cito", "99ZB00": "parnassys"}


def pupil(vendor="cito", brinvest="99ZA00", pupil_id="LLN-Q7XK", eckid=None) -> pd.DataFrame:
    row = {"vendor": vendor, "brinvest": brinvest, "pupil_id": pupil_id, "eckid": eckid}
    return pd.DataFrame([row], dtype="str")


def name(key=KEY, **who) -> str:
    return pseudonyms.of_pupils(pupil(**who), key).item()


def delivered(vendor: str, *rows: tuple) -> SimpleNamespace:
    """A file of (school, id, eckid) as a reader gives it; without eckids it has no such column."""
    frame = pd.DataFrame(rows, columns=["school", "id", "eckid"], dtype="str")
    frame = frame if frame["eckid"].notna().any() else frame.drop(columns="eckid")
    dialect = SimpleNamespace(VENDOR=vendor, PUPIL_COLUMN="id", schools=lambda raw: raw["school"])
    return SimpleNamespace(dialect=dialect, rows=frame)


def background(*rows: tuple) -> pd.DataFrame:
    columns = ["brinvest", "pupil_id", "sex", "ses_class"]
    frame = pd.DataFrame(rows, columns=columns, dtype="str")
    others = {column: tables.UNKNOWN for column in tables.PUPILS.column_names if column not in columns}
    return tables.conform(frame.assign(**others | {"months_older": None}), tables.PUPILS)


def named(*files, rows=(), key=KEY) -> pd.DataFrame:
    schools = pd.DataFrame(SCHOOLS.items(), columns=["brinvest", "vendor"])
    register = Register(pd.DataFrame(), schools, pd.DataFrame(), tables.empty(tables.OBJECTIONS))
    pupils = pseudonyms.everyone(files, background(*rows), register)
    return pupils.assign(pseudonym=pseudonyms.of_pupils(pupils, key))


def by_pupil(pupils: pd.DataFrame) -> dict:
    return pupils.set_index(pseudonyms.WHO)["pseudonym"].to_dict()


def test_a_pseudonym_is_the_keyed_hash_that_hashlib_gives_in_base32():
    message, eckid_message = b"4:cito6:99ZA008:LLN-Q7XK", f"{len(ECKID)}:{ECKID}".encode()
    for key in (KEY, OTHER_KEY):
        for person, text, who in (
            (b"nco pupil id", message, {}),
            (b"nco pupil eckid", eckid_message, {"eckid": ECKID}),
        ):
            digest = hashlib.blake2b(text, key=key.secret, digest_size=16, person=person).digest()
            assert name(key, **who) == base64.b32encode(digest).decode("ascii").rstrip("=").lower()


def test_a_pseudonym_is_the_one_that_openssl_gives():
    """`openssl mac -macopt hexkey:000102..1f -macopt custom:'nco pupil id' -macopt size:16 -in FILE BLAKE2BMAC`."""
    digest = bytes.fromhex("C7451B6469D266ECC62B1F672650D2A8")  # OpenSSL 3.0.19, of 4:cito6:99ZA008:LLN-Q7XK
    assert name() == base64.b32encode(digest).decode("ascii").rstrip("=").lower() == "y5crwzdj2jtozrrld5tsmugsva"


@pytest.mark.slow
@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40))
def test_every_id_has_a_text_of_one_length_that_is_safe_in_a_url_and_a_file_name(pupil_id):
    assert set(name(pupil_id=pupil_id)) <= set("abcdefghijklmnopqrstuvwxyz234567")
    assert len(name(pupil_id=pupil_id)) == pseudonyms.LENGTH == 26


def test_another_key_vendor_school_or_id_gives_another_pseudonym():
    others = [
        name(OTHER_KEY),
        name(vendor="esis"),
        name(brinvest="99ZB00"),
        name(pupil_id="LLN-Q7XL"),
        name(eckid=ECKID),
        name(pupil_id="lln-q7xk"),
    ]
    assert len({name(), *others}) == 7


def test_pupils_with_and_without_eckid_and_groups_have_domains_of_their_own():
    text = pd.DataFrame({"text": ["3B"]}, dtype="str")
    domains = (pseudonyms.PUPIL_BY_ECKID, pseudonyms.PUPIL_BY_ID, pseudonyms.GROUP)
    assert len({pseudonyms._hashed(KEY, domain, text).item() for domain in domains}) == 3
    group = pd.DataFrame([["99ZA00", "2021-2022", "3B"]], columns=["brinvest", "school_year", "group"], dtype="str")
    digest = hashlib.blake2b(b"6:99ZA009:2021-20222:3B", key=KEY.secret, digest_size=16, person=b"nco group").digest()
    assert pseudonyms.of_groups(group, KEY).item() == base64.b32encode(digest).decode().rstrip("=").lower()


@given(st.lists(st.tuples(*[st.text("1:a", max_size=4)] * 3), min_size=2, max_size=30, unique=True))
def test_no_two_rows_of_parts_run_together_into_one_message(rows):
    parts = pd.DataFrame(rows, columns=list("abc"), dtype="str")
    assert pseudonyms._hashed(KEY, pseudonyms.GROUP, parts).is_unique


def test_a_long_frame_has_the_pseudonyms_of_its_rows_one_by_one(monkeypatch):
    many = pd.concat([pupil(pupil_id=str(n), eckid=ECKID[:-2] + f"{n:02}" if n % 3 else None) for n in range(25)])
    many.index = range(100, 125)
    one_by_one = [pseudonyms.of_pupils(many.loc[[place]], KEY).item() for place in many.index]
    monkeypatch.setattr(pseudonyms, "_CHUNK", 4)
    assert pseudonyms.of_pupils(many, KEY).to_dict() == dict(zip(many.index, one_by_one, strict=True))
    assert pseudonyms.of_pupils(many.head(0), KEY).empty


def test_a_pupil_with_an_eckid_has_one_pseudonym_over_two_rounds_schools_and_vendors():
    first = named(delivered("parnassys", ("99ZB00", "12", ECKID)))
    second = named(
        delivered("esis", ("99ZA00", "lln-9", ECKID)), delivered("cito", ("99ZA00", "77", ECKID.upper() + " "))
    )
    assert len({*by_pupil(first).values(), *by_pupil(second).values()}) == 1


def test_a_pupil_without_an_eckid_has_one_pseudonym_over_rounds_of_one_vendor():
    first, second = (named(delivered("cito", ("99ZA00", "12", None), *more)) for more in ((), [("99ZA00", "13", None)]))
    assert by_pupil(first).items() <= by_pupil(second).items()


def test_an_eckid_of_one_vendor_holds_for_all_its_rows_and_for_no_other_vendor_with_an_equal_id():
    pupils = by_pupil(
        named(
            delivered("parnassys", ("99ZB00", "12", ECKID)),
            delivered("parnassys", ("99ZB00", "12", None)),
            delivered("cito", ("99ZB00", "12", None)),
        )
    )
    assert pupils == {
        ("parnassys", "99ZB00", "12"): name(eckid=ECKID),
        ("cito", "99ZB00", "12"): name(vendor="cito", brinvest="99ZB00", pupil_id="12"),
    }


def test_an_id_with_two_eckids_is_neither_of_them():
    pupils = named(delivered("parnassys", ("99ZB00", "12", ECKID), ("99ZB00", "12", ECKID[:-2] + "00")))
    assert by_pupil(pupils) == {
        ("parnassys", "99ZB00", "12"): name(vendor="parnassys", brinvest="99ZB00", pupil_id="12")
    }


def test_rows_get_the_pseudonym_of_their_pupil_and_a_row_without_pupil_none():
    pupils = named(delivered("cito", ("99ZA00", "1", None), ("99ZA00", "2", None)))
    rows = pd.DataFrame({"vendor": "cito", "brinvest": "99ZA00", "pupil_id": ["2", None, "1", "2"]}, index=[7, 3, 5, 4])
    found = pseudonyms.in_rows(rows, pupils)["pupil_id"]
    assert found.drop(3).to_dict() == {n: name(pupil_id=i) for n, i in ((7, "2"), (5, "1"), (4, "2"))}
    assert pd.isna(found[3])


def test_the_background_follows_its_pupil_and_holds_for_every_vendor_that_uses_the_id():
    rows = [("99ZA00", "1", "jongen", "laag"), ("99ZA00", "2", "meisje", "hoog"), ("99ZB00", "1", "meisje", "hoog")]
    files = [delivered("cito", ("99ZA00", "1", None)), delivered("esis", ("99ZA00", "1", None))]
    table = pseudonyms.in_background(background(*rows), named(*files, rows=rows))
    assert table.set_index("pupil_id")["sex"].to_dict() == {
        name(pupil_id="1"): "jongen",
        name(vendor="esis", pupil_id="1"): "jongen",
        name(pupil_id="2"): "meisje",  # nothing delivered: of the school's own vendor
        name(vendor="parnassys", brinvest="99ZB00", pupil_id="1"): "meisje",
    }


def test_two_background_rows_of_one_pupil_are_one_with_the_first_known_values():
    rows = [("99ZA00", "1", tables.UNKNOWN, "laag"), ("99ZA00", "2", "meisje", "hoog")]
    files = [delivered("cito", ("99ZA00", "1", ECKID)), delivered("esis", ("99ZA00", "2", ECKID))]
    table = pseudonyms.in_background(background(*rows), named(*files, rows=rows))
    assert table[["pupil_id", "sex", "ses_class", "minority"]].to_numpy().tolist() == [
        [name(eckid=ECKID), "meisje", "laag", tables.UNKNOWN]
    ]


def test_an_objection_holds_for_the_pupil_under_every_id_and_school_of_the_eckid():
    objections = pd.DataFrame([["99ZA00", "1", "2022-01-01"]], columns=tables.OBJECTIONS.column_names)
    pupils = named(
        delivered("cito", ("99ZA00", "1", ECKID), ("99ZA00", "3", ECKID[:-2] + "00")),
        delivered("esis", ("99ZB00", "2", ECKID), ("99ZB00", "1", None)),
    )
    extended = pseudonyms.same_pupils(tables.conform(objections, tables.OBJECTIONS), pupils)
    assert extended[["brinvest", "pupil_id"]].to_numpy().tolist() == [["99ZA00", "1"], ["99ZB00", "2"]]


@pytest.fixture
def send(data):
    """Writes one result of a school, pupil and supplier into a round, in that supplier's real format."""
    approvals = "brinvest,school_year,approved_on\n99ZA00,2021-2022,2022-03-01\n99ZB00,2021-2022,2022-03-01\n"
    (data / "register/approvals.csv").write_text(approvals)

    def write(code, writer, brinvest, pupil_id, eckid=None):
        rows = ResultsMaker().add(pupil_id, "M5-2022", 250, school=brinvest, scale="CITO-SP-3").table()
        folder = data / "exports" / code / writer.VENDOR
        folder.mkdir(parents=True, exist_ok=True)
        suffix = "xml" if writer is uwlr else "csv"
        writer.write(rows.assign(eckid=eckid), folder / f"{brinvest}.{suffix}")

    return write


@pytest.mark.slow
def test_over_rounds_and_schools_the_eckid_in_real_messages_makes_one_pupil_of_all_ids(data, send):
    for code in ("2022M", "2022E"):
        send(code, uwlr, "99ZA00", f"P-{code}", ECKID)
        send(code, uwlr, "99ZB00", f"Q-{code}", ECKID)
    made = [validation.validate_round(code, data) for code in ("2022M", "2022E")]
    key = keyfile.key_for(data)
    for each in made:
        assert each.results["brinvest"].tolist() == ["99ZA00", "99ZB00"]
        assert each.results["pupil_id"].tolist() == [name(key, eckid=ECKID)] * 2


@pytest.mark.slow
def test_a_result_that_two_suppliers_deliver_for_one_id_is_used_once_the_schools_own(data, send):
    for writer in (cito, esis):
        send("2022E", writer, "99ZA00", "P-1")
    made = validation.validate_round("2022E", data)
    assert made.results["vendor"].tolist() == ["cito"]
    assert (made.counts["used"], made.counts["superseded"]) == (1, 1)


@pytest.mark.parametrize("spoil", [{"pupil_id": None}, {"brinvest": None}, {"pupil_id": "Q7XK\udc80"}])
def test_no_exception_holds_an_id_or_the_key(spoil):
    rows = pd.DataFrame(
        [{"vendor": "cito", "brinvest": "99ZA00", "pupil_id": "Q7XK-8", "eckid": None} | spoil], dtype=object
    )
    with pytest.raises(ContractError) as raised:
        pseudonyms.of_pupils(rows, KEY)
    shown = "".join(traceback.format_exception(raised.value, chain=False)) + repr(vars(raised.value))
    assert "Q7XK" not in str(raised.value) + repr(raised.value)
    assert KEY.secret.hex() not in shown
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


def test_many_pupils_have_as_many_pseudonyms():
    n = 250_000  # more than one chunk of hashes
    pupils = pd.DataFrame({"vendor": "cito", "brinvest": "99ZA00", "pupil_id": pd.RangeIndex(n).astype("str")})
    made = pseudonyms.of_pupils(pupils.assign(eckid=pd.Series(pd.NA, index=pupils.index, dtype="str")), KEY)
    assert made.nunique() == n


@pytest.fixture(scope="module")
def spelled(demo_data, tmp_path_factory):
    """The demo with ids that cannot occur by chance, validated and analysed with another key than `analysed`."""
    data = tmp_path_factory.mktemp("spelled") / "data"
    shutil.copytree(demo_data, data)
    for path, column in (
        (data / "exports" / ROUND / "cito" / "bdf-2022E.csv", "LEERLING_ID"),
        (data / "background" / "pupils.csv", "pupil_id"),
    ):
        frame = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
        frame[column] = "LLN-Q7XK-" + frame[column]
        frame.to_csv(path, index=False, encoding="utf-8-sig")
    key = tmp_path_factory.mktemp("key") / "other.key"
    keyfile.new_key(key)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(keyfile.ENVIRONMENT_VARIABLE, str(key))
        round_pipeline.validate(ROUND, data)
        round_pipeline.analyse(ROUND, data)
    return data, key


@pytest.mark.slow
def test_no_file_of_a_round_holds_an_id_or_the_key(spelled):
    data, key = spelled
    secret = key.read_text().strip()
    ids = set(read_background(data)["pupil_id"])
    assert len(ids) == 2287
    files = [path for path in (data / ROUND).rglob("*") if path.is_file()]
    assert {"results.parquet", "pupils.parquet", "growth.parquet", "landelijk.ipynb"} <= {path.name for path in files}
    for path in files:
        content = path.read_bytes()
        assert b"Q7XK" not in content, path
        assert secret.encode() not in content, path
        if path.suffix == ".parquet":  # compressed: its values too
            held = pq.read_table(path)
            assert "Q7XK" not in json.dumps(held.to_pydict(), default=str), path
            assert "Q7XK" not in str(held.schema), path


@pytest.mark.slow
def test_no_figure_depends_on_the_key_or_the_ids(spelled, analysed):
    one, other = spelled[0] / ROUND, analysed / ROUND
    for table in (tables.COVERAGE, tables.NATIONAL, tables.REFERENCE, tables.MODEL_TERMS, shown_tables.REPORT):
        pd.testing.assert_frame_equal(tables.read(table, one), tables.read(table, other), check_exact=True)
    slices = sorted(path.name for path in (one / "slices").iterdir())
    assert len([name for name in slices if len(name) == len("99AA00.json")]) == 131
    assert all((one / "slices" / file).read_bytes() == (other / "slices" / file).read_bytes() for file in slices)
    for table in (tables.RESULTS, tables.GROWTH, tables.PUPILS):
        pupils, others = (set(tables.read(table, folder)["pupil_id"]) for folder in (one, other))
        assert len(pupils) == 2287
        assert not pupils & others


def test_results_growth_and_background_are_joined_by_the_pseudonyms(analysed):
    folder = analysed / ROUND
    pupils = set(tables.read(tables.PUPILS, folder)["pupil_id"])
    assert set(tables.read(tables.RESULTS, folder)["pupil_id"]) == pupils
    assert set(tables.read(tables.GROWTH, folder)["pupil_id"]) == pupils
    assert all(len(pupil) == pseudonyms.LENGTH for pupil in pupils)
    assert data_folder.rounds_by_key(analysed) == {ROUND: keyfile.key_for(analysed).number}


@pytest.mark.slow
def test_validating_twice_gives_the_same_pseudonyms(analysed):
    made = validation.validate_round(ROUND, analysed)
    pd.testing.assert_frame_equal(made.results, tables.read(tables.RESULTS, analysed / ROUND))
    pd.testing.assert_frame_equal(made.pupils, tables.read(tables.PUPILS, analysed / ROUND))


@pytest.mark.big
def test_a_fresh_machine_needs_no_preparation_and_says_where_its_key_is(demo_data, tmp_path):
    """`nco validate` as the first command ever: no variable, an empty home."""
    data = tmp_path / "data"
    shutil.copytree(demo_data, data)
    environment = {"HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "nco", "validate", ROUND, "--data", str(data), "--json"]
    environment |= {"PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["round"] == ROUND
    assert str(tmp_path / "home" / ".config" / "nco" / "pseudonym.key") in done.stderr
    assert (tmp_path / "home" / ".config" / "nco" / "pseudonym.key").stat().st_mode & 0o777 == 0o600
