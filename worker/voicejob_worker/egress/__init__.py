"""What a worker may connect to where an address was written by a user."""
