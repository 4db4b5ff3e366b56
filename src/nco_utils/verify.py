"""Proof that a release is what its manifest says: every file, unchanged, and nothing else."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import UnusableInput
from .publication import MANIFEST, REVIEW

_CHUNK = 1 << 20


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
    # index.html lists what there is, and the manifest cannot hold its own hash.
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    there = {path.as_posix() for path in files if path.parts[0] != REVIEW} - {MANIFEST}
    problems = [f"{name} is missing" for name in sorted(expected.keys() - there)]
    problems += [f"{name} is not in the manifest" for name in sorted(there - expected.keys())]
    present = sorted(expected.keys() & there)
    problems += [f"{name} was changed" for name in present if sha256(folder / name) != expected[name]]
    return Verified(len(expected) - sum("changed" in p or "missing" in p for p in problems), tuple(problems))


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_CHUNK):
            digest.update(block)
    return digest.hexdigest()


def _expected(folder: Path) -> dict[str, str]:
    path = folder / MANIFEST
    try:
        return dict(_listed(json.loads(path.read_text(encoding="utf-8"))))
    except FileNotFoundError:
        raise UnusableInput(f"{folder} has no {MANIFEST}: it is not a release, or not a whole one.") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise UnusableInput(f"{path} cannot be read, so nothing can be said of the release.") from None


def _listed(content: object) -> Iterator[tuple[str, str]]:
    """Every file that the manifest names, wherever in it, with its hash."""
    if isinstance(content, dict):
        if "path" in content and "sha256" in content:
            yield content["path"], content["sha256"]
        for value in content.values():
            yield from _listed(value)
    elif isinstance(content, list):
        for value in content:
            yield from _listed(value)
