"""Pseudonyms: a keyed hash in the place of every pupil's own id, from right after reading onwards.

A pupil is the one with an eckid where a delivery of the round gives one, and else the id that a school uses in
one supplier's system. So with an eckid a pupil keeps one pseudonym over schools, suppliers and rounds; without,
over rounds. Where only one supplier delivers the eckid, its rows are not joined with those of another supplier
under an equal id: two systems number their pupils independently, and two children taken for one is worse than
one child taken for two (a result that both deliver for one id and day is used once all the same). A round without
any eckid and one with give that pupil two pseudonyms, likewise. An eckid that one school has with several ids in one
supplier's system is a mistake and is not used, anywhere in the round: `without_shared_eckids`.

The hash is BLAKE2b (RFC 7693) with a key of 256 bits, cut to 128 bits and written in 26 characters of base32.
Among n pupils two share a pseudonym by chance with probability n^2 / 2^129: 3e-27 for the 1.4 million of the
country. Nothing here depends on the order of the pseudonyms, so that no figure depends on the key.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from hashlib import blake2b
from operator import add

import numpy as np
import pandas as pd

from nco.base import characters
from nco.register.enrolment import Register
from nco.register.findings import other_rules, row_findings
from nco.register.keyfile import Key
from nco_utils.errors import ContractError
from nco_utils.tables import PUPILS, UNKNOWN, WITHDRAWN, conform

from .readers import RawFile

WHO = ["vendor", "brinvest", "pupil_id"]  # what identifies a pupil who has no eckid
LENGTH = 26

# BLAKE2's personalisation: equal texts in two domains have unrelated hashes.
PUPIL_BY_ECKID, PUPIL_BY_ID, GROUP = b"nco pupil eckid", b"nco pupil id", b"nco group"

_DIGEST_BYTES = 16
_ALPHABET = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", dtype="S1")  # base32 of RFC 4648, in lower case
_CHUNK = 200_000  # hashes at a time: the bits of one take 130 bytes
_BACKGROUND_ONLY = ""  # the vendor of a pupil of whom nothing was delivered, at a school that is not enrolled


def of_pupils(pupils: pd.DataFrame, key: Key) -> pd.Series:
    """Return the pseudonym of every row: by its eckid, and by vendor, brinvest and pupil_id where that is missing.

    Raises ContractError, without any value, when something of that is missing too.
    """
    by_eckid = pupils["eckid"].notna()
    pseudonyms = pd.Series(pd.NA, index=pupils.index, dtype="str")
    pseudonyms[by_eckid] = _hashed(key, PUPIL_BY_ECKID, pupils.loc[by_eckid, ["eckid"]])
    pseudonyms[~by_eckid] = _hashed(key, PUPIL_BY_ID, pupils.loc[~by_eckid, WHO])
    return pseudonyms


def of_groups(groups: pd.DataFrame, key: Key) -> pd.Series:
    """Return the pseudonym of every row's group, by brinvest, school_year and group."""
    return _hashed(key, GROUP, groups[["brinvest", "school_year", "group"]])


def everyone(files: Sequence[RawFile], background: pd.DataFrame, register: Register) -> pd.DataFrame:
    """Return every pupil of the files, the background and the objections: WHO (unique together) and eckid.

    A pupil of the background or an objection of whom nothing was delivered is one of the school's own supplier. A key
    that stands for two eckids has none: nobody can say which of the two pupils is meant.
    """
    delivered = pd.concat([_pupils_of(file) for file in files]) if files else _no_pupils()
    delivered = delivered.drop_duplicates()
    with_eckid = delivered.dropna(subset="eckid")
    eckids = with_eckid[~with_eckid.duplicated(WHO, keep=False)]
    pupils = delivered[WHO].drop_duplicates().merge(eckids, on=WHO, how="left")
    vendors = register.schools.set_index("brinvest")["vendor"]
    others = pd.concat([each[["brinvest", "pupil_id"]] for each in (background, register.objections)])
    others = others.drop_duplicates(ignore_index=True)
    own = others["brinvest"].map(vendors).fillna(_BACKGROUND_ONLY)
    others = others.assign(vendor=own, eckid=pd.Series(pd.NA, index=others.index, dtype="str"))
    others = others[~_pairs(others).isin(_pairs(pupils))]
    return pd.concat([pupils, others[[*WHO, "eckid"]]], ignore_index=True)


