"""What the analysis of a round was made of: the program, the key of the pseudonyms, and every file that it reads."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from nco.base import all_settings, fingerprint, private, project_files, sealed
from nco.disclosure import earlier_releases
from nco.register import enrolment, keyfile
from nco_utils import noted as notes
from nco_utils import write_whole
from nco_utils.data_folder import PUBLISHED, USE_FILE

WORK = ".work"  # in the data folder: what runs tell each other, no part of the data
SEEN = f"{WORK}/seen.json"  # the hashes of files that were read before
# In a round's folder: the fingerprint of what that was made of; with .json behind it the hashes of what it wrote.
VALIDATED, ANALYSED = "validated", "analysed"
COMMANDS = {VALIDATED: "nco validate", ANALYSED: "nco analyse"}


@dataclass(frozen=True)
class Origin:
    """The SHA-256 of every file, by its path in the data folder, and the fingerprint of these and all else.

    delivered: what others brought. earlier: what earlier rounds left, and releases of later ones. What was released of
    this round itself is read too (figures must not differ from it by a few pupils), but a release adds only what was
    just analysed. sealed: the hashes of `delivered`, keyed with the key of the pseudonyms: a plain hash of a file with
    one objection tells of whom that is, to who tries every pupil.
    """

    delivered: dict[str, str]
    earlier: dict[str, str]
    fingerprint: str
    sealed: dict[str, str]


def origin(round_code: str, data: Path) -> Origin:
    """Return what an analysis of the round would be made of now.

    Raises UnusableInput for a file of the project, or a note of an earlier run, that is damaged.
    """
    project_files.require_whole()
    seen = fingerprint.Seen(data / SEEN)
    delivered, earlier = (seen.of(data, files) for files in (_delivered(round_code, data), _earlier(round_code, data)))
    if data.is_dir():
        with private.made():  # a plain hash of a file with one objection tells of whom it is, to who tries every pupil
            seen.keep()
    key = keyfile.own_key(keyfile.key_path(), data)
    mark = fingerprint.of(fingerprint.of_program(), key.number, delivered, earlier)
    return Origin(delivered, earlier, mark, {path: key.seal(digest) for path, digest in delivered.items()})


def noted(step: str, round_code: str, data: Path) -> str | None:
    """Return the fingerprint of what a step (VALIDATED or ANALYSED) was made of; None when it was not finished."""
    return notes.text(data / round_code / step, "Remove it: the round is then validated and analysed again.")


def note(step: str, round_code: str, data: Path, made_of: Origin) -> None:
    """Note what a finished step was made of: as it was found when the step began."""
    write_whole.write_text(data / round_code / step, made_of.fingerprint)


def forget(steps: Iterable[str], round_code: str, data: Path) -> None:
    """Take the notes away: the tables are about to be written anew."""
    for step in steps:
        for note_of_step in (data / round_code / step, seal(step, round_code, data)):
            write_whole.require_no_folder(note_of_step)
            note_of_step.unlink(missing_ok=True)


def seal(step: str, round_code: str, data: Path) -> Path:
    """Return the file with the hashes of what a step (VALIDATED or ANALYSED) wrote."""
    return data / round_code / f"{step}.json"


def require_as_written(steps: Iterable[str], round_code: str, data: Path, ending: str = "") -> None:
    """Raise UnusableInput, naming it, for a file that is not as one of these steps of the round wrote it.

    ending: of the names of the files to look at.
    Nor may the tables of earlier rounds, and of what was released, differ from what was written; those that a version
    made which noted no hashes pass.
    """
    for step in steps:
        sealed.require(seal(step, round_code, data), f"{COMMANDS[step]} {round_code} --data {data}", ending)
    settings = all_settings.load()
    before = settings.round(round_code).publication
    for code in (code for code, each in settings.rounds.items() if each.publication < before):
        for step, command in COMMANDS.items():
            if seal(step, code, data).is_file():
                sealed.require(seal(step, code, data), f"{command} {code} --data {data}")
    for code in earlier_releases.before(round_code, data, settings):
        if (note := data / code / earlier_releases.SEAL).is_file():
            sealed.require(note, "nco release")


def _delivered(round_code: str, data: Path) -> Iterator[Path]:
    """The register, the background, the round's exports, and the notice; links are followed, as readers do."""
    folders = (data / "register", data / "background", data / "exports" / round_code)
    files = chain.from_iterable(fingerprint.files(folder) for folder in folders)
    return (path for path in chain(files, [data / enrolment.NOTICE_FILE]) if os.path.lexists(path))


def _earlier(round_code: str, data: Path) -> Iterator[Path]:
    """The tables of earlier rounds, with the key that these were made with, and every release of any other round."""
    settings = all_settings.load()
    before = settings.round(round_code).publication
    for code, each in settings.rounds.items():
        patterns = ("*.parquet", USE_FILE) if each.publication < before else ()
        for pattern in (*patterns, *([] if code == round_code else [f"{PUBLISHED}/[0-9]*/*"])):
            yield from (data / code).glob(pattern)
