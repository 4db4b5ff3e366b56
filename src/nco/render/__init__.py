"""From a document to HTML, PDF, DOCX and a workbook, each held to what it must be."""
