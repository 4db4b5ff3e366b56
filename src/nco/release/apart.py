"""Folders that must lie apart: where one is replaced or cleaned, what lies in it of another would be lost."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from nco.base import notes
from nco_utils.errors import UnusableInput
from nco_utils.params import project_root

from .provenance import WORK
from .publication import MANIFEST
from .review.verdicts import FOLDER as REVIEW

_DELIVERED = ("register", "background", "exports")
_PROGRAM = ("src", "params", "notebooks", "expectations", "reports", "docs", "tests", "benchmarks")  # of the project


@dataclass(frozen=True)
class _Place:
    """A folder as it is named in a message."""

    name: str
    path: Path


def require_apart(round_code: str | None = None, data: Path | None = None, out: Path | None = None) -> None:
    """Raise UnusableInput, naming both, when two folders of a command overlap: one in the other, or the same.

    Links are followed, and folders compared as the file system knows them. data, out: those of the command; round_code:
    of which round, so that what is written in them is looked at too.
    """
    for one, other in _pairs(round_code, data, out):
        if _inside(one.path, other.path) or _inside(other.path, one.path):
            raise UnusableInput(
                f"{one.path} ({one.name}) and {other.path} ({other.name}) overlap: the one lies in the other, or they "
                "are the same folder, perhaps by a link. What is in them would be lost. Choose folders that lie apart."
            )
    for place in _whole(data, out):
        for folder in _PROGRAM:
            if _inside(place.path, project_root() / folder):
                raise UnusableInput(
                    f"{place.path} ({place.name}) lies in {folder}/ of the project, which is part of the program. "
                    "Choose another folder."
                )


def require_new(to: Path, data: Path) -> None:
    """Raise UnusableInput, naming both, when a new folder `to` of a reader's own lies where something else belongs.

    Among the data or around them, in any data folder, in a release or the folder of releases, and in the program.
    """
    for one, other in ((to, data), (data, to)):
        if _inside(one, other):
            raise UnusableInput(
                f"{to} (--to) and {data} (the data folder) overlap: the one lies in the other, or they are the same "
                "folder, perhaps by a link. Choose a folder elsewhere."
            )
    for folder in (to.resolve(), *to.resolve().parents):
        if what := _belongs(folder):
            raise UnusableInput(f"{to} (--to) lies in {folder}, which is {what}. Choose a folder elsewhere.")
    for name in _PROGRAM:
        if _inside(to, project_root() / name):
            raise UnusableInput(
                f"{to} (--to) lies in {name}/ of the project, which is part of the program. Choose another folder."
            )


def _belongs(folder: Path) -> str | None:
    """What a folder is where nothing of a reader's own belongs, if it is that."""
    if all((folder / name).is_dir() for name in _DELIVERED[::2]):
        return "a data folder"
    if _is_release(folder):
        return "a release"
    if (folder / REVIEW).is_dir() or ((folder / WORK).is_dir() and any(map(_is_release, folder.iterdir()))):
        return "the folder of releases"
    return None


def _is_release(folder: Path) -> bool:
    try:
        content = notes.loaded((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and "round" in content


def _pairs(round_code: str | None, data: Path | None, out: Path | None) -> Iterator[tuple[_Place, _Place]]:
    """The folders that nothing of the one may be in the other of."""
    if data and out:
        yield _Place("the output folder", out), _Place("the data folder", data)
    if not round_code:
        return
    read, made, published = [], [], []
    if data:
        read = [_Place("what is delivered", data / name) for name in _DELIVERED]
        made = [_Place(f"what is made of {round_code}", data / round_code), _Place("its work", data / WORK)]
    if out:
        published = [
            _Place("the release", out / round_code),
            _Place("the work of the release", out / WORK),
            _Place("the verdicts of reviewers", out / REVIEW),
        ]
    yield from product(made, read)
    yield from product(published, [*_whole(data, None), *read, *made])
    yield from ((one, other) for place, one in enumerate(published) for other in published[place + 1 :])


def _whole(data: Path | None, out: Path | None) -> list[_Place]:
    named = {"the data folder": data, "the output folder": out}
    return [_Place(name, path) for name, path in named.items() if path]


def _inside(one: Path, other: Path) -> bool:
    """Whether `one` is `other` or lies in it; the last parts of a path need not exist."""
    if not other.exists():
        return one.resolve().is_relative_to(other.resolve())
    places = (place for place in (one.resolve(), *one.resolve().parents) if place.exists())
    # Not the names only: a disk can be mounted in two places, and on some disks two spellings are one name.
    return any(place.samefile(other) for place in places)
