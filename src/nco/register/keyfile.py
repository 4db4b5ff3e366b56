"""The file with the secret key of the pseudonyms: where it is, how it is made, and when it is refused.

Whoever has the key and a list of pupil ids can undo the pseudonyms, so the file is readable for its owner
only and lies outside the project (which is shared) and outside the data folder (which is copied).
"""

import os
import re
import secrets
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, NoReturn

from nco_utils import data_folder, write_whole
from nco_utils.errors import UnusableInput
from nco_utils.params import project_root

ENVIRONMENT_VARIABLE = "NCO_KEY_FILE"
KEY_BYTES = 32  # 256 bits
_TEXT = re.compile(rb"[0-9a-f]{64}\n?")  # the key in hexadecimal digits
_OWNER_MAY_READ_AND_WRITE = 0o600


@dataclass(frozen=True, repr=False)
class Key:
    """A secret key; it prints as its number, and cannot be pickled, so that it stays in this process."""

    secret: bytes = field(repr=False)

    @property
    def number(self) -> str:
        """Return what tells one key from another and says nothing of the key itself."""
        return blake2b(key=self.secret, digest_size=6, person=b"nco key number").hexdigest()

    def seal(self, text: str) -> str:
        """Return a hash of a text that only who has the key can make, so that nobody else can try what gives it."""
        return blake2b(text.encode(), key=self.secret, digest_size=32, person=b"nco key seal").hexdigest()

    def __repr__(self) -> str:
        """Return the number of the key."""
        return f"Key({self.number})"

    def __reduce__(self) -> NoReturn:
        """Raise TypeError: a pickle goes to other processes, and to disk."""
        raise TypeError("A key stays in the process that read it.")


class KeyExists(UnusableInput):
    """A place for a new key that holds a file."""


def key_path() -> Path:
    """Return the place of the key: what NCO_KEY_FILE names, else nco/pseudonym.key in the user's configuration."""
    if named := os.environ.get(ENVIRONMENT_VARIABLE):
        return Path(named).expanduser()
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config")
    # Base directory specification: a path that is not absolute must be ignored.
    return (folder if folder.is_absolute() else Path("~/.config")).expanduser() / "nco" / "pseudonym.key"


def is_named() -> bool:
    """Return whether NCO_KEY_FILE names the place of the key; none is ever made there unasked."""
    return bool(os.environ.get(ENVIRONMENT_VARIABLE))


def key_for(data: Path) -> Key:
    """Read the key for a data folder; makes one, and says so on stderr, when the default place has none.

    Raises UnusableInput as `read_key` does, also for a file that NCO_KEY_FILE names and that is not there:
    a mistyped name would silently give every pupil another pseudonym. Says on stderr which rounds are of
    another key.
    """
    key = own_key(key_path(), data)
    if others := [code for code, number in data_folder.rounds_by_key(data).items() if number != key.number]:
        print(
            f"nco: {', '.join(others)} was made with another key: a pupil has another pseudonym there. Validate it "
            f"again, or name the other key with {ENVIRONMENT_VARIABLE}.",
            file=sys.stderr,
        )
    return key


