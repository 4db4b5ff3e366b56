"""What an earlier run noted for the next one, read back; a file that is damaged is named, with what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import NcoError, UnusableInput


@contextmanager
def of(path: Path, remedy: str) -> Iterator[None]:
    """Read and use a file; raises UnusableInput, naming it and with the remedy, when it does not hold what it should.

    A file that is not there, or cannot be opened, is another matter: an OSError stays one.
    """
    try:
        yield
    except NcoError:
        raise
    except Exception as problem:  # whatever its readers do; the message could quote the file
        if isinstance(problem, OSError) and problem.errno:  # without a number it is a reader's word for damage
            raise
        raise UnusableInput(f"{path} is damaged: it does not hold what this program writes there. {remedy}") from None


def text(path: Path, remedy: str) -> str | None:
    """Return a note of one line in ASCII; None when there is none. Raises UnusableInput for anything else."""
    if not path.is_file():
        return None
    with of(path, remedy):
        return path.read_text(encoding="ascii")
