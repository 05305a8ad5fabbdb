"""A small town to play with: 4-17-42 for everybody, and the demo city whose dates lie around today."""

from engage.seed.loading import load

__all__ = ["load"]
