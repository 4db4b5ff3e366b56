"""Who takes part: the register and the background, read strictly, with what is wrong with them; and the key."""
