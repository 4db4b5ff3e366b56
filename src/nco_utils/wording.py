"""Dutch sentences from a slice's facts: the words follow the interval, never the point estimate alone.

All texts come from `params/texts/nl.yml`; the rules that choose between them are here.
"""

from .dutch import capital, count, domain_name, points, pupils, step_span, step_words, texts
from .slices import Result, Slice


def slug(result: Result) -> str:
    """Return the part of an identifier that says which result it is about."""
    return f"{result.domain}-{result.step}".lower().replace("_", "-")


def result_words(result: Result) -> str:
    """Return which result it is: the domain and the step."""
    return texts("report")["result"].format(domain=domain_name(result.domain), step=step_words(result.step))


def heading(result: Result) -> str:
    """Return the Markdown heading of a result's section."""
    return f"## {capital(result_words(result))}\n"


def box(kind: str, text: str) -> str:
    """Return `text` as a fenced div of the class `kind` (kernpunt, uitleg, let-op)."""
    return f"::: {{.{kind}}}\n{text.strip()}\n:::\n"


# --- rules: which words the facts have earned ---------------------------------------------------


def national_verdict(result: Result, band: float) -> str:
    """Return similar, higher, lower, unclear or unknown.

    Within the band it reads as about equal (NCO); outside it a difference is only named when the
    95 % interval of the school's mean excludes the national mean.
    """
    if result.standardised is None:
        return "unknown"
    if abs(result.standardised) <= band:
        return "similar"
    if result.mean_growth_low > result.national_mean:
        return "higher"
    return "lower" if result.mean_growth_high < result.national_mean else "unclear"


def reference_verdict(result: Result) -> str:
    """Return higher, lower or similar by the shown interval, or why there is no reference value."""
    if not result.has_reference:
        return result.model or "too_few_schools"
    if result.effect_low > 0:
        return "higher"
    return "lower" if result.effect_high < 0 else "similar"


def reliability_words(reliability: float) -> str:
    """Return what a reliability between 0 and 1 means for the reader."""
    words = texts("chapter_reference")
    level = "low" if reliability < 0.5 else "middle" if reliability < 0.8 else "high"
    return words[f"reliability_{level}"]


# --- sentences -----------------------------------------------------------------------------------


def national_sentence(result: Result, band: float) -> str:
    """Return the comparison with the national mean."""
    template = texts("national")[national_verdict(result, band)]
    return template.format(national=points(result.national_mean), pupils=pupils(result.n_pupils))


def reference_sentence(result: Result) -> str:
    """Return the comparison with the predicted reference value."""
    return texts("reference")[reference_verdict(result)]


def hidden_reason(result: Result, minimum_group: int) -> str:
    """Return why nothing is shown, as the second half of a sentence."""
    return texts("hidden")[result.status].format(limit=minimum_group - 1)


def summary(report: Slice) -> str:
    """Return the section with the outcome of every result in one bullet each."""
    words = texts("summary")
    bullets = [_summary_bullet(result, report, words) for result in report.results]
    body = "\n".join(f"- {bullet}" for bullet in bullets) or words["nothing"]
    return f"# {words['heading']}\n\n{box('kernpunt', body)}"


def growth_sentence(result: Result, band: float) -> str:
    """Return how much the pupils grew, against the country."""
    template = texts("growth")["sentence_grew" if result.mean_growth >= 0 else "sentence_fell"]
    return template.format(
        pupils=pupils(result.n_pupils), growth=points(abs(result.mean_growth)), national=national_sentence(result, band)
    )


def growth_notice(result: Result, report: Slice) -> str:
    """Return the box that says why a result has no growth to show."""
    words = texts("growth")
    domain = domain_name(result.domain)
    if result.status == "other_scale":
        n = result.n_results_other_scale
        sentence = words["other_scale_count"].format(n=count(n)) if n else ""
        text = words["other_scale"].format(domain=domain, step=step_span(result.step), count=sentence)
    else:
        text = words["hidden"].format(domain=domain, reason=hidden_reason(result, report.minimum_group))
    return box("let-op", text)


def _summary_bullet(result: Result, report: Slice, words: dict) -> str:
    names = {"domain": capital(domain_name(result.domain)), "step": step_words(result.step)}
    if not result.shown:
        return words["hidden"].format(**names, reason=hidden_reason(result, report.minimum_group))
    return words["grew" if result.mean_growth >= 0 else "fell"].format(
        **names,
        pupils=pupils(result.n_pupils),
        growth=points(abs(result.mean_growth)),
        national=national_sentence(result, report.similar_band),
        reference=reference_sentence(result),
    )
