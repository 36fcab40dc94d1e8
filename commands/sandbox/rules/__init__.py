"""What may happen to a sandbox, and when. Pure; time comes in as an argument."""
