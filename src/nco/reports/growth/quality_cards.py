"""The quality cards (kwaliteitskaarten): one page for a role, with the report's outcomes and fields to fill in.

What is on a card is on the report too, in the same words: outcomes by the rule of the verdicts, careful estimates, and
the questions of the conversation. What pupils need is for people to write.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate

from nco.base.dutch import capital, count, domain_name, listed, number, step_code, texts
from nco.base.markdown import plain
from nco_utils.tables import DOMAINS

from ..card import Card, Field, Grid, Section
from . import verdicts
from .chapters import absent_word, by_domain, gesprek, in_domain, outcome_word, told_against
from .rows import Overall, ReportRow
from .sentences import amount
from .slices import BoardSlice, Growth, Slice
from .verdicts import CHANGE, CLEAR, COUNTRY, HIGHER, LOWER, REFERENCE, SIMILAR, UNSURE

TEACHER, COACH, POLICY = "leerkracht", "intern-begeleider", "beleidsmedewerker"
OF_SCHOOL, OF_BOARD = (TEACHER, COACH), (POLICY,)
MOST_QUESTIONS = 4  # there is one page
MOST_STEPS = 4  # named in a cell
MOST_LETTERS = 60  # of the names of schools in a cell
AGREEMENTS = 3  # rows to fill in
_POINT = re.compile(r"^- (.+)$", re.MULTILINE)
_MARKS = re.compile(r"[*_]{1,2}(?=\S)|(?<=\S)[*_]{1,2}|\[([^\]]*)\]\([^)]*\)")


def of_school(report: Slice, role: str, has_reference: bool = True) -> Card:
    """Return the card of a role for the school that a report is of.

    has_reference: whether schools of its kind have a predicted reference value.
    """
    about = tuple(value for name, value in report.about.items() if name in ("brinvest", "board"))
    words, grid = texts("cards"), _of_school(report, role, has_reference) if report.shown else None
    return _card(report, role, about, (words["of_domains" if grid else "nothing"], grid), _questions(report))


def of_board(report: BoardSlice, role: str) -> Card:
    """Return the card of a role for the board that a report is of."""
    words, board = texts("cards"), texts("board")
    schools = words["schools_one" if len(report.schools) == 1 else "schools"]
    about = report.board_number, schools.format(n=count(len(report.schools)))
    if not report.shown:
        return _card(report, role, about, (words["nothing"], None), [])
    asked = _points(board["questions_one" if len(report.schools) == 1 else "questions"])
    return _card(report, role, about, (words["of_schools"], _of_board(report)), asked)


def _card(
    report: Growth, role: str, about: tuple[str, ...], figures: tuple[str, Grid | None], asked: Sequence[str]
) -> Card:
    words = texts("cards")
    return Card(
        role=role,
        title=words[role.replace("-", "_")]["title"],
        about=(report.name, *about, f"{report.round_label} ({report.round_code})"),
        notice=report.notice,
        description=words["description"].format(name=report.name),
        date=report.publication,
        intro=words["intro"],
        sections=tuple(_sections(role, figures, asked)),
    )


def _sections(role: str, figures: tuple[str, Grid | None], asked: Sequence[str]) -> Iterable[Section]:
    words = texts("cards")
    own, (text, grid) = words[role.replace("-", "_")], figures
    yield Section(words["figures"], text, (), grid)
    if asked:
        yield Section(words["questions"], points=tuple(asked[:MOST_QUESTIONS]))
    topics = tuple((topic["title"], _field(name, topic)) for name, topic in own["topics"].items())
    yield Section(words["meaning"], grid=Grid(words["meaning"], tuple(words["meaning_header"]), (30, 70), topics))
    goals = tuple((each["title"], _field(name, each)) for name, each in words["goal"].items())
    yield Section(words["goals"], grid=Grid(words["goals"], tuple(words["goal_header"]), (30, 70), goals))
    rows = tuple(_agreement(place) for place in range(1, AGREEMENTS + 1))
    header = tuple(each["title"] for each in words["agreement"].values())
    yield Section(words["agreements"], grid=Grid(words["agreements"], header, (38, 18, 18, 26), rows))


def _field(name: str, said: dict[str, str], place: int | None = None) -> Field:
    tag, numbered = name.replace("_", "-"), "" if place is None else f" {place}"
    about = f"{tag}{numbered.replace(' ', '-')}", f"{said['title']}{numbered}", said["hint"]
    return Field(*about, "date") if said.get("kind") == "date" else Field(*about)


def _agreement(place: int) -> tuple[Field, ...]:
    return tuple(_field(name, said, place) for name, said in texts("cards")["agreement"].items())


# --- the figures ---------------------------------------------------------------------------------


def _of_school(report: Slice, role: str, has_reference: bool) -> Grid:
    """The outcome of each domain's steps together, and which steps tell something by themselves."""
    words, together = texts("cards"), {each.domain: each for each in report.overall}
    measures = [COUNTRY, REFERENCE] if has_reference else [COUNTRY]
    apart = CHANGE if role == COACH else measures[-1]

    def row(domain: str, results: list[ReportRow]) -> tuple[str, ...]:
        figure = together.get(domain)
        if figure is None:
            return (capital(domain_name(domain)), "–", *[absent_word(results)] * len(measures), "–")
        grown = "–" if figure.mean_growth is None else number(figure.mean_growth)
        outcomes = (_outcome(report, figure, measure) for measure in measures)
        return (capital(domain_name(domain)), grown, *map(_cell, outcomes), _steps(report, domain, apart))

    titles = [words["domain"], words["growth"], *(words[measure] for measure in measures), words[f"{apart}_steps"]]
    widths: tuple[int, ...] = (17, 11, 24, 24, 24) if len(measures) > 1 else (22, 14, 32, 32)
    rows = tuple(row(domain, results) for domain, results in by_domain(report.by_step).items())
    if not any(figure.in_points for figure in report.overall):  # no column of growth in points
        titles, rows = list(_without(titles, 1)), tuple(_without(cells, 1) for cells in rows)
        widths = (22, 26, 26, 26) if len(measures) > 1 else (26, 37, 37)
    return Grid(words["table"].format(year=report.school_year), tuple(titles), widths, rows)


