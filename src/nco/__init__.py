"""The product: what is delivered goes in, reports come out; its rooms are in the order in which a score travels.

A room imports only rooms below it: command, demo, release, render; deliveries, notebooks, reports; disclosure,
register, base; and below all of them the module that researchers read, `nco_utils`.
"""
