"""What orders can be told to do from the command line."""
