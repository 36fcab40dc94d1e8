"""What the access domain can do, a file each."""
