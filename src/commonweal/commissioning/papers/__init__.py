"""Papers: one model, rendered to Word, tagged PDF and accessible web pages; frozen when published."""
