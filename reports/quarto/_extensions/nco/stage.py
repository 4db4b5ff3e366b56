"""Writes what the style needs and the repository does not hold: colours, fonts, Word's styles, drawings as pictures.

Quarto runs it before it renders (`pre-render` in _quarto.yml), in the project's folder and with the Python that it
finds. The work is done by the package nco-utils: of that Python, or of a `.venv` in a folder above. With the argument
`clean` (`post-render`) it takes the outcomes out of the notebooks that were rendered, where Quarto leaves them.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

NEEDED = ("nco", "fontTools", "typst")
ENVIRONMENT = Path(".venv") / "bin" / "python"


def python() -> str | None:
    """Return a Python that has the package; None when there is none here."""
    if all(find_spec(name) for name in NEEDED):
        return sys.executable
    places = (Path.cwd(), *Path.cwd().parents, *Path(__file__).resolve().parents)
    return next((str(place / ENVIRONMENT) for place in places if (place / ENVIRONMENT).is_file()), None)


def main(arguments: list[str]) -> int:
    """Stage the project in the current folder and draw its documents' pictures, or clean its notebooks."""
    program = python()
    if not program:
        told = "the style is made by the Python package nco-utils, which is not here. Run `make install` in its folder,"
        print(f"{Path(__file__).name}: {told} or activate the environment that has it.", file=sys.stderr)
        return 2
    if arguments == ["clean"]:
        made = os.environ.get("QUARTO_PROJECT_OUTPUT_FILES", "").splitlines()
        notebooks = {str(Path(f"{Path(file).stem}.ipynb").absolute()) for file in made}
        command = ["nco.notebooks.tidy", "clean", *sorted(notebooks)]
    else:
        documents = os.environ.get("QUARTO_PROJECT_INPUT_FILES", "").splitlines()
        command = ["nco.render.stage_style", str(Path.cwd()), *documents]
    return subprocess.run([program, "-m", *command], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
