"""Measurements that others can run: `python -m tests.benchmarks.store`, `.serve`, `.peers`."""
