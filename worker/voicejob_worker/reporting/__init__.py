"""What a running worker says: its report, the log, the status server, and whether it hangs."""
