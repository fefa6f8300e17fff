"""Settings: `base` is what always holds; `demo`, `production` and `test` each say what differs and why."""
