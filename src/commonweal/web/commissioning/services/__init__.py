"""What can be done and read. Each function takes `by`, the person who acts; checks, changes and writes the audit."""
