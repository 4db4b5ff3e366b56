"""The report on the school closures of 2020: growth of the cohort that they were in, beside the years before."""
