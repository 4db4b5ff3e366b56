import re
from base64 import b64encode
from hashlib import sha256

import pytest
import typst

from nco.base.failures import RenderError
from nco.render import accepted


def test_a_pdf_without_the_standards_is_refused(tmp_path):
    path = tmp_path / "plain.pdf"
    path.write_bytes(typst.compile(b"Tekst", format="pdf"))
    with pytest.raises(RenderError, match="PDF/UA-1, PDF/A-2a, a title"):
        accepted.check_pdf(path)


def test_a_pdf_of_only_one_standard_is_refused(tmp_path):
    path = tmp_path / "half.pdf"
    source = b'#set document(title: "T"); #set text(lang: "nl"); Tekst'
    path.write_bytes(typst.compile(source, format="pdf", pdf_standards=["ua-1"]))
    with pytest.raises(RenderError, match=r"lacks PDF/A-2a\.$"):
        accepted.check_pdf(path)


def test_a_file_without_metadata_is_refused(tmp_path):
    (tmp_path / "no.pdf").write_bytes(b"%PDF-1.7")
    with pytest.raises(RenderError, match="no XMP metadata"):
        accepted.check_pdf(tmp_path / "no.pdf")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('<img src="https://example.org/a.png">', "https://example.org/a.png"),
        ('<img src="figures/a.png">', "figures/a.png"),
        ('<svg><image xlink:href="http://example.org/b.png"/></svg>', "http://example.org/b.png"),
        ("<style>a { background: url('//example.org/c.png') }</style>", "//example.org/c.png"),
        ("<style>@import 'https://example.org/d.css';</style>", "https://example.org/d.css"),
        ('<link rel="stylesheet" href="e.css">', "e.css"),
        ("<script>1</script>", "it has a script"),
        ("x" * accepted.LARGEST["html"], "over 1500000"),
    ],
)
def test_a_page_that_does_not_stand_alone_is_refused(tmp_path, content, complaint):
    path = tmp_path / "page.html"
    path.write_text(f'<html lang="nl"><head><title>T</title></head><body>{content}</body></html>')
    with pytest.raises(RenderError, match=re.escape(complaint)):
        accepted.check_html(path)


POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{}'"
OWN = "a1fOxEykI+4Ql4cM0gdX5/zVRRpOG2jz0P4N4L2cWdE="  # of another script than those below


@pytest.mark.parametrize(
    "policy",
    [
        "",
        POLICY.format(OWN),
        "script-src 'sha256-{own}'",
        "default-src 'none'; script-src 'unsafe-inline' 'sha256-{own}'",
    ],
)
def test_a_script_runs_only_where_a_policy_that_closes_all_else_names_it_by_its_hash(tmp_path, policy):
    script = "document.title = 'T2';"
    own = b64encode(sha256(script.encode()).digest()).decode()
    path = tmp_path / "page.html"

    def page(content: str) -> None:
        head = f'<meta http-equiv="Content-Security-Policy" content="{content}"><title>T</title>'
        path.write_text(f'<html lang="nl"><head>{head}</head><body><script>{script}</script></body></html>')

    page(policy.format(own=own))
    with pytest.raises(RenderError, match="a script that its own policy does not name"):
        accepted.check_html(path)
    page(POLICY.format(own))
    accepted.check_html(path)


def test_a_page_without_language_or_title_is_refused(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("<html><body><a href='https://example.org'>mag wel</a></body></html>")
    with pytest.raises(RenderError, match=r"no language; it has no title\.$"):
        accepted.check_html(path)
