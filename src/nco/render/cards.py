"""The cards beside a report: each a Word document and an OpenDocument text."""

from collections.abc import Sequence
from pathlib import Path

from nco.base.extension import EXTENSION
from nco.reports import house_style
from nco.reports.card import Card

from . import card_docx, card_odt, docx_reference


def write(cards: Sequence[Card], folder: Path, project: Path) -> list[Path]:
    """Write cards into `folder` in the style of a staged project, and return their paths.

    Raises RenderError for one that is not fit to be published.
    """
    folder.mkdir(parents=True, exist_ok=True)
    brand, reference = house_style.read(project), project / EXTENSION / docx_reference.NAME
    return [
        path
        for card in cards
        for path in (card_docx.write(card, folder, brand, reference), card_odt.write(card, folder, brand))
    ]
