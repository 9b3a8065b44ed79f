"""The worker side: what happens to a delivered message before the pool gets it."""
