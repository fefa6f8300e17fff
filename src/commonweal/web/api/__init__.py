"""The read API: what the pages read, for programs, under tokens that people make for themselves."""
