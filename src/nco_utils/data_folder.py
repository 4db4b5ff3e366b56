"""The data folder: what lies where in it, and which rounds have pseudonyms of which key."""

from pathlib import Path

from . import noted

PUBLISHED = "published"  # in a round's folder: the tables of what was released, 1, 2, ...
USE_FILE = "pseudonym-key.txt"  # in the folder of every round: the number of the key of its pseudonyms
RELEASED_SEAL = "released.json"  # the hashes of these
SEALS = ("validated.json", "analysed.json", RELEASED_SEAL)  # of what each step wrote, in the folder where it did


def rounds_by_key(data: Path) -> dict[str, str]:
    """Return for every round of a data folder the number of the key that its pseudonyms are of.

    Of a round of which only the releases are left, that of the last.
    """
    files = [*sorted(data.glob(f"*/*/*/{USE_FILE}")), *sorted(data.glob(f"*/{USE_FILE}"))]
    return {file.relative_to(data).parts[0]: key_number(file) for file in files}


def key_number(file: Path) -> str:
    """Return the number in a USE_FILE; raises UnusableInput when it is damaged."""
    return (noted.text(file, "Remove it, and validate that round again.") or "").strip()
