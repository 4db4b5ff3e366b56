"""The passages and tables of each chapter of a report, in Dutch, from the report's slice."""

from . import wording
from .blocks import Column, Table, escape
from .dutch import capital, date_words, domain_name, interval, number, points, pupils, step_words, texts
from .slices import Result, Slice


def title(section: str) -> str:
    """Return the chapter's heading."""
    return f"# {texts(section)['heading']}\n"


# --- growth --------------------------------------------------------------------------------------


def growth_intro() -> str:
    """Return what growth is and what it is compared with."""
    return texts("growth")["intro"]


def growth_table(result: Result) -> Table:
    """Return the figures behind the bars."""
    words, labels = texts("growth"), texts("report")
    own = (result.mean_growth_low, result.mean_growth_high)
    rows = [(labels["own_school"], result.n_pupils, result.mean_growth, own)]
    if result.has_reference:
        rows.append((labels["reference"], None, result.reference, (result.reference_low, result.reference_high)))
    rows.append((labels["national"], result.national_pupils, result.national_mean, None))
    kinds = ("words", "count", "number", "interval")
    columns = tuple(Column(title, kind) for title, kind in zip(words["header"], kinds, strict=True))
    caption = words["table"].format(result=wording.result_words(result))
    return Table(f"tabel-groei-{wording.slug(result)}", caption, columns, tuple(rows))


def growth_reading(result: Result) -> str:
    """Return how to read the bars, with the school's own figures."""
    text = texts("growth")["reading"].format(growth=points(result.mean_growth), interval=_own_interval(result))
    return wording.box("uitleg", text)


def standardised_intro(report: Slice) -> str:
    """Return the heading and explanation of standardised growth; nothing when no figure may be shown."""
    if not any(result.standardised is not None for result in report.shown):
        return ""
    words = texts("standardised")
    return f"## {words['heading']}\n\n{words['intro'].format(band=number(report.similar_band))}"


# --- predicted reference value -------------------------------------------------------------------


def reference_intro(report: Slice) -> str:
    """Return what the predicted reference value is and what the model looks at."""
    return texts("chapter_reference")["intro"].format(traits=_traits(report))


def reference_notice(report: Slice) -> str:
    """Return the box that says there is nothing to compare; nothing when there is."""
    if any(result.has_reference for result in report.shown):
        return ""
    return wording.box("let-op", texts("chapter_reference")["none"])


def reference_sentence(result: Result) -> str:
    """Return the verdict with its figures; only the reason when there is no reference value."""
    verdict = wording.reference_sentence(result)
    if not result.has_reference:
        return verdict
    return texts("chapter_reference")["sentence"].format(
        verdict=verdict,
        growth=points(result.mean_growth),
        reference=points(result.reference),
        effect=points(result.effect),
        interval=interval(result.effect_low, result.effect_high),
    )


def reference_table(result: Result) -> Table:
    """Return growth, reference value, their difference, its shrunken estimate and its reliability."""
    words = texts("chapter_reference")
    rows = (
        (words["row_growth"], result.mean_growth, (result.mean_growth_low, result.mean_growth_high)),
        (words["row_reference"], result.reference, (result.reference_low, result.reference_high)),
        (words["row_effect"], result.effect, (result.effect_low, result.effect_high)),
        (words["row_shrunken"], result.effect_shrunken, None),
        (words["row_reliability"], number(result.reliability, 2), None),
    )
    kinds = ("words", "number", "interval")
    columns = tuple(Column(title, kind) for title, kind in zip(words["header"], kinds, strict=True))
    caption = words["table"].format(result=wording.result_words(result))
    return Table(f"tabel-referentie-{wording.slug(result)}", caption, columns, rows)


def reference_reading(result: Result) -> str:
    """Return how to read the difference, with the school's own reliability."""
    text = texts("chapter_reference")["reading"].format(
        reliability=number(result.reliability, 2), reliability_words=wording.reliability_words(result.reliability)
    )
    return wording.box("uitleg", text)


# --- account -------------------------------------------------------------------------------------


