"""The schools of a board on one scale, in the order of every table."""

import textwrap
from collections.abc import Sequence
from dataclasses import replace

from nco.base.dutch import domain_name, interval, texts

from ...blocks import Drawing
from ...dots import Dot, Look, draw
from ...drawing import Scale
from ..boards import Row, named
from ..sentences import domain_slug
from ..slices import SchoolPart
from ..verdicts import Rule
from . import reference
from . import standardised as on_one_scale

MOST = 26  # schools in one figure: more do not fit on a page
_ONE_LINE, _LONGEST = 34, 27  # letters of a line beside the scale, and of each where a name has two
_ROW = 0.22  # inches of a row with a name of one line


def effects(domain: str, rows: Sequence[Row], rule: Rule, in_sd: bool = False) -> list[Drawing]:
    """Draw the difference with the reference value of every school that has one, in the order of the rows.

    in_sd: in standard deviations of school means, for points of two tests have no scale in common.
    """
    dots = [reference.effect(wrapped(school), each, rule, in_sd=in_sd) for school, each in rows]
    scaled = reference.around_expected(dots, 1.95, in_sd)
    caption = texts("board")["caption_effect_sd" if in_sd else "caption_effect"]
    return _figures("referentie", domain, rows, dots, *scaled, caption, 2 if in_sd else 1)


def standardised(domain: str, rows: Sequence[Row], rule: Rule) -> list[Drawing]:
    """Draw the standardised growth of every school that has it, in the order of the rows."""
    dots = [on_one_scale.dot(wrapped(school), each, rule) for school, each in rows]
    scaled = on_one_scale.around_country(dots, rule.band, 1.95, 3.8)
    return _figures("gestandaardiseerd", domain, rows, dots, *scaled, texts("board")["caption_standardised"], 2)


def wrapped(school: SchoolPart) -> str:
    """Return the school's name in at most two lines: many names differ only in their last words."""
    name = named(school)
    lines = [name] if len(name) <= _ONE_LINE else textwrap.wrap(name, _LONGEST)
    if len(lines) <= 2:
        return "\n".join(lines)
    return f"{lines[0]}\n{lines[1][: _LONGEST - 1].rstrip()}…"


def _figures(
    kind: str, domain: str, ordered: Sequence[Row], dots: Sequence[Dot], across: Scale, look: Look, caption: str,
    decimals: int,
) -> list[Drawing]:  # fmt: skip
    """The rows in as few figures as fit on a page each, about equally long."""
    words = texts("board")
    parts = -(-len(dots) // MOST)
    size = -(-len(dots) // parts)
    made, look = [], replace(look, row=_ROW)
    for part in range(parts):
        here = slice(part * size, (part + 1) * size)
        spoken = " ".join(
            words["alt_school"].format(
                school=named(school),
                value=dot.text,
                interval=interval(dot.low, dot.high, decimals),
            )
            for (school, _), dot in zip(ordered[here], dots[here], strict=True)
        )
        name = f"figuur-{kind}-{domain_slug(domain)}-{part + 1}"
        text = caption.format(domain=domain_name(domain))
        if parts > 1:
            text += words["part"].format(part=part + 1, parts=parts)
        alt = words["alt"].format(caption=text, schools=spoken)
        made.append(Drawing(name, draw(dots[here], across, look), text, alt))
    return made
