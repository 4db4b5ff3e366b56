"""Learning-growth (leergroei) reports for Dutch primary schools."""

__version__ = "0.1.0"

BY_QUARTO = "QUARTO_FIG_FORMAT"  # in the environment of a notebook that Quarto itself runs
FOR_REPORT = "NCO_FOR_REPORT"  # in that of a notebook that is run for a report: a program reads what it shows
