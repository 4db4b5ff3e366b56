"""Proof that a release is what its manifest says: every file, unchanged, and nothing else."""

import json
from dataclasses import dataclass
from pathlib import Path

from . import ownership
from .errors import UnusableInput
from .fingerprint import of_file
from .publication import MANIFEST, REVIEW, UNLISTED, listed


@dataclass(frozen=True)
class Verified:
    """What was found: how many files are as the manifest says, and what is not, one sentence each."""

    files: int
    problems: tuple[str, ...]


def verify(folder: Path) -> Verified:
    """Compare a published release with its `manifest.json`; what reviewers read beside it is no part of it.

    Raises UnusableInput when there is no manifest, or when it cannot be read.
    """
    expected = _expected(folder)
    there = {name for name in ownership.entries(folder) if not name.startswith(f"{REVIEW}/")} - {*UNLISTED}
    missing, strange, present = expected.keys() - there, there - expected.keys(), expected.keys() & there
    changed = [name for name in sorted(present) if not _is(folder / name, expected[name])]
    problems = [f"{name} is missing" for name in sorted(missing)]
    problems += [f"{name} is not in the manifest" for name in sorted(strange)]
    problems += [f"{name} was changed" for name in changed]
    return Verified(len(present) - len(changed), tuple(problems))


def _is(path: Path, digest: str) -> bool:
    return path.is_file() and not path.is_symlink() and of_file(path) == digest


def _expected(folder: Path) -> dict[str, str]:
    path = folder / MANIFEST
    try:
        return {file["path"]: file["sha256"] for file in listed(json.loads(path.read_text(encoding="utf-8")))}
    except FileNotFoundError:
        raise UnusableInput(f"{folder} has no {MANIFEST}: it is not a release, or not a whole one.") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise UnusableInput(f"{path} cannot be read, so nothing can be said of the release.") from None
