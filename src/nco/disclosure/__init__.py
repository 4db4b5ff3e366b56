"""From computed tables to what may be shown: the one boundary, for what is shown now and for all that was before."""
