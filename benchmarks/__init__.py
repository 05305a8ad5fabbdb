"""How fast and how large the service is, against floors measured in the same run. See docs/benchmarks.md.

Nothing here is imported by the service, and no test depends on a number found here.
"""
