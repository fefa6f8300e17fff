"""Rates, intervals, funnels, statistical process control, standardisation, evaluation. Pure."""
