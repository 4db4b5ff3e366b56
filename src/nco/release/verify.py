"""Proof that a release is what its manifest says: every file, unchanged, and nothing else."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nco.base import notes
from nco.base.fingerprint import of_file
from nco_utils.errors import UnusableInput

from . import ownership, signature
from .publication import MANIFEST, REVIEW, SIGNATURE, UNLISTED, listed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


@dataclass(frozen=True)
class Verified:
    """What was found: how many files are as the manifest says, and what is not, one sentence each.

    signed: whether there is a signature; by: the number of the key that it was proved to be of.
    """

    files: int
    problems: tuple[str, ...]
    signed: bool = False
    by: str | None = None


def verify(folder: Path, key: Path | None = None) -> Verified:
    """Compare a published release with its `manifest.json`; what reviewers read beside it is no part of it.

    key: the file of the publisher's public key, of which the manifest's signature must be. Raises UnusableInput when
    there is no manifest, or when it or the key cannot be read.
    """
    publisher = signature.public_key(key) if key else None
    expected = _expected(folder)
    there = {name for name in ownership.entries(folder) if not name.startswith(f"{REVIEW}/")} - {*UNLISTED}
    missing, strange, present = expected.keys() - there, there - expected.keys(), expected.keys() & there
    changed = [name for name in sorted(present) if not _is(folder / name, expected[name])]
    problems = [f"{name} is missing" for name in sorted(missing)]
    problems += [f"{name} is not in the manifest" for name in sorted(strange)]
    problems += [f"{name} was changed" for name in changed]
    signed = (folder / SIGNATURE).is_file()
    unproved = _unproved(folder, publisher, key) if publisher else None
    by = signature.number(publisher) if publisher and not unproved else None
    return Verified(len(present) - len(changed), (*problems, *([unproved] if unproved else [])), signed, by)


def _unproved(folder: Path, publisher: "Ed25519PublicKey", key: Path | None) -> str | None:
    """Why a manifest is not proved to be the publisher's, if so."""
    if not (folder / SIGNATURE).is_file():
        return f"{MANIFEST} has no signature ({SIGNATURE})"
    with suppress(OSError):
        content, signed = (folder / MANIFEST).read_bytes(), (folder / SIGNATURE).read_bytes()
        if signature.is_of(content, signed, publisher):
            return None
    return f"{MANIFEST} is not as the owner of {key} signed it: it was changed since, or signed by somebody else"


def _is(path: Path, digest: str) -> bool:
    return path.is_file() and not path.is_symlink() and of_file(path) == digest


def _expected(folder: Path) -> dict[str, str]:
    path = folder / MANIFEST
    try:
        found = {file["path"]: file["sha256"] for file in listed(notes.loaded(path.read_text(encoding="utf-8")))}
    except FileNotFoundError:
        raise UnusableInput(f"{folder} has no {MANIFEST}: it is not a release, or not a whole one.") from None
    except (OSError, ValueError, KeyError, TypeError):
        found = None
    if found is None or not all(isinstance(text, str) for pair in found.items() for text in pair):
        raise UnusableInput(f"{path} cannot be read, so nothing can be said of the release.")
    return found
