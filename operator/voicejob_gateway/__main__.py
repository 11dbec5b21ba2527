"""``python -m voicejob_gateway``, the same as the command ``voicejob-gateway``."""

from voicejob_api.starting import loading


def main() -> None:
    """Run the gateway with the settings of the environment."""
    with loading():
        from voicejob_gateway.app import main
    main()


if __name__ == "__main__":
    main()
