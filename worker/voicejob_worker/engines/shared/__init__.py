"""What several engines are built with."""
