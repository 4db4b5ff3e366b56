"""Files that are nobody's work: what file managers and file servers leave, and what a stopped run left half-written."""

from nco_utils import write_whole

NAMES = (".DS_Store", "Thumbs.db", "desktop.ini")
_BEGINS = ("._", ".nfs", ".fuse_hidden")


def is_passing(name: str) -> bool:
    """Return whether a file of this name or path is what a file manager or a stopped run leaves, and nobody's work."""
    last = name.rpartition("/")[2]
    half = last.startswith(".") and last.endswith(write_whole.PARTIAL)
    return half or last in NAMES or last.startswith(_BEGINS)
