"""What happened: canonical tables, sources, landing, linkage, quality."""
