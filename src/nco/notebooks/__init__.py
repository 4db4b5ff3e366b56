"""How a notebook is run, by papermill and an engine that forks, and kept readable; and what the national one leaves."""
