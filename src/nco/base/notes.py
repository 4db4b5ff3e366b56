"""Notes in JSON that an earlier run left for the next one, read back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nco_utils.errors import UnusableInput


def loaded(content: bytes | str, parse_constant: Callable[[str], Any] | None = None) -> Any:
    """Return what JSON holds; raises ValueError for what is none, also when it lies too deep to be read.

    parse_constant: of NaN and the infinite, as `json.loads` has it.
    """
    try:
        return json.loads(content, parse_constant=parse_constant)
    except RecursionError:
        raise ValueError("lists and mappings lie too deep within each other") from None


def mapping(path: Path, remedy: str) -> dict[str, Any] | None:
    """Return a mapping noted as JSON; None when there is none, or a power failure left half of it or nothing.

    Raises UnusableInput for JSON of something else.
    """
    try:
        content = loaded(path.read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(content, dict):
        raise UnusableInput(f"{path} is damaged: it does not hold what this program writes there. {remedy}")
    return content
