"""Defects of whole files: each does one to a school's own file, writes it and tells where it must be found."""

from collections.abc import Callable
from itertools import count

from .defect_sites import Place, Site


def again(site: Site) -> list[Place]:
    """Send the school's rows once more after a roll-back."""
    file = site.file
    file.path.with_stem(f"{file.path.stem}_2").write_bytes(file.path.read_bytes())
    return [site.at()]


def _saved(site: Site, column: str | None = None, row: int | None = 1, **how: str) -> list[Place]:
    site.file.save(**how)
    return [site.at(row, column)]


def other_separator(site: Site) -> list[Place]:
    """Separate the fields by another mark than agreed."""
    return _saved(site, separator=";" if site.file.vendor == "cito" else "\t")


def other_encoding(site: Site) -> list[Place]:
    """Store the file in another encoding than agreed."""
    return _saved(site, encoding="utf-16" if site.file.vendor == "cito" else "utf-8-sig")


def without_column(site: Site) -> list[Place]:
    """Leave the column with the scale out."""
    name = site.file.name("scale")
    place = site.file.rows[0].index(name)
    for fields in site.file.rows:
        del fields[place]
    return _saved(site, name)


def renamed_column(site: Site) -> list[Place]:
    """Call the score column something else."""
    name, header = site.file.name("score"), site.file.rows[0]
    header[header.index(name)] = "Resultaat"
    return _saved(site, name)


def extra_column(header: str, texts: Callable[[int], str], site: Site, row: int | None = 1) -> list[Place]:
    """Add a column, named in the style of the supplier; `texts` gives the cell of each row."""
    name = header.upper() if site.file.vendor == "cito" else header
    for number, fields in enumerate(site.file.rows):
        fields.append(texts(number) if number else name)
    return _saved(site, name, row)


def reordered(site: Site) -> list[Place]:
    """Put the last column first."""
    for fields in site.file.rows:
        fields.insert(0, fields.pop())
    return _saved(site)


def cut(site: Site) -> list[Place]:
    """Break the file off in the fourth field of its last row."""
    *rows, last = site.file.rows
    site.file.rows = [*rows, last[:4]]
    site.file.save()
    site.file.path.write_bytes(site.file.path.read_bytes()[:-3])
    return [site.at(len(rows) + 1, site.file.rows[0][3])]


def nothing(site: Site) -> list[Place]:
    """Deliver an empty file."""
    site.file.path.write_bytes(b"")
    return [site.at()]


def header_only(site: Site) -> list[Place]:
    """Deliver a header without rows."""
    site.file.rows = site.file.rows[:1]
    return _saved(site, row=None)


def numbers(first: int, rest: int, site: Site) -> list[Place]:
    """Replace the pupils' keys by numbers from `first` on whose weighted sum of digits has this rest modulo 11."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    of_persons = (
        number
        for number in count(first)
        if sum(w * int(digit) for w, digit in zip(weights, f"{number:09d}", strict=True)) % 11 == rest
    )
    keys: dict[str, str] = {}
    for row in range(2, len(site.file.rows) + 1):
        own = site.file.get(row, "pupil")
        if own not in keys:
            keys[own] = f"{next(of_persons):09d}"
        site.file.set(row, "pupil", keys[own])
    return _saved(site, site.file.name("pupil"), None)


def of_message(old: str, new: str, column: str | None, site: Site) -> list[Place]:
    """Change a text that the message has once, and save it; the finding is at its line."""
    row = next(number for number, line in enumerate(site.file.lines, 1) if old in line)
    site.file.lines[row - 1] = site.file.lines[row - 1].replace(old, new, 1)
    site.file.save()
    return [site.at(row, column)]


def cut_message(site: Site) -> list[Place]:
    """Break the message off in the middle of a result."""
    row = site.m_test()
    site.file.lines = [*site.file.lines[: row - 1], site.file.lines[row - 1][:90]]
    site.file.save()
    return [site.at(row)]
