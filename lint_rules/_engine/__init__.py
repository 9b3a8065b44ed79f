"""The engine of the checker: reads files, gathers facts; it knows no rule."""
