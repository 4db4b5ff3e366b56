"""What keys, codes and values are written with: nothing that cannot be seen, nothing that a spreadsheet made of them.

One rule for every file: two pupils whose keys look alike are taken for one, and a key that looks like that of an
objection but is not keeps a pupil in (`params/reading.yml`).
"""

import unicodedata

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from . import all_settings

INVISIBLE, DAMAGED = "invisible", "damaged"


def faults(texts: pd.Series, key: bool) -> pd.Series:
    """Return for each text INVISIBLE or DAMAGED, whichever is wrong with it; missing where nothing is.

    key: whether they are keys or codes, of which also the form of a character counts, and in which `5,0` is damage.
    """
    values = pa.array(texts.astype("str"), type=pa.large_string(), from_pandas=True)
    unseen = pc.match_substring_regex(values, all_settings.load().reading.written.invisible)
    if key:
        unseen = pc.or_(unseen, pc.not_equal(values, pc.utf8_normalize(values, "NFKC")))
    found = pd.Series(pd.NA, index=texts.index, dtype="str")
    found[_flags(pc.match_substring_regex(values, _damage(key)))] = DAMAGED
    found[_flags(unseen)] = INVISIBLE
    return found


def squeezed(texts: pd.Series) -> pd.Series:
    """Return each key without what is easily lost or added: case, form, signs and spaces, and zeros at the begin."""
    return texts.map({text: _squeezed(text) for text in texts.dropna().unique()}).astype("str")


def _squeezed(text: str) -> str:
    plain = "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())
    return plain.lstrip("0") or plain[-1:]


def legible(name: str) -> str:
    """Return a file's name as text that can be written anywhere: what UTF-8 cannot hold or nobody sees is escaped.

    No two names are written alike, so a backslash is escaped too: bytes as `\\xe9`, characters as `\\u00ad`.
    """
    return "".join(map(_legible, name))


def _legible(sign: str) -> str:
    if sign == "\\":
        return "\\\\"
    if sign.isprintable():
        return sign
    code = ord(sign)
    if 0xDC80 <= code <= 0xDCFF:  # how Python holds a byte that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    short = sign.encode("unicode_escape").decode()
    return short if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else short


def _damage(key: bool) -> str:
    written = all_settings.load().reading.written
    return f"^ *(?:{'|'.join(written.damaged + (written.damaged_keys if key else ()))}) *$"


def _flags(found: pa.Array) -> np.ndarray:
    return found.fill_null(False).to_numpy(zero_copy_only=False)
