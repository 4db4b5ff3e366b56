"""From delivered files to table results: each row used, or set aside with the reason; pupils under pseudonyms."""
