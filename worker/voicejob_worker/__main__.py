"""``python -m voicejob_worker``, the same as the command ``voicejob-worker``."""

from voicejob_api.starting import loading


def main() -> None:
    """Run the command."""
    with loading():
        from voicejob_worker.cli import app
    app()


if __name__ == "__main__":
    main()
