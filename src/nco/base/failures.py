"""What goes wrong in the product, beside what `nco_utils.errors` has: told without a traceback too."""

from nco_utils.errors import NcoError, UnusableInput


class Unwritable(UnusableInput):
    """A folder that cannot be written to: full, read-only, or not allowed; the whole run stops for it."""


class Killed(NcoError):
    """A process that a report needs was killed: by the system for want of memory, or by somebody; worth another try."""


class ExportError(UnusableInput):
    """A delivered file that cannot be read as any known dialect."""


class RenderError(NcoError):
    """A report that could not be made, or is not fit to be published."""


def unexpected(error: BaseException) -> str:
    """Return what an error that nobody foresaw is and where it was raised; its message could hold a pupil's value."""
    last = error.__traceback__
    while last and last.tb_next:
        last = last.tb_next
    file = last.tb_frame.f_code.co_filename.rpartition("/")[2] if last else "?"
    return f"unexpected {type(error).__name__} in {file} line {last.tb_lineno if last else '?'}"
