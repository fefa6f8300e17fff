"""Benchmarks: each module measures one promise as a ratio to a hand-written baseline on the same machine."""
