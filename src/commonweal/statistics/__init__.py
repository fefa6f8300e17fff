"""Rates, intervals, funnels, statistical process control, standardisation, comparison. Pure: arrays in, arrays out."""
