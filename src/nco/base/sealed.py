"""That files are as the step that made them wrote them: their hashes are kept beside them, and compared before use."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from nco.base import notes
from nco_utils import write_whole
from nco_utils.errors import UnusableInput


def of_file(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def keep(note: Path, paths: Iterable[Path]) -> None:
    """Note, in the file `note`, the SHA-256 of files that lie in its folder or below."""
    found = {path.relative_to(note.parent).as_posix(): of_file(path) for path in sorted(paths)}
    write_whole.write_text(note, json.dumps(found, indent=0) + "\n")


def require(note: Path, step: str, ending: str = "") -> None:
    """Raise UnusableInput, naming it, for the first file that is not as noted, or gone, and without a note.

    step: the command that writes the files, which is to be run again. ending: of the names of the files to look at.
    """
    remedy = f"Run `{step}` again."
    found = notes.mapping(note, remedy)
    if found is None:
        raise UnusableInput(f"{note} is not there, so nothing proves what was written in {note.parent}. {remedy}")
    for name, digest in found.items():
        if not name.endswith(ending):
            continue
        path = note.parent / name
        if not path.is_file():
            raise UnusableInput(f"{path} is gone: `{step}` wrote it, and it is needed. {remedy}")
        if of_file(path) != digest:
            raise UnusableInput(
                f"{path} is not what `{step}` wrote: something changed it since, so nothing is made of it. {remedy}"
            )


def renew(note: Path, paths: Iterable[Path]) -> None:
    """Note files anew that this program itself rewrote, as far as they were noted."""
    found = notes.mapping(note, "")
    if found is not None:
        names = (path.relative_to(note.parent).as_posix() for path in paths if path.is_relative_to(note.parent))
        found |= {name: of_file(note.parent / name) for name in names if name in found}
        write_whole.write_text(note, json.dumps(found, indent=0) + "\n")
