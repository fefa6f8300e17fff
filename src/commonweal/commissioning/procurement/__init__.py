"""Choosing a provider under the law in force on the day of the decision."""
