"""Whose a published folder is: what a release put there the next may replace, what others put there it may not."""

import json
import os
from pathlib import Path

from nco.base import fingerprint, notes, passing
from nco_utils import write_whole
from nco_utils.errors import UnusableInput

from .publication import MANIFEST, REVIEW, UNLISTED, listed

CONTENTS = ".contents.json"  # in the folder of the review: every file that was put there
_SHOWN = 5  # files in a message


def entries(folder: Path) -> set[str]:
    """Return every file in a folder and every link, by its path there; no link is followed."""
    found = set()
    for where, folders, files in os.walk(folder):
        links = [name for name in folders if Path(where, name).is_symlink()]
        found |= {Path(where, name).relative_to(folder).as_posix() for name in [*files, *links]}
    return found


def note_contents(folder: Path) -> None:
    """Note in the folder of a review what is in it, so that what others put there later is seen."""
    write_whole.write_text(folder / CONTENTS, json.dumps(sorted(entries(folder) | {CONTENTS})))


def require_ours(target: Path, every_byte: bool = False) -> None:
    """Raise UnusableInput unless a release may take the place of the folder `target`, which has the round's name.

    It may when there is nothing, or only what an earlier release of the round put there: every file is in its manifest
    and as that says, and what reviewers read in the list beside it. A file may be gone. Sizes are compared, and with
    `every_byte` hashes.
    """
    if target.is_symlink():
        raise UnusableInput(
            f"{target} is a link. A release takes the place of a folder, so what the link leads to would stay as it "
            f"is; and it has a folder {REVIEW}/ that is not for readers. Remove the link, and after the release copy "
            "what readers get, or have the link lead the other way."
        )
    if not target.exists():
        return
    if not target.is_dir():
        raise UnusableInput(f"{target} is a file, where the folder of the release must come. Move it elsewhere.")
    if target.is_mount():
        raise UnusableInput(f"{target} is a disk of its own, and no folder can take its place. Mount it at --out.")
    there, expected = entries(target), _expected(target)
    of_review = {name for name in there if name.startswith(f"{REVIEW}/")}
    known = {*expected, *(UNLISTED if expected else ())}
    strange = {name for name in there - of_review - known if not passing.is_passing(name)}
    strange |= {name for name in of_review - _of_review(target) if not passing.is_passing(name)}
    changed = {
        name for name in there & expected.keys() if not strange and _differs(target / name, expected[name], every_byte)
    }
    if strange or changed:
        what = "what no release put there" if strange else "what was changed since it was published"
        names = sorted(strange or changed)
        more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
        raise UnusableInput(
            f"{target} holds {what}: {', '.join(names[:_SHOWN])}{more}. A release takes the place of the whole folder, "
            "so nothing was published. Move these elsewhere and run the release again, or choose another --out."
        )


def _expected(target: Path) -> dict[str, dict]:
    """The files of the manifest, by path, when that is one of a release of this round; else nothing."""
    try:
        content = notes.loaded((target / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict) or content.get("round") != target.name:
        return {}
    complete = (file for file in listed(content) if {*file} >= {"path", "sha256", "bytes"})
    return {file["path"]: file for file in complete if isinstance(file["path"], str)}


def _of_review(target: Path) -> set[str]:
    """The files that were put in the folder of the review."""
    try:
        names = notes.loaded((target / REVIEW / CONTENTS).read_text(encoding="utf-8"))
        return {f"{REVIEW}/{name}" for name in names}
    except (OSError, ValueError, TypeError):
        return set()


def _differs(path: Path, file: dict, every_byte: bool) -> bool:
    """Whether something else lies where a file was published."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size != file["bytes"]:
        return True
    return every_byte and fingerprint.of_file(path) != file["sha256"]
