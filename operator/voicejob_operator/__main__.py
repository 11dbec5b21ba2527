"""``python -m voicejob_operator``, the same as the command ``voicejob-operator``."""

from voicejob_api.starting import loading


def main() -> None:
    """Run the command."""
    with loading():
        from voicejob_operator.cli import run_command
    run_command()


if __name__ == "__main__":
    main()
