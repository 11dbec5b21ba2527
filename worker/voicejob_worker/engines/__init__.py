"""What synthesises."""
