"""The figures of a report on the school closures, in the visual language of all figures."""
