"""Learning-growth (leergroei) reports for Dutch primary schools."""

__version__ = "0.1.0"
