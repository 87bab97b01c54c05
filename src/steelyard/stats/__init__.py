"""Statistics: pure functions from arrays to frozen results."""
