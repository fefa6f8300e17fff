"""People who work here: accounts, roles, organisations and teams with dates, signing in, and demonstration personas."""
