"""A release that is signed by its publisher: who changes files and manifest together is found."""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from nco.base.fingerprint import of_file
from nco.command import doctor
from nco.release import publication, signature, verify
from nco_utils import params
from nco_utils.errors import UnusableInput
from tests.support.reviewed import ROUND, open_office

VERIFY = [sys.executable, "-m", "nco", "verify"]


@pytest.fixture
def office(tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        yield open_office(tmp_path / "office", patch)


@pytest.fixture
def key(tmp_path, monkeypatch) -> Path:
    """The publisher's secret key, in use; its public key lies beside it."""
    path = tmp_path / "keys" / "publisher.key"
    signature.new_key(path)
    monkeypatch.setenv(signature.ENVIRONMENT_VARIABLE, str(path))
    return path


def forge(folder: Path) -> None:
    """Change a published page, and the manifest so that it agrees."""
    page = next(folder.glob("schools/*/report.html"))
    os.replace(shutil.copy(page, page.with_suffix(".new")), page)  # the store has the same file  # noqa: PTH105
    before = of_file(page)
    page.write_text(page.read_text() + " en nog iets")
    manifest = folder / publication.MANIFEST
    manifest.write_text(manifest.read_text().replace(before, of_file(page)))


def test_who_changes_files_and_manifest_together_is_found_with_the_publishers_key(office, key):
    folder = office.release().folder
    public = signature.public_path(key)
    assert verify.verify(folder, public).problems == ()
    forge(folder)
    assert verify.verify(folder).problems == (), "the protection is off: they agree with each other"
    (problem,) = verify.verify(folder, public).problems
    assert "manifest.json is not as the owner of" in problem
    assert "it was changed since, or signed by somebody else" in problem


def test_who_signs_it_anew_with_another_key_is_found_too(office, key, tmp_path):
    folder, public = office.release().folder, signature.public_path(key)
    forge(folder)
    other = ed25519.Ed25519PrivateKey.generate()
    signed = signature.sign((folder / publication.MANIFEST).read_bytes(), other)
    (folder / publication.SIGNATURE).write_bytes(signed)
    assert "signed by somebody else" in verify.verify(folder, public).problems[0]


def test_a_signature_that_is_gone_is_said_and_the_next_release_signs_again(office, key):
    folder, public = office.release().folder, signature.public_path(key)
    (folder / publication.SIGNATURE).unlink()
    assert verify.verify(folder, public).problems == ("manifest.json has no signature (manifest.json.sig)",)
    assert office.release().changed
    assert verify.verify(folder, public).problems == ()


@pytest.mark.parametrize("content", [b"", b"x", bytes(64), bytes(6400)])
def test_a_signature_that_is_none_is_said(office, key, content):
    folder = office.release().folder
    (folder / publication.SIGNATURE).write_bytes(content)
    assert len(verify.verify(folder, signature.public_path(key)).problems) == 1


def test_the_same_release_signed_again_has_the_same_bytes_and_is_not_published_again(office, key):
    folder = office.release().folder
    before = (folder / publication.SIGNATURE).read_bytes()
    again = office.release()
    assert not again.changed
    assert (folder / publication.SIGNATURE).read_bytes() == before
    shutil.rmtree(office.out / ROUND)
    assert (office.release().folder / publication.SIGNATURE).read_bytes() == before


def test_a_release_of_before_there_was_a_key_is_signed_by_the_next_run_which_makes_no_report(
    office, tmp_path, monkeypatch
):
    folder, made = office.release().folder, office.n_made
    assert not (folder / publication.SIGNATURE).exists()
    assert "signed_by" not in json.loads((folder / publication.MANIFEST).read_text())
    number = signature.new_key(tmp_path / "publisher.key")
    monkeypatch.setenv(signature.ENVIRONMENT_VARIABLE, str(tmp_path / "publisher.key"))
    assert office.release().changed
    assert office.n_made == made
    assert json.loads((folder / publication.MANIFEST).read_text())["signed_by"] == number
    assert verify.verify(folder, tmp_path / "publisher.key.pub").by == number


@pytest.mark.skipif(not shutil.which("openssl"), reason="OpenSSL's own program is not on the PATH")
def test_openssl_proves_the_signature_without_a_line_of_this_program(office, key):
    folder = office.release().folder
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(signature.public_path(key)), "-rawin"]
    files = ["-in", str(folder / publication.MANIFEST), "-sigfile", str(folder / publication.SIGNATURE)]
    assert subprocess.run([*command, *files], capture_output=True, check=False).returncode == 0
    forge(folder)
    assert subprocess.run([*command, *files], capture_output=True, check=False).returncode != 0


@pytest.mark.slow
def test_the_command_exits_1_for_a_forged_release_and_says_what_it_looked_at(office, key):
    folder, public = office.release().folder, signature.public_path(key)
    plain = subprocess.run([*VERIFY, folder], capture_output=True, text=True, check=False)
    assert (plain.returncode, "Its signature was not looked at" in plain.stdout) == (0, True)
    good = subprocess.run([*VERIFY, folder, "--key", public, "--json"], capture_output=True, text=True, check=False)
    assert json.loads(good.stdout)["signed_by"] == signature.number(signature.public_key(public))
    forge(folder)
    bad = subprocess.run([*VERIFY, folder, "--key", public], capture_output=True, text=True, check=False)
    assert (bad.returncode, "manifest.json is not as the owner" in bad.stdout) == (1, True)
    wrong = subprocess.run([*VERIFY, folder, "--key", key], capture_output=True, text=True, check=False)
    assert (wrong.returncode, "did you mean publisher.key.pub?" in wrong.stderr) == (2, True)


def test_a_secret_key_is_for_its_owner_only_and_replaces_none(tmp_path):
    before = os.umask(0)
    try:
        signature.new_key(tmp_path / "keys" / "a.key")
    finally:
        os.umask(before)
    secret = tmp_path / "keys" / "a.key"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(secret.parent.stat().st_mode) == 0o700
    with pytest.raises(UnusableInput, match="stays as it is"):
        signature.new_key(secret)


def _pem(key) -> bytes:
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, none)


WRONG = {
    "empty": lambda path: path.write_bytes(b""),
    "no PEM": lambda path: path.write_bytes(b"\xff\x00 secret 17001"),
    "another kind of key": lambda path: path.write_bytes(_pem(ec.generate_private_key(ec.SECP256R1()))),
    "long": lambda path: path.write_bytes(bytes(1_000_000)),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
    "gone": lambda path: path.unlink(),
    "open to others": lambda path: path.chmod(0o644),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_key_that_cannot_be_used_stops_a_release_before_any_work_with_its_name(office, key, wrong):
    WRONG[wrong](key)
    with pytest.raises(UnusableInput, match=r"publisher\.key") as told:
        office.release()
    assert "17001" not in str(told.value)
    assert not office.out.exists()


@pytest.mark.parametrize("place", ["project", "data", "out"])
def test_a_secret_key_where_others_get_to_see_it_is_refused(office, tmp_path, monkeypatch, place):
    folder = {"project": params.project_root(), "data": office.data, "out": office.out}[place]
    monkeypatch.setenv(signature.ENVIRONMENT_VARIABLE, str(folder / "publisher.key"))
    with pytest.raises(UnusableInput, match="others get to see"):
        office.release()


def test_doctor_says_whether_releases_are_signed(tmp_path, key, monkeypatch):
    def told() -> doctor.Check:
        return next(each for each in doctor.examine(None, tmp_path / "out") if each.name == "signature")

    assert told().state == "ok"
    monkeypatch.delenv(signature.ENVIRONMENT_VARIABLE)
    assert told().state == "note"
