"""Dutch sentences from a slice's facts: the words follow the interval, never the point estimate alone.

All texts come from `params/texts/nl.yml`; the rules that choose between them are here.
"""

from datetime import date

from . import params
from .slices import Result, Slice

MONTHS = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
]


def texts(section: str) -> dict:
    """Return one section of the Dutch texts."""
    return params.texts("nl")[section]


def capital(text: str) -> str:
    """Return `text` as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def slug(result: Result) -> str:
    """Return the part of an identifier that says which result it is about."""
    return f"{result.domain}-{result.step}".lower().replace("_", "-")


def axis_number(value: float) -> str:
    """Return a value at an axis: no decimals that say nothing."""
    return number(value, 0 if value == round(value) else 1)


def number(value: float, decimals: int = 1) -> str:
    """Return `value` in Dutch: a decimal comma and a real minus sign; never minus zero."""
    text = f"{abs(value):.{decimals}f}".replace(".", ",")
    return f"−{text}" if value < 0 and text.strip("0,") else text


def count(n: int) -> str:
    """Return a number of things, thousands separated by a point."""
    return f"{n:,}".replace(",", ".")


def points(value: float) -> str:
    """Return `value` with its unit, in the singular for 1."""
    words = texts("report")
    return f"{number(value)} {words['point'] if abs(value) == 1 else words['points']}"


def pupils(n: int) -> str:
    """Return a number of pupils, in the singular for 1."""
    words = texts("report")
    return f"{count(n)} {words['pupil'] if n == 1 else words['pupils']}"


def interval(low: float, high: float, decimals: int = 1) -> str:
    """Return an interval in words."""
    return texts("report")["interval"].format(low=number(low, decimals), high=number(high, decimals))


def date_words(iso: str) -> str:
    """Return a date as `3 oktober 2022`."""
    day = date.fromisoformat(iso)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def domain_name(domain: str) -> str:
    """Return the domain's name as it stands in a sentence."""
    return texts("domains")[domain]


def step_words(step: str) -> str:
    """Return a step such as E7-M8 in words."""
    first, last = (
        texts("report")["moment"].format(moment=texts("moments")[code[0]], grade=code[1:]) for code in step.split("-")
    )
    return texts("report")["step"].format(first=first, last=last)


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


def step_span(step: str) -> str:
    """Return the two moments of a step, joined by `en`."""
    return step_words(step).removeprefix("van ").replace(" naar ", " en ")


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
