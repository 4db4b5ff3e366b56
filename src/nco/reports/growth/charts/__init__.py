"""The figures of a report: one visual language, direct labels, never colour alone.

Every function takes figures that may be shown and returns a `Drawing` with its caption and alternative text; the table
with its numbers is in the report's annex.
"""
