"""What the cover, the running headers, the file's properties and the colophon say of a report."""

from nco.base.dutch import count, date_words, texts
from nco.base.markdown import escape

from .slices import BoardSlice, Slice


def pairs(report: Slice | BoardSlice) -> dict[str, str]:
    """Return what the cover and the colophon say of the report, by label; names as in the register."""
    board = f"{report.board_name} ({report.board_number})"
    values = {"board": board}
    if isinstance(report, Slice):
        brinvest = f"{report.brinvest[:4]}-{report.brinvest[4:]}"
        sector = texts("sectors")[report.sector]
        values |= {"school": report.school_name, "brinvest": brinvest, "sector": sector}
    else:
        values |= {"schools": count(len(report.schools))}
    values |= {
        "round": f"{report.round_label} ({report.round_code})",
        "publication": date_words(report.publication),
        "reference_number": report.reference_number,
        "version": report.version,
    }
    return {texts("cover")["labels"][name]: value for name, value in values.items()}


def front_matter(report: Slice | BoardSlice) -> dict:
    """Return the report document's metadata."""
    words, school = texts("cover"), isinstance(report, Slice)
    name = report.school_name if school else report.board_name
    description = words["description_sbo" if report.kind == "sbo" else "description"]
    matter = {
        "title": words["title"],
        "subtitle": words.get(report.kind, words["school"])["subtitle"],
        "lang": "nl",
        "school": escape(name),
        "round": report.round_code,
        "round-label": report.round_label,
        "date": report.publication,
        "date-label": date_words(report.publication),
        "reference": report.reference_number,
        "version": report.version,
        "description": description.format(name=escape(name)),
        "toc-title": words["contents"],
        "cover": [{"label": label, "value": escape(value)} for label, value in pairs(report).items()],
    }
    if school:
        sector = texts("sectors")[report.sector]
        matter |= {"board": escape(report.board_name), "brinvest": report.brinvest, "sector": sector}
    return matter | ({"demo-notice": escape(report.notice)} if report.notice else {})