def new_key(path: Path, data: Path | None = None) -> Key:
    """Write a new key to `path`, whole or not at all and for its owner only, and return it.

    Raises KeyExists when there is a file already, which stays as it is, and UnusableInput for a place
    inside the project or the data folder or one that cannot be written.
    """
    _refuse_place(path, data)
    key = Key(secrets.token_bytes(KEY_BYTES))
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _opened_for_owner(partial) as file:
            file.write(key.secret.hex().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        _publish(partial, path)
    except OSError:
        raise UnusableInput(
            f"No key can be written to {path}. Name a file in a folder of your own with {ENVIRONMENT_VARIABLE}."
        ) from None
    finally:
        with suppress(OSError):
            partial.unlink()
    return key


def read_key(path: Path, data: Path | None = None) -> Key:
    """Read a key that `new_key` wrote.

    Raises UnusableInput, saying what to run, when the file is not there, lies in the project or the data
    folder, is of another user, may be read by others, or holds no key; never with what it holds.
    """
    _refuse_place(path, data)
    try:
        text = _text_of_owner(path)
    except FileNotFoundError:
        raise UnusableInput(
            f"{path} does not exist, so there is no key for the pseudonyms. Copy the key that earlier rounds were made "
            f"with to it, or make a first one: nco pseudonymise --data DIR --new-key {path}"
        ) from None
    except OSError:
        raise UnusableInput(f"{path} cannot be read. Check that it is a file of yours: ls -l {path}") from None
    if not _TEXT.fullmatch(text):
        raise UnusableInput(
            f"{path} holds no key: that is one line of {2 * KEY_BYTES} hexadecimal digits. Restore it from a copy; "
            "if it never was a key, make one elsewhere: nco pseudonymise --data DIR --new-key FILE"
        )
    return Key(bytes.fromhex(text.decode("ascii")))


def note_use(folder: Path, number: str) -> None:
    """Write into a round's folder the number of the key that its pupils' pseudonyms are of."""
    write_whole.write_text(folder / data_folder.USE_FILE, f"{number}\n")


def _number_of(folder: Path, data: Path) -> str | None:
    """The number of the key of a folder with tables: a round's, or of a release within it; None where none is noted."""
    for place in (folder, data / folder.relative_to(data).parts[0]):
        if (place / data_folder.USE_FILE).is_file():
            return data_folder.key_number(place / data_folder.USE_FILE)
    return None


def own_key(path: Path, data: Path) -> Key:
    """Read the key in `path`; makes one, and says so on stderr, when the default place has none.

    None is made for a data folder with rounds of a key that is gone: raises UnusableInput then, with what to do.
    """
    if not path.exists() and not is_named():
        if used := data_folder.rounds_by_key(data):
            raise UnusableInput(f"There is no key in {path}, {_other_key(used, data)}")
        try:
            new_key(path, data)
        except KeyExists:  # another process was first; its key is the one
            return read_key(path, data)
        print(
            f"nco: made the key of the pseudonyms, {path}. Keep it, and keep it secret: "
            "with another key every pupil gets another pseudonym.",
            file=sys.stderr,
        )
    return read_key(path, data)


def require_same(key: Key, folders: Iterable[str], data: Path) -> None:
    """Raise UnusableInput, with what to do, when one of these folders with tables was made with another key.

    folders: within `data`, what a round is held against; under other pseudonyms nothing of it would be recognised.
    """
    numbers = {folder: _number_of(data / folder, data) for folder in folders}
    others = {folder.partition("/")[0]: n for folder, n in numbers.items() if n not in (None, key.number)}
    if others:
        raise UnusableInput(f"The key in {key_path()} is {key.number}, {_other_key(others, data)}")


def _other_key(rounds: dict[str, str], data: Path) -> str:
    """What is the matter with rounds that were made with a key that is not there, and what to do."""
    named, folders = ", ".join(rounds), " ".join(str(data / code) for code in rounds)
    return (
        f"but {named} in {data} was made with key {', '.join(sorted(set(rounds.values())))}. With another key every "
        "pupil has another pseudonym, and nothing would be protected against what was released before. Put that key "
        f"back from a copy, or name the file that has it: export {ENVIRONMENT_VARIABLE}=FILE. If it is lost for good, "
        f"go on without what was made with it: move {folders} out of the data folder, and make a key with "
        f"`nco pseudonymise --data {data} --new-key FILE` if there is none."
    )


def _opened_for_owner(path: Path) -> BinaryIO:
    """Open a file that was not there, never readable for others."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_MAY_READ_AND_WRITE), "wb")


def _publish(partial: Path, path: Path) -> None:
    try:
        os.link(partial, path)  # unlike a rename, this never replaces a file
    except FileExistsError:
        raise KeyExists(f"{path} exists and stays as it is. Name another file for the new key.") from None


def _text_of_owner(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # else a pipe of that name waits for ever
    try:
        _refuse_access(path, os.fstat(descriptor))  # of the file that is read, whatever has its name by then
        return os.read(descriptor, 100)
    finally:
        os.close(descriptor)


def _refuse_access(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise UnusableInput(f"{path} is not a file. Name the file of the key with {ENVIRONMENT_VARIABLE}.")
    if status.st_uid != os.geteuid():
        raise UnusableInput(
            f"{path} belongs to another user. Make a copy of your own and name that one with {ENVIRONMENT_VARIABLE}: "
            f"install -m 600 {path} FILE"
        )
    if stat.S_IMODE(status.st_mode) & ~_OWNER_MAY_READ_AND_WRITE:
        raise UnusableInput(f"{path} can be used by others than its owner. Run: chmod 600 {path}")


def require_outside(folder: Path, name: str) -> None:
    """Raise UnusableInput when the key lies in a folder (of this name in the message) that others get to see."""
    _refuse_inside(key_path(), folder, name)


def _refuse_place(path: Path, data: Path | None) -> None:
    """Raise for a place that is shared or copied."""
    _refuse_inside(path, project_root(), "the project")
    if data:
        _refuse_inside(path, data, "the data folder")


def _refuse_inside(path: Path, folder: Path, name: str) -> None:
    """Raise for a key in a folder; links are followed, from the file and from the folder."""
    for found in (Path(os.path.normpath(path.absolute())), path.resolve()):
        if found.is_relative_to(folder.resolve()):
            raise UnusableInput(
                f"{path} lies in {name} ({folder}), which others get to see. Keep the key elsewhere: move the "
                f"file out of it and name its new place with {ENVIRONMENT_VARIABLE}."
            )