def _without(cells: Sequence[str], place: int) -> tuple[str, ...]:
    return (*cells[:place], *cells[place + 1 :])


def _outcome(report: Growth, figure: Overall, measure: str) -> str:
    """The verdict in the report's words; what is higher or lower with its careful size."""
    word, verdict = outcome_word(figure, measure, report.rule), report.rule.verdict(figure, measure)
    careful = verdicts.careful(figure, measure)
    if verdict not in CLEAR or careful is None:
        return word
    more = texts("summary")["more"][verdict]
    return texts("cards")["careful"].format(outcome=word, difference=amount(figure, abs(careful)), more=more)


def _steps(report: Slice, domain: str, measure: str) -> str:
    """The steps that are higher or lower by themselves, in a few words; a dash where none is."""
    shown, said = [each for each in in_domain(report.by_step, domain) if each.shown], []
    for wanted in CLEAR:
        named = [step_code(each.step) for each in shown if report.rule.verdict(each, measure) == wanted]
        if named:
            said.append(f"{_cell(texts('outcomes')[wanted])}: {_few(named, MOST_STEPS)}")
    if said:
        return "; ".join(said)
    known = [each for each in shown if report.rule.verdict(each, measure) is not None]
    return texts("cards")["no_step" if known else "not_compared"]


def _of_board(report: BoardSlice) -> Grid:
    """Of each domain how many schools have which outcome, and which of them are higher or lower."""
    words = texts("cards")
    rows = []
    for domain in DOMAINS:
        found = [(s, each) for s in report.shown for each in s.overall if each.domain == domain]
        if not found:
            continue
        outcomes = [(s.school_name, report.rule.verdict(f, told_against(f))) for s, f in found]
        counted = Counter(verdict for _, verdict in outcomes)
        clear = (_schools([name for name, verdict in outcomes if verdict == wanted]) for wanted in CLEAR)
        rest = (count(counted[SIMILAR]), count(counted[UNSURE]), count(len(report.schools) - _told(counted)))
        rows.append((capital(domain_name(domain)), *clear, *rest))
    named = (_cell(texts("outcomes")[each]) for each in (HIGHER, LOWER, SIMILAR, UNSURE))
    header = (words["domain"], *(name.replace("\N{NO-BREAK SPACE}", " ") for name in named))
    return Grid(
        words["schools_table"].format(year=report.school_year),
        (*header, words["without"]),
        (16, 25, 25, 12, 11, 11),
        tuple(rows),
    )


def _told(counted: Counter[str | None]) -> int:
    return sum(counted[verdict] for verdict in (HIGHER, LOWER, SIMILAR, UNSURE))


def _schools(names: Sequence[str]) -> str:
    """How many schools, and which: as many names as there is room for, one at least."""
    if not names:
        return "0"
    room = sum(1 for end in accumulate(len(name) for name in names) if end <= MOST_LETTERS)
    return f"{count(len(names))}: {_few(names, max(1, room))}"


def _few(names: Sequence[str], most: int) -> str:
    """The names, and of many how many more there are."""
    more = [texts("cards")["more"].format(n=count(len(names) - most))] if len(names) > most else []
    return listed([*names[:most], *more])


def _cell(text: str) -> str:
    """Words of a report as a card has them: without marks of Markdown."""
    return plain(_MARKS.sub(lambda found: found[1] or "", text.replace("\\_", "\N{NO-BREAK SPACE}")))


# --- the questions -------------------------------------------------------------------------------


def _questions(report: Slice) -> list[str]:
    """The questions of the report's conversation: the first of each outcome, then the second, and so on."""
    words = texts("conversation")
    if not report.results:
        return _points(words["nothing"])
    found = [(listed(named), _points(words[outcome])) for (outcome, _), named in gesprek.outcomes(report).items()]
    longest = max((len(questions) for _, questions in found), default=0)
    several = len(found) > 1
    return [
        f"{capital(named)}: {questions[place]}" if several else questions[place]
        for place in range(longest)
        for named, questions in found
        if place < len(questions)
    ]


def _points(text: str) -> list[str]:
    return [_cell(point) for point in _POINT.findall(text)]
