"""Growth of the cohort that an event was in, beside the cohorts before it: the country's, and every school's.

Growth is in places of a row of a hundred (percentile points), by the formula of Engzell, Frey & Verhagen (2021),
Learning loss due to school closures during the COVID-19 pandemic, PNAS 118(17); and in standard deviations of pupils.
"""
