"""Growth beside the country on one scale for all domains, without points: the chapter of special primary education."""

from nco.base.dutch import texts

from ..slices import Slice


def intro(report: Slice) -> str:
    """Return what the chapter shows and why there are no points; nothing where no figure is shown."""
    return texts("standardised")["intro"] if report.shown else ""
