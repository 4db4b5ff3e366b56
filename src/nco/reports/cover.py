"""What the cover, the running headers, the file's properties and the colophon say of a report, of whatever kind."""

from nco.base.all_settings import REPORT
from nco.base.dutch import by_kind, date_words, texts
from nco.base.markdown import escape

from .content import Content


def pairs(report: Content) -> dict[str, str]:
    """Return what the cover and the colophon say of the report, by label; names as in the register."""
    values = report.about | {
        "round": f"{report.round_label} ({report.round_code})",
        "publication": date_words(report.publication),
        "reference_number": report.reference_number,
        "version": report.version,
    }
    return {texts("cover")["labels"][name]: value for name, value in values.items()}


def front_matter(report: Content, document: str = REPORT) -> dict:
    """Return the metadata of a report's document; a further one of the same slice has a title of its own."""
    words = texts("cover")
    matter = {
        "title": words["documents"].get(document, by_kind(words, "title", report.kind)),
        "subtitle": words.get(report.kind, words["school"])["subtitle"],
        "lang": "nl",
        "school": escape(report.name),
        "round": report.round_code,
        "round-label": report.round_label,
        "date": report.publication,
        "date-label": date_words(report.publication),
        "reference": report.reference_number,
        "version": report.version,
        "description": by_kind(words, "description", report.kind).format(name=escape(report.name)),
        "toc-title": words["contents"],
        "cover": [{"label": label, "value": escape(value)} for label, value in pairs(report).items()],
    }
    return matter | report.front_matter | ({"demo-notice": escape(report.notice)} if report.notice else {})
