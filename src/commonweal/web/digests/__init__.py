"""Digests: an e-mail of what waits for somebody, by the day or the week. It names no patient."""
