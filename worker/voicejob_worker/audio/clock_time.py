"""Times as subtitles and chapters write them."""


def clock_time(milliseconds: int, decimal_sign: str = ".") -> str:
    """A time as hours, minutes, seconds and milliseconds: 01:02:03.004."""
    seconds, rest = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}{decimal_sign}{rest:03}"
