"""A long run under mixed load: memory stays flat, nothing is lost, nothing happens twice."""
