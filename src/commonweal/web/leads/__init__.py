"""Pages for those who lead: how measures vary and move, who drives them, dashboards, and packs to take to a visit."""
