"""What goes into the sandbox commands and what comes out, on every surface. Shapes only."""
