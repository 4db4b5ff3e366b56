"""Errors meant for the person at the keyboard: what is wrong, where, and what to do."""


class NcoError(Exception):
    """A problem a user can mend; its message is shown without a traceback.

    The message says what is wrong, where (file, row, column) and what to do. It never holds a
    pupil's value.
    """


class UnusableInput(NcoError):
    """Input, parameters or a call that nothing can be made from (exit code 2)."""


class ContractError(UnusableInput):
    """A canonical table that does not keep its declaration in `nco_utils.tables`."""
