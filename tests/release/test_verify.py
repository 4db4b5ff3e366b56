import json

import pytest

from nco.base.fingerprint import of_file
from nco.release import verify
from nco_utils.errors import UnusableInput


@pytest.fixture
def release(tmp_path):
    """A release of two files, and its manifest."""
    files = {"schools/99AA00/report.html": b"een", "methode.html": b"twee"}
    for name, data in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    report, method = ({"path": name, "sha256": of_file(tmp_path / name)} for name in files)
    manifest = {"reports": [{"files": {"html": report}}], "explanation": {"html": method}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def test_a_release_as_it_was_published_has_no_problems(release):
    assert verify.verify(release) == verify.Verified(2, ())


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda folder: (folder / "methode.html").write_text("anders"), "methode.html was changed"),
        (lambda folder: (folder / "methode.html").unlink(), "methode.html is missing"),
        (lambda folder: (folder / "nieuw.html").write_text("x"), "nieuw.html is not in the manifest"),
    ],
)
def test_a_file_that_was_changed_lost_or_added_is_named(release, spoil, problem):
    spoil(release)
    assert verify.verify(release).problems == (problem,)


@pytest.mark.parametrize("manifest", [None, "", "[1", "\x00"])
def test_without_a_manifest_that_can_be_read_nothing_is_said(release, manifest):
    (release / "manifest.json").unlink()
    if manifest is not None:
        (release / "manifest.json").write_text(manifest)
    with pytest.raises(UnusableInput, match="manifest"):
        verify.verify(release)
