"""Charts as SVG, each with its table and its words. Pure."""
