"""What pandoc, Typst and Quarto say when they refuse a document, as one line that a person can act on."""

import re

LONGEST = 500
WORST = 3  # one mistake makes Typst complain many times; the first complaints are about the mistake itself


def one_line(said: str) -> str:
    """Return the reason in a tool's output, without stack traces, excerpts of the document and progress."""
    told = re.split(r"stack trace", said, maxsplit=1, flags=re.IGNORECASE)[0]
    lines = [line.strip() for line in told.splitlines()]
    starts = [i for i, line in enumerate(lines) if line.startswith("Error running filter")]
    if starts:
        return re.sub(r"\S+\.lua:\d+: ", "", " ".join(lines[starts[-1] + 1 :])).strip()
    # Typst's own complaints, also where Quarto glues them to its progress; then Quarto's; then whatever there is.
    typst = re.findall(r"(?:^|\.{3}|= )((?:error|hint): .*)", "\n".join(lines), re.MULTILINE)
    errors = list(dict.fromkeys(typst))[:WORST] or [line for line in lines if line.startswith("ERROR: ")]
    return " ".join(errors or lines).strip()[-LONGEST:]
