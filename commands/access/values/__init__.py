"""What goes into the access commands and what comes out, on every surface, a file for each thing they are about. Shapes only."""
