"""Working lists: who to see, why, what to do, and what was done."""
