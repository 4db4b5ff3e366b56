"""Plan, make, check, review and publish: from a round's slices to a folder that readers get, as one whole."""
