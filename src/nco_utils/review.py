"""What a reviewer reads: executed notebooks as pages that open offline, code visible."""

import re
from pathlib import Path


def write_html(notebook: Path, target: Path) -> None:
    """Render an executed notebook as one HTML file without scripts: it fetches nothing and runs nothing."""
    from nbconvert import HTMLExporter

    page, _ = HTMLExporter(embed_images=True, language_code="nl").from_filename(str(notebook))
    # The template brings MathJax, RequireJS and Mermaid from the network; tables and figures need none of them.
    page = re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL)
    partial = target.with_name(f".{target.name}")
    partial.write_text(page, encoding="utf-8")
    partial.replace(target)
