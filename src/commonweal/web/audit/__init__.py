"""The audit: append-only, chained, and readable by those whose work it is. Installs the sink of `governance.audit`."""
