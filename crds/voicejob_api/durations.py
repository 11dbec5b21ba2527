"""Durations as kubectl prints them."""


def human_duration(seconds: float) -> str:
    """Write a duration as ``3.2s``, ``1m20s`` or ``2h05m``.

    Below ten seconds one decimal is kept; above an hour the seconds are left out.
    """
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}m{rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02d}m"
