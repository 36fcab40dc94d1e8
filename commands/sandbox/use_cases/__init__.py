"""What people do with sandboxes, a file for each side of it; these own the transactions."""
