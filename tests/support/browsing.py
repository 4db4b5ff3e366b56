"""A browser to look at pages with: what the tests that need one share. conftest.py has its fixture for all."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from tests.support.sharing import once

SOURCES = Path(__file__).parents[1] / "browser"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# WCAG 2.1 A and AA: what the law asks of a public body's pages, https://www.w3.org/TR/WCAG21/
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")


@dataclass(frozen=True)
class Browser:
    """A folder with the scripts and what they need, outside the project, and the programs that run them."""

    folder: Path
    node: str
    program: str

    def see(self, script: str, **task) -> dict:
        """Return what a script of `tests/browser` saw; task: what it is told beside the browser and WCAG's parts."""
        told = json.dumps({"browser": self.program, "tags": TAGS} | task)
        command = [self.node, str(self.folder / script)]
        done = subprocess.run(command, input=told, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="session")
def browser(tmp_path_factory) -> Browser:
    """The browser of this machine, with the locked packages of the scripts installed."""
    node = shutil.which("node") or _cannot("node is not on the PATH")
    program = next(filter(None, map(shutil.which, BROWSERS)), None) or _cannot("chromium is not on the PATH")
    npm = shutil.which("npm") or _cannot("npm is not on the PATH")
    return Browser(once(tmp_path_factory, "browser", lambda folder: _install(folder, npm)), node, program)


def _install(folder: Path, npm: str) -> None:
    """Put the scripts and the locked packages that they need into a folder."""
    for path in (*SOURCES.glob("*.mjs"), *SOURCES.glob("package*.json"), SOURCES / ".npmrc"):
        shutil.copy(path, folder)
    options = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"]
    patience = ["--fetch-timeout=30000", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]
    command = [npm, "ci", *options, *patience]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        _cannot("npm got no answer within two minutes")
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if " warn " not in line]
        _cannot(f"npm could not install the locked packages ({'; '.join(errors[:3])})")


def _cannot(reason: str) -> NoReturn:
    """Skip because something is not there, except where all of it should be."""
    say = pytest.fail if os.environ.get("CI") else pytest.skip
    say(f"Pages cannot be looked at in a browser: {reason}")
