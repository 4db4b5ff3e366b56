"""What Quarto 1.10 and pandoc 3.9 really said, shortened to the parts that matter."""

from nco.base.tool_messages import one_line

FILTER = """
[1/3] documents/a/report.qmd
[typst]: Compiling report.typ to report.pdf...DONE

[2/3] documents/b/report.qmd
Error running filter /opt/quarto/share/filters/main.lua:
/tmp/project/_extensions/nco/nco.lua:11: figure 'figuur-1' has no alt text: write fig-alt="..." behind the image
stack traceback:
\t/tmp/project/_extensions/nco/nco.lua:11: in upvalue 'stop'
WARN: Error encountered when rendering files
"""

TYPST = """
[typst]: Compiling report.typ to report.pdf...error: PDF/A-2a, PDF/UA-1 error: missing alt text
    ┌─ documents/d/report.typ:605:1
    │
605 │ #image("figures/leergroei-1.svg")
    │  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    │
    = hint: make sure your images and equations have alt text
ERROR: error: PDF/A-2a, PDF/UA-1 error: missing alt text

ERROR: Typst compilation failed
"""

FRONT_MATTER = """ERROR: YAMLException: unexpected end of the stream within a flow collection (3:1)

 2 | school: [Basisschool De Regenboog
-----^

Stack trace:
    at generateError (file:///opt/quarto/src/js-yaml.js:928:10)
"""


def test_a_refusal_by_our_filter_is_told_in_its_own_words():
    assert one_line(FILTER) == "figure 'figuur-1' has no alt text: write fig-alt=\"...\" behind the image"


def test_a_refusal_by_typst_is_told_once_without_the_document():
    assert one_line(TYPST) == (
        "error: PDF/A-2a, PDF/UA-1 error: missing alt text hint: make sure your images and equations have alt text"
    )


def test_of_many_complaints_of_typst_the_first_are_told():
    said = "".join(f"error: number {n}\n  12 │ tekst uit het rapport\n" for n in range(9))
    assert one_line(said) == "error: number 0 error: number 1 error: number 2"


def test_front_matter_that_cannot_be_read_is_told_without_its_contents_and_the_stack():
    assert one_line(FRONT_MATTER) == (
        "ERROR: YAMLException: unexpected end of the stream within a flow collection (3:1)"
    )


def test_anything_else_is_told_as_it_is_on_one_line_and_not_too_long():
    assert one_line("pandoc: report.md:\n  does not exist\n") == "pandoc: report.md: does not exist"
    assert len(one_line("x" * 9000)) == 500


def test_silence_gives_nothing():
    assert one_line("") == ""
