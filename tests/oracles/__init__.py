"""Naive oracles: each states one part of the design as plainly as it can, to test the library."""
