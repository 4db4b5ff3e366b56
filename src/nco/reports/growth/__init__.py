"""The growth report of a school and of a board: its slice, sentences, chapters and figures."""
