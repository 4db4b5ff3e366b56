"""JupyterLab as `make lab` starts it: what was saved last counts, and a kernel of a release is left alone."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager

from nco.base import all_settings, dutch
from nco.reports import block_html, drawing, lab
from nco_utils.params import project_root

KERNELS = project_root() / "notebooks"  # what `make lab` puts in JUPYTER_PATH


class Kernel:
    """A kernel that cells can be run in, one by one."""

    def __init__(self, client):
        self.client = client

    def run(self, source: str) -> list[dict]:
        """Run a cell; what it shows."""
        shown: list[dict] = []

        def keep(message: dict) -> None:
            if message["msg_type"] in ("display_data", "execute_result"):
                shown.append(message["content"]["data"])

        reply = self.client.execute_interactive(source, output_hook=keep, timeout=60)
        assert reply["content"]["status"] == "ok", reply["content"]
        return shown


@contextmanager
def kernel(folder: Path, **environment: str) -> Iterator[Kernel]:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(folder), env=os.environ | environment)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield Kernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.fixture
def module(tmp_path) -> Path:
    path = tmp_path / "eigen.py"
    path.write_text("def zegt():\n    return 1\n", encoding="utf-8")
    return path


def changed(module: Path) -> None:
    module.write_text("def zegt():\n    return 22\n", encoding="utf-8")
    later = time.time() + 10
    os.utime(module, (later, later))


def test_in_the_lab_a_cell_uses_a_module_as_it_was_saved_last_and_blocks_look_as_in_the_report(module, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", str(KERNELS))
    with kernel(module.parent, JPY_SESSION_NAME="notebooks/leergroei.ipynb") as person:
        assert person.run("from eigen import zegt\nzegt()")[0]["text/plain"] == "1"
        changed(module)
        assert person.run("zegt()")[0]["text/plain"] == "22"
        (shown,) = person.run("from nco.reports.blocks import show\nshow('::: {.uitleg}\\nLees dit.\\n:::\\n')")
    assert '<div class="uitleg" role="note" aria-label="Zo leest u dit">' in shown["text/html"]
    assert "<style>" in shown["text/html"]


def test_a_kernel_that_nobody_sits_at_keeps_the_modules_that_it_began_with(module, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", str(KERNELS))
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    with kernel(module.parent) as release:
        release.run("from eigen import zegt")
        changed(module)
        assert release.run("zegt()")[0]["text/plain"] == "1"


@pytest.fixture
def project(tmp_path, monkeypatch) -> Iterator[Path]:
    """A project with settings and a house style of its own, read once."""
    for name in ("params", "notebooks", "reports/quarto"):
        shutil.copytree(project_root() / name, tmp_path / name, ignore=shutil.ignore_patterns("fonts", "_*put"))
    monkeypatch.setenv("NCO_PROJECT", str(tmp_path))
    _forget()
    yield tmp_path
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    all_settings.forget()
    drawing.house_style.cache_clear()
    block_html.style.cache_clear()


def _change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    os.utime(path, (later := time.time() + 10, later))


def test_the_next_cell_has_settings_texts_and_house_style_as_they_were_saved_last(project):
    watch = lab.Watch(project)
    seed, colour = all_settings.load().release.review_seed, drawing.colour("landelijk")
    style = block_html.style(project / "reports/quarto")
    watch.look()
    assert all_settings.load() is all_settings.load()
    _change(project / "params/release.yml", f"review_seed: {seed}", f"review_seed: {seed + 1}")
    _change(project / "params/texts/nl.yml", "heading: In het kort", "heading: Kort gezegd")
    _change(project / "reports/quarto/_brand.yml", colour, "#1D5FA9")
    _change(project / "reports/quarto/_extensions/nco/nco.css", ".kernpunt {", ".kernpunt, .nieuw {")
    assert all_settings.load().release.review_seed == seed, "until the next cell"
    watch.look()
    assert all_settings.load().release.review_seed == seed + 1
    assert dutch.texts("summary")["heading"] == "Kort gezegd"
    assert drawing.colour("landelijk") == "#1D5FA9"
    assert block_html.style(project / "reports/quarto") != style
