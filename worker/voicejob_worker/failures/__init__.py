"""What went wrong, by whose fault, and how an attempt ends on it."""