def without_shared_eckids(files: Sequence[RawFile]) -> tuple[list[RawFile], list[pd.DataFrame], pd.DataFrame]:
    """Return the files without the eckids that say of nobody who he is, a finding for each in every file, and twins.

    Such an eckid stands at one school, in one supplier's system, with several ids: a word that means "unknown", a
    fixed address, or two children taken for one. Used, it would join these pupils and spread an objection over them.
    Twins (brinvest, pupil_id, eckid): two ids of a school with one eckid, which can be one child that came back. Their
    results are not joined, but an objection of the one holds for the other: rather a pupil too few than one too many.
    """
    files = list(files)
    with_eckid = [
        place for place, file in enumerate(files) if "eckid" in file.rows and file.rows["eckid"].notna().any()
    ]
    if not with_eckid:
        return files, [], pd.DataFrame(columns=["brinvest", "pupil_id", "eckid"], dtype="str")
    known = pd.concat([_pupils_of(files[place]) for place in with_eckid]).dropna(subset="eckid").drop_duplicates()
    ids = known.groupby(["vendor", "brinvest", "eckid"]).size()
    two = known.merge(ids[ids == 2].reset_index()[["vendor", "brinvest", "eckid"]])
    ids = ids[ids > 1]
    shared, found = set(ids.index.get_level_values("eckid")), []
    for place in with_eckid if shared else ():
        file = files[place]
        eckid = _eckids(file.rows["eckid"])
        wrong = eckid.isin(shared)
        if wrong.any():
            files[place] = replace(file, rows=file.rows.assign(eckid=file.rows["eckid"].mask(wrong)))
            rows = file.rows[["source_file", "source_row"]].assign(brinvest=file.dialect.schools(file.rows))
            first = rows[wrong & ~rows.assign(eckid=eckid).duplicated(["brinvest", "eckid"])]
            found.append(
                row_findings(replace(other_rules()["eckid-shared"], column="eckid"), first, file.dialect.VENDOR)
            )
    return files, found, two[["brinvest", "pupil_id", "eckid"]]


def same_pupils(objections: pd.DataFrame, pupils: pd.DataFrame) -> pd.DataFrame:
    """Return the objections, also under every other id and school that a pupil's eckid is delivered with."""
    known = pupils.dropna(subset="eckid")[["brinvest", "pupil_id", "eckid"]].drop_duplicates()
    of_eckid = objections.merge(known, on=["brinvest", "pupil_id"])[["eckid", "received_on"]]
    elsewhere = of_eckid.merge(known, on="eckid").drop(columns="eckid")
    return pd.concat([objections, elsewhere]).drop_duplicates(["brinvest", "pupil_id"], ignore_index=True)


def in_rows(rows: pd.DataFrame, pupils: pd.DataFrame) -> pd.DataFrame:
    """Return rows (with vendor, brinvest and pupil_id) with the pseudonym as pupil_id; empty for an unknown pupil.

    The id goes to the column delivered_id, for checks over suppliers; no table has such a column. `pupils` is the
    frame that `everyone` gives, with the column pseudonym.
    """
    found = rows[WHO].merge(pupils[[*WHO, "pseudonym"]], on=WHO, how="left")["pseudonym"]
    return rows.assign(pupil_id=found.set_axis(rows.index), delivered_id=rows["pupil_id"])


def in_background(background: pd.DataFrame, pupils: pd.DataFrame) -> pd.DataFrame:
    """Return table PUPILS with pseudonyms: a row for each that an id stands for, one for two ids of one pupil.

    Of a trait that two rows of one pupil have, the first known value counts. `pupils` as for `in_rows`.
    """
    known = pupils[["brinvest", "pupil_id", "pseudonym"]].drop_duplicates()
    found = background.merge(known, on=["brinvest", "pupil_id"], how="inner")
    found = found.drop(columns="pupil_id").rename(columns={"pseudonym": "pupil_id"})
    if found.duplicated(list(PUPILS.key)).any():
        traits = [column.name for column in PUPILS.columns if UNKNOWN in column.allowed]
        found[traits] = found[traits].mask(found[traits] == UNKNOWN)
        found = found.groupby(list(PUPILS.key), sort=False, as_index=False).first()
        found[traits] = found[traits].fillna(UNKNOWN)
    return conform(found, PUPILS)


