"""From a slice to blocks: what a report says, and how it looks."""
