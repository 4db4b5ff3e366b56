"""A fictitious country and real pupils at fictitious schools, to try everything on; with the defects of deliveries."""
