"""``python -m voicejob_cli``, the same as the command ``kubectl-voicejob``."""

from voicejob_api.starting import loading


def main() -> None:
    """Run the command."""
    with loading():
        from voicejob_cli.cli import app
    app()


if __name__ == "__main__":
    main()
