"""Why anybody should believe this: the release feed by feed, definitions, data quality, purpose and hazards."""
