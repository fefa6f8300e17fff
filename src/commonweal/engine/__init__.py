"""How it is computed: planner, backends, releases, provenance. Knows no clinical word."""
