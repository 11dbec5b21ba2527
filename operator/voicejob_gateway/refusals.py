"""What the gateway says instead of what was asked for: always JSON, always with what to do."""

from collections.abc import Mapping

from aiohttp import web


class RefusalError(Exception):
    """An answer of 400 or above.

    Attributes:
        status: The HTTP status.
        error: A word for programs.
        hint: What to do about it.
    """

    def __init__(
        self,
        status: int,
        error: str,
        message: str,
        hint: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.message = message
        self.hint = hint
        self.headers = dict(headers or {})

    def response(self) -> web.Response:
        """The answer: ``{"error", "message", "hint"}``."""
        body = {"error": self.error, "message": self.message, "hint": self.hint}
        return web.json_response(body, status=self.status, headers=self.headers)


def not_found(message: str, hint: str = "") -> RefusalError:
    """There is nothing of that name, or under that path."""
    return RefusalError(404, "NotFound", message, hint)
