"""Who published a release: its manifest is signed with a key of the publisher (Ed25519, RFC 8032).

Who edits files and manifest together makes a release that agrees with itself; only who has the secret key makes one
with the publisher's signature. The keys are PEM files and the signature is bare, so that OpenSSL can prove it too.
"""

import os
import stat
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from nco.base import private
from nco_utils.errors import UnusableInput
from nco_utils.params import project_root

ENVIRONMENT_VARIABLE = "NCO_SIGNING_KEY"
PUBLIC = ".pub"  # behind the name of the secret key
_LONGEST = 10_000  # bytes of a file that is a key


def key_path() -> Path | None:
    """Return the place of the secret key that NCO_SIGNING_KEY names; None: releases are not signed."""
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    return Path(named).expanduser() if named else None


def new_key(path: Path) -> str:
    """Write a secret key to `path`, for its owner only, and its public key beside it; return the key's number.

    Raises UnusableInput for a place that has a file already, that others get to see, or that cannot be written.
    """
    _refuse_place(path, ())
    key = Ed25519PrivateKey.generate()
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    secret = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=private.FOLDER)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, private.FILE), "wb") as file:
            file.write(secret)
            os.fsync(file.fileno())
        public_path(path).write_bytes(key.public_key().public_bytes(encoding, form))
    except FileExistsError:
        raise UnusableInput(f"{path} exists and stays as it is. Name another file for the new key.") from None
    except OSError as problem:
        raise UnusableInput(f"No key can be written to {path}: {problem.strerror}. Name another file.") from None
    return number(key.public_key())


def public_path(path: Path) -> Path:
    """Return where the public key of a secret key lies."""
    return path.with_name(path.name + PUBLIC)


def in_use(*folders: Path) -> Ed25519PrivateKey | None:
    """Return the key that releases are signed with; None when NCO_SIGNING_KEY names none.

    Raises UnusableInput for a file that is no such key, that others may read, or that lies in the project or in one of
    the folders, which others get to see.
    """
    path = key_path()
    if path is None:
        return None
    _refuse_place(path, folders)
    try:
        mode = path.stat()
        if not stat.S_ISREG(mode.st_mode) or mode.st_size > _LONGEST:
            raise _no_key(path, "secret")
        if mode.st_mode & 0o077:
            raise UnusableInput(f"{path} can be used by others than its owner. Run: chmod 600 {path}")
        return _parsed(path, "secret")
    except OSError as problem:
        raise UnusableInput(
            f"{path}, which {ENVIRONMENT_VARIABLE} names, cannot be read: {problem.strerror}. Make a key with "
            "`nco publisher --new-key FILE`, or take the name away: then releases are not signed."
        ) from None


def public_key(path: Path) -> Ed25519PublicKey:
    """Read a publisher's public key; raises UnusableInput when it is none."""
    try:
        if not path.is_file() or path.stat().st_size > _LONGEST:
            raise _no_key(path, "public")
        return _parsed(path, "public")
    except OSError as problem:
        raise UnusableInput(f"{path} cannot be read: {problem.strerror}.") from None


def number(key: Ed25519PublicKey) -> str:
    """Return what tells one publisher's key from another."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return sha256(raw).hexdigest()[:16]


def sign(content: bytes, key: Ed25519PrivateKey) -> bytes:
    """Return the signature of what a manifest holds: the same content and key give the same bytes."""
    return key.sign(content)


def is_of(content: bytes, signature: bytes, key: Ed25519PublicKey) -> bool:
    """Return whether a signature is of this content and by the owner of this key."""
    with suppress(InvalidSignature):
        key.verify(signature, content)
        return True
    return False


def _parsed(path: Path, kind: str) -> Ed25519PrivateKey | Ed25519PublicKey:
    content = path.read_bytes()
    with suppress(ValueError, TypeError, UnsupportedAlgorithm):
        if kind == "secret":
            key = serialization.load_pem_private_key(content, None)
            wanted = Ed25519PrivateKey
        else:
            key = serialization.load_pem_public_key(content)
            wanted = Ed25519PublicKey
        if isinstance(key, wanted):
            return key
    raise _no_key(path, kind)


def _no_key(path: Path, kind: str) -> UnusableInput:
    which = f"{path.name}{PUBLIC}" if kind == "public" and not path.name.endswith(PUBLIC) else path.name
    return UnusableInput(
        f"{path} is no {kind} key of a publisher (Ed25519, in PEM). `nco publisher --new-key FILE` makes one, and "
        f"FILE{PUBLIC} beside it is the public one{f': did you mean {which}?' if which != path.name else '.'}"
    )


def _refuse_place(path: Path, folders: tuple[Path, ...]) -> None:
    for folder in (project_root(), *folders):
        if path.resolve().is_relative_to(folder.resolve()):
            raise UnusableInput(
                f"{path} lies in {folder}, which others get to see. Keep the secret key elsewhere, and name its place "
                f"with {ENVIRONMENT_VARIABLE}."
            )
