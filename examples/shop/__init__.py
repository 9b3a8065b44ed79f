"""A small order service: the tutorial's app, which the demo and a test run."""
