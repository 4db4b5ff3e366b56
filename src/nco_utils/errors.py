"""Errors meant for the person at the keyboard: what is wrong, where, and what to do."""


class NcoError(Exception):
    """A problem a user can mend; its message is shown without a traceback.

    The message says what is wrong, where (file, row, column) and what to do. It never holds a
    pupil's value.
    """


class UnusableInput(NcoError):
    """Input, parameters or a call that nothing can be made from (exit code 2)."""


class Unwritable(UnusableInput):
    """A folder that cannot be written to: full, read-only, or not allowed; the whole run stops for it."""


class Killed(NcoError):
    """A process that a report needs was killed: by the system for want of memory, or by somebody; worth another try."""


class ExportError(UnusableInput):
    """A delivered file that cannot be read as any known dialect."""


class RenderError(NcoError):
    """A report that could not be made, or is not fit to be published."""


class ContractError(UnusableInput):
    """A canonical table that does not keep its declaration in `nco_utils.tables`."""


def unexpected(error: BaseException) -> str:
    """Return what an error that nobody foresaw is and where it was raised; its message could hold a pupil's value."""
    last = error.__traceback__
    while last and last.tb_next:
        last = last.tb_next
    file = last.tb_frame.f_code.co_filename.rpartition("/")[2] if last else "?"
    return f"unexpected {type(error).__name__} in {file} line {last.tb_lineno if last else '?'}"