def account_coverage(report: Slice) -> str:
    """Return which pupils are in the figures and which are not, and what is to be known of a scale."""
    words = texts("account")
    bullets = "\n".join(f"- {_coverage(result, report, words)}" for result in report.results)
    scales = dict.fromkeys(result.scale for result in report.shown)
    notes = [wording.box("let-op", texts("scales")[scale]) for scale in scales if scale in texts("scales")]
    body = bullets or texts("summary")["nothing"]
    return "\n\n".join([f"## {words['coverage_heading']}", body, *notes])


def account_method(report: Slice) -> str:
    """Return privacy, method, limits and the terms of the report."""
    words = texts("account")
    terms = "\n\n".join(f"{term}\n:   {meaning}" for term, meaning in words["terms"].items())
    sections = {
        "privacy": words["privacy"].format(limit=report.minimum_group - 1),
        "method": words["method"].format(traits=_traits(report)),
        "limits": words["limits"],
        "terms": terms,
    }
    return "\n\n".join(f"## {words[f'{name}_heading']}\n\n{text}" for name, text in sections.items())


def colophon(report: Slice) -> tuple[str, Table]:
    """Return the heading and the table that says what this report is and what it was made from."""
    words = texts("account")
    rows = [(item["label"], item["value"]) for item in cover_pairs(report)]
    rows += [(words["estimator"], words["estimator_name"]), (words["fingerprint"], report.fingerprint[:16])]
    columns = tuple(Column(title, "words") for title in words["colophon_header"])
    table = Table("tabel-colofon", words["colophon"], columns, tuple(rows))
    return f"## {words['colophon_heading']}\n", table


# --- cover ---------------------------------------------------------------------------------------


def cover_pairs(report: Slice) -> list[dict[str, str]]:
    """Return what the cover and the colophon say of the report, as label and value in Markdown."""
    values = {
        "school": escape(report.school_name),
        "board": escape(f"{report.board_name} ({report.board_number})"),
        "brinvest": f"{report.brinvest[:4]}-{report.brinvest[4:]}",
        "sector": texts("sectors")[report.sector],
        "round": f"{report.round_label} ({report.round_code})",
        "publication": date_words(report.publication),
        "reference_number": report.reference_number,
        "version": report.version,
    }
    return [{"label": texts("cover")[name], "value": value} for name, value in values.items()]


def front_matter(report: Slice) -> dict:
    """Return the report document's metadata: what the cover, headers and file properties say."""
    words = texts("cover")
    matter = {
        "title": words["title"],
        "subtitle": words["subtitle"],
        "lang": "nl",
        "school": escape(report.school_name),
        "board": escape(report.board_name),
        "brinvest": report.brinvest,
        "sector": texts("sectors")[report.sector],
        "round": report.round_code,
        "round-label": report.round_label,
        "date": report.publication,
        "date-label": date_words(report.publication),
        "reference": report.reference_number,
        "version": report.version,
        "description": words["description"].format(school=escape(report.school_name)),
        "toc-title": words["contents"],
        "cover": cover_pairs(report),
    }
    return matter | ({"demo-notice": report.notice} if report.notice else {})


def _coverage(result: Result, report: Slice, words: dict) -> str:
    names = {"domain": capital(domain_name(result.domain)), "step": step_words(result.step)}
    if not result.shown:
        return words["coverage_hidden"].format(**names, reason=wording.hidden_reason(result, report.minimum_group))
    return words["coverage"].format(**names, pupils=pupils(result.n_pupils), without=_without(result, words))


def _without(result: Result, words: dict) -> str:
    match result.n_without_growth:
        case 0:
            return words["without_none"]
        case None:
            return words["without_few"]
        case n:
            return words["without_some"].format(pupils=pupils(n))


def _traits(report: Slice) -> str:
    names = [texts("traits")[term] for term in report.model_terms]
    return f"{', '.join(names[:-1])} en {names[-1]}" if len(names) > 1 else "".join(names)


def _own_interval(result: Result) -> str:
    return interval(result.mean_growth_low, result.mean_growth_high)
