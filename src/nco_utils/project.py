"""Where the project is: the folder with its settings, notebooks and texts."""

import os
from pathlib import Path

from .errors import UnusableInput


def project_root() -> Path:
    """Return the folder with `params/`, `notebooks/`, `reports/` and `expectations/`.

    `NCO_PROJECT` names another one than the checkout that the module runs from.
    """
    root = Path(os.environ.get("NCO_PROJECT") or Path(__file__).resolve().parents[2]).absolute()
    if not (root / "params").is_dir():
        raise UnusableInput(f"{root} has no params/ folder. Set NCO_PROJECT to the folder of the project.")
    return root
