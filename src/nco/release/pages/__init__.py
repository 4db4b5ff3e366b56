"""The pages of a release itself: its index, and the technical explanation of the round. Made once, then kept."""

import shutil
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from nco.base import all_settings, fingerprint
from nco.base.failures import RenderError
from nco.register import enrolment
from nco.render import engines
from nco.reports import explanation as method
from nco.reports import kinds

from ..publication import Page, Report
from ..store import Made, Store
from . import index


def explanation(
    round_code: str, data: Path, formats: Sequence[str], engine: engines.Engine, stage: "Stage"
) -> dict[str, Page]:
    """Return the technical explanation of the round by its name in the release.

    Raises RenderError: without it nobody can see how the numbers came about, so there is no release then.
    """
    settings = all_settings.load()
    made: dict[str, Page] = {}
    for study in kinds.studies(settings, round_code):
        if study.explain:
            name = method.NAME if not made else f"{method.NAME}-{study.national}"
            study.explain(round_code, data, settings, stage.folder / name)
            made |= stage.pages(name, stage.folder / name, formats, engine)
    return made


def overview(
    round_code: str, data: Path, reports: Sequence[Report], links: Iterable[str], stage: "Stage"
) -> dict[str, Page]:
    """Return `index.html`: every board and school, and links to its files. links: the files of the explanation."""
    matter = index.front_matter(round_code, enrolment.read_notice(data))
    return stage.page("index.html", matter, index.body(reports, list(links)))


class Stage:
    """Where pages are made: a folder of their own, a staged project when one is needed, and the store."""

    def __init__(self, folder: Path, store: Store, when: datetime) -> None:
        self.folder, self._store, self._when = folder, store, when

    def pages(self, name: str, folder: Path, formats: Sequence[str], engine: engines.Engine) -> dict[str, Page]:
        """Return the pages of the document in `folder`, made only when the store has none of this text."""
        text = (folder / "report.md").read_text(encoding="utf-8")
        key = fingerprint.of("page", fingerprint.of_program(), text, sorted(formats), engine.name, engine.version)
        made = self._store.get(key) or self._make(name, folder, formats, engine, key)
        shutil.rmtree(folder, ignore_errors=True)
        return {f"{name}.{kind}": Page(key, file) for kind, file in made.files.items()}

    def page(self, name: str, matter: dict, text: str) -> dict[str, Page]:
        """Return the page `name` of HTML in the house style, made only when the store has none of this text."""
        key = fingerprint.of("page", fingerprint.of_program(), matter, text)
        made = self._store.get(key)
        if not made:
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(index.page(matter, text, self._when, self.folder / "page_shell"), encoding="utf-8")
            made = self._keep(key, {"html": path})
        return {name: Page(key, made.files["html"])}

    def _make(self, name: str, folder: Path, formats: Sequence[str], engine: engines.Engine, key: str) -> Made:
        project = self.folder / ".project"
        if not project.is_dir():
            engines.stage_project(project)
        files, warnings = {}, set()
        for rendered in engine.render([engines.ReportDocument(name, folder)], formats, project, self._when):
            if rendered.error:
                raise RenderError(f"The page {name} cannot be made: {rendered.error}")
            warnings.update(rendered.warnings)
            files[rendered.format] = rendered.path
        return self._keep(key, files, warnings)

    def _keep(self, key: str, files: dict[str, Path], warnings: Iterable[str] = ()) -> Made:
        """Keep a page, unless the style that it was made in is no longer that of its key."""
        fingerprint.require_unchanged()
        return self._store.put(key, files, {}, warnings=warnings)
