"""What can be read and done about money, by whom, with the audit written."""
