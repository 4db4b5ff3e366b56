"""From a document to HTML, PDF, DOCX and a workbook, each held to its gate."""
