"""Text: from what a user wrote to the chunks that an engine speaks."""