def of_objections(objections: pd.DataFrame, rows: pd.DataFrame, pupils: pd.DataFrame) -> pd.DataFrame:
    """Return table WITHDRAWN; `rows` are the delivered rows of pupils with an objection, with WHO as delivered."""
    theirs = pupils.merge(objections[["brinvest", "pupil_id"]], on=["brinvest", "pupil_id"])
    n_rows = rows.groupby(WHO).size().rename("n_rows").reset_index()
    counted = theirs.merge(n_rows, on=WHO, how="left").fillna({"n_rows": 0})
    by_pupil = counted.groupby(["brinvest", "pseudonym"], as_index=False)["n_rows"].sum()
    return conform(by_pupil.rename(columns={"pseudonym": "pupil_id"}), WITHDRAWN)


def _pupils_of(file: RawFile) -> pd.DataFrame:
    eckid = file.rows["eckid"] if "eckid" in file.rows else pd.Series(pd.NA, index=file.rows.index, dtype="str")
    frame = pd.DataFrame(
        {
            "vendor": file.dialect.VENDOR,
            "brinvest": file.dialect.schools(file.rows),
            "pupil_id": file.rows[file.dialect.PUPIL_COLUMN],
            "eckid": eckid,
        }
    )
    frame = frame.dropna(subset=["brinvest", "pupil_id"]).drop_duplicates()
    return frame.assign(eckid=_eckids(frame["eckid"]))


def _eckids(texts: pd.Series) -> pd.Series:
    # ECK iD: a chain in lower case; one supplier's capitals must not make another pupil of it
    eckid = texts.str.strip().str.lower()
    # One that was damaged (`null`) may be that of many pupils; its rows are set aside.
    return eckid.mask((eckid == "") | characters.faults(eckid, key=True).notna())


def _no_pupils() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="str") for name in (*WHO, "eckid")})


def _pairs(pupils: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(pupils[["brinvest", "pupil_id"]])


def _hashed(key: Key, domain: bytes, parts: pd.DataFrame) -> pd.Series:
    """Return the pseudonyms of the rows of `parts` (n rows of text, whose order and lengths count) in a domain."""
    if parts.isna().any(axis=None):
        raise ContractError(f"{int(parts.isna().any(axis=1).sum())} row(s) name no pupil or group.")
    start = blake2b(key=key.secret, digest_size=_DIGEST_BYTES, person=domain)
    # Every text stands after its own length: no two rows of parts are then one and the same message.
    written_out = (column.str.len().astype("str") + ":" + column for _, column in _text(parts).items())
    messages = reduce(add, written_out)
    chunks = (messages.iloc[begin : begin + _CHUNK] for begin in range(0, len(parts), _CHUNK))
    written = [_base32(_digests(start, chunk.tolist())) for chunk in chunks]
    return pd.Series(np.concatenate(written) if written else [], index=parts.index, dtype="str")


def _text(parts: pd.DataFrame) -> pd.DataFrame:
    try:
        return parts.astype("str")
    except UnicodeError:
        # `from None`: the original error holds the text
        raise ContractError("An id holds a character that UTF-8 cannot write.") from None


def _digests(start: "blake2b", messages: list[str]) -> np.ndarray:
    """Return the digests (n, 16) of messages by a hash that has its key and domain already."""
    digests = []
    for message in messages:
        state = start.copy()
        state.update(message.encode())
        digests.append(state.digest())
    return np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, _DIGEST_BYTES)


def _base32(digests: np.ndarray) -> np.ndarray:
    """Write digests (n, 16) as texts of 26 characters (n,): 5 bits each, the last with two zero bits."""
    bits = np.unpackbits(digests, axis=1)
    padded = np.pad(bits, ((0, 0), (0, 5 * LENGTH - bits.shape[1])))
    values = padded.reshape(len(digests), LENGTH, 5) @ np.array([16, 8, 4, 2, 1], dtype=np.uint8)
    return np.ascontiguousarray(_ALPHABET[values]).view(f"S{LENGTH}").ravel().astype(f"U{LENGTH}")
