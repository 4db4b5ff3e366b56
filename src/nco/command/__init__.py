"""The command `nco`: parses, delegates, and says what happened."""
