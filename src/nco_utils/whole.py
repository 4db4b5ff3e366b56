"""A text file that is there whole or not at all, whenever the process that writes it is stopped."""

from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Write a file beside its place, and then put it there by one rename; one process at a time may do so."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
