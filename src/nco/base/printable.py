"""What reports can print: names and notices in the letters of the brand's typeface, no longer than there is room."""

import re
import unicodedata
from functools import cache

from . import all_settings


def settled(text: str) -> str:
    """Return `text` with each letter and its diacritics as one character, where Unicode has that one."""
    return unicodedata.normalize("NFC", text)


def problem(text: str, longest: int) -> str | None:
    """Return why reports cannot print `text`, and what to do, as the end of a sentence; None when they can."""
    settings = all_settings.load().names
    if not _printable().fullmatch(text):
        place = next(place for place, letter in enumerate(text) if not _printable().fullmatch(letter))
        named = unicodedata.name(text[place], "a control character, such as a line break").lower()
        return (
            f"has as character {place + 1} one that reports cannot print: U+{ord(text[place]):04X} ({named}). "
            "Write it in Latin letters, on one line, without emoji and invisible characters."
        )
    if not any(map(str.isalpha, text)):
        return "has no letter. Write the whole name."
    if len(text) > longest:
        return f"has {len(text)} characters; reports have room for {longest}. Shorten it."
    if (length := max(map(len, re.split(r"[\s/-]", text)))) > settings.longest_word:
        room = f"reports have room for {settings.longest_word}"
        return f"has a word of {length} characters; {room}. Put a space or hyphen in it."
    return None


@cache
def _printable() -> re.Pattern[str]:
    ranges = (f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in all_settings.load().names.characters)
    return re.compile(f"[{''.join(ranges)}]*")
