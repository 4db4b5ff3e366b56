"""The review of a release: what is read before it is published, by whom, and what they decided."""
