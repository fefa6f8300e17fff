"""One person: who may look, what they see, and what follows from looking without a relationship."""
