"""Makes the cluster agree with what is wanted. Decides nothing about what is wanted."""
