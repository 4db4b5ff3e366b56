"""What readers get: the folder of a release with its manifest, put in place as one whole."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from nco.base import fingerprint, notes
from nco.base.swap_folders import put_in_place
from nco.render.outputs import in_order
from nco.reports import kinds
from nco_utils.errors import UnusableInput

from .report_facts import ReportFacts
from .review.verdicts import Verdict
from .store import File, Store

MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.sig"  # of the manifest, by the publisher
UNLISTED = (MANIFEST, SIGNATURE)  # of a release, but in no manifest
REVIEW = "review"  # in a release's folder: what reviewers read, which is no part of the release


@dataclass(frozen=True)
class Report:
    """What became of one report: its files by format, with what was counted in them, or why there are none.

    verdict: the last one that reviewers gave. left_out: why it is not published though it was made (`verdicts`); then
    it has no files here.
    """

    facts: ReportFacts
    files: dict[str, File] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    key: str | None = None
    error: str | None = None
    verdict: Verdict | None = None
    left_out: str | None = None

    @property
    def state(self) -> str:
        """made, hidden (made, but without figures), failed, or why it is left out (`verdicts.Settled`)."""
        if self.error:
            return "failed"
        if self.left_out:
            return self.left_out
        return "made" if self.facts.n_shown else "hidden"

    @property
    def digest(self) -> str:
        """What a reviewer sees of it, as a hash: of every file's format and SHA-256."""
        return fingerprint.of(sorted((name, file.sha256) for name, file in self.files.items()))

    @property
    def folder(self) -> Path:
        """Where the files lie, within the release's folder."""
        return Path(kinds.of(self.facts).subject.folder) / self.facts.subject

    @property
    def paths(self) -> dict[str, Path]:
        """Where each file lies, by format, within the release's folder."""
        return {name: self.folder / self.files[name].name for name in in_order(self.files)}


@dataclass(frozen=True)
class Page:
    """A page of the release itself: the index, or the technical explanation in a format."""

    key: str
    file: File


def manifest(reports: tuple[Report, ...], pages: dict[str, Page], facts: dict) -> str:
    """Return what a release consists of: every file with its SHA-256, and what it was made from and with.

    pages: by their name in the release's folder. facts: of the release as a whole. The same input and verdicts give the
    same text. What reviewers read (REVIEW) is no part of a release, so not in it.
    """
    content = facts | {
        "pages": {name: _file(Path(name), page.file) for name, page in sorted(pages.items())},
        "reports": [
            {
                "kind": report.facts.kind,
                "subject": report.facts.subject,
                "state": report.state,
                "reason": report.error,
                "verdict": asdict(report.verdict) if report.verdict else None,
                "slice_sha256": report.facts.fingerprint,
                "counts": report.counts,
                "files": {name: _file(report.paths[name], file) for name, file in sorted(report.files.items())},
            }
            for report in reports
        ],
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def is_whole(target: Path) -> bool:
    """Whether every file of the manifest in `target` is there, in its size: a look, where `nco verify` gives proof."""
    try:
        content = notes.loaded((target / MANIFEST).read_text(encoding="utf-8"))
        return all((target / file["path"]).stat().st_size == file["bytes"] for file in listed(content))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def listed(content: object) -> Iterator[dict]:
    """Yield every file that a manifest names, wherever in it: its path, sha256 and bytes."""
    waiting = [content]
    while waiting:  # not by calls within calls: a damaged one can lie deep
        found = waiting.pop()
        if isinstance(found, dict):
            if "path" in found and "sha256" in found:
                yield found
            waiting += reversed(found.values())
        elif isinstance(found, list):
            waiting += reversed(found)


def build(folder: Path, reports: tuple[Report, ...], pages: dict[str, Page], text: str, store: Store) -> None:
    """Put a release together in the new folder `folder`: its files from the store, and its manifest `text`.

    Raises UnusableInput for a file that is not what was made: the store, the release and the review may share it, so
    who changed one in place changed all. It is taken out of the store, and made anew by the next run.
    """
    folder.mkdir(parents=True)
    for report in reports:
        for name, path in report.paths.items():
            _take(store, report.key, report.files[name], folder / path)
    for name, page in pages.items():
        _take(store, page.key, page.file, folder / name)
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def _take(store: Store, key: str, file: File, target: Path) -> None:
    made = store.path(key) / file.name
    if fingerprint.of_file(made) != file.sha256:
        store.remove(key)
        raise UnusableInput(
            f"{'/'.join(target.parts[-3:])} was changed after it was made (in what is published, or in {made.parent}), "
            "so nothing was published. Run the release again: it is made anew."
        )
    link(made, target)


def publish(building: Path, target: Path) -> None:
    """Put a finished release in the place of the earlier one, which stays whole until the new one is there."""
    put_in_place(building, target)


def link(source: Path, target: Path) -> None:
    """Give a file a second name, or make a copy where the file system has no such thing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _file(path: Path, file: File) -> dict:
    return {"path": path.as_posix(), "sha256": file.sha256, "bytes": file.bytes}
