"""Attacks on what is published, by who reads all of it and more: each says what it finds that it should not."""
