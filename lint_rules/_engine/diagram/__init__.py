"""The map of a project: who sends what, through which queue, on which schedule."""
