"""Words of others in a document of ours: written so that they are read as they stand."""

import re

# What Markdown reads as something else than itself, and Typst after it.
_MARKUP = re.compile(
    r"""[\\`*_{}\[\]<>#|~^$@'"&]  # wherever it stands
    | -(?=[-?]) | (?<=-)- | (?<!\S)-(?=\d)  # hyphens that become a dash, a soft hyphen or a minus sign
    | \.(?=\.) | (?<=\.)\.  # points that become dots
    | \.(?=\s|$) | \)(?=\s) | ^[-+=:%] | (?<=^\w)\)  # a list; and the space behind "St." would become another
    | :(?=//)  # an address""",
    re.VERBOSE,
)
# What is not itself between quotes either.
_IN_QUOTES = re.compile(r"""[\\"&{]""")


def escape(text: str) -> str:
    """Return `text` so that Markdown, Typst and Quarto show it as it stands: a name as it is in the register.

    No apostrophe, quote, dash or row of points becomes a typographic one, and no shortcode (`{{< ... >}}`) is one.
    """
    return _MARKUP.sub(r"\\\g<0>", text)


def plain(markdown: str) -> str:
    """Return the words of a line in which names stand as `escape` wrote them."""
    return re.sub(r"\\(.)", r"\1", markdown)


def quoted(text: str) -> str:
    """Return `text` as the value of an attribute, in quotes."""
    return '"' + _IN_QUOTES.sub(r"\\\g<0>", text) + '"'
