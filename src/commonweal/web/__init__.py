"""The site: who may see what, and showing it."""
