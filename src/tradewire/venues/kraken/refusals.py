"""What Kraken says no with: ``ECategory:message[:detail]``. Source: the page "Spot Error Messages"."""

from __future__ import annotations

from tradewire.errors import CommandError, RateLimited, Rejected

#: Beginnings of texts that mean a limit: the request was not executed.
_LIMITS = (
    "EAPI:Rate limit exceeded",
    "EGeneral:Too many requests",
    "EGeneral:Temporary lockout",
    "EService:Throttled",
    "Exceeded msg rate",
)
#: Beginnings of texts that mean the venue itself is in trouble, so that the same may succeed later.
_TROUBLES = ("EGeneral:Internal error", "EService:Busy", "EService:Unavailable")


def error_of_text(
    text: str, *, kind: type[CommandError] = Rejected, code: str | int = "", request_id: int | None = None
) -> CommandError:
    """Return the typed error of the venue's words.

    Args:
        text: As the venue wrote it.
        kind: What it is unless the text says something more particular.
        code: Where the text has no code of its own.
        request_id: The ``req_id`` of the request.
    """
    category, colon, message = text.partition(":")
    if colon and category[:1] in {"E", "W"}:
        code = f"{category}:{message.partition(':')[0]}"
    if text.startswith(_LIMITS):
        return RateLimited(text, venue="kraken", code=code, request_id=request_id)
    if text.startswith(_TROUBLES):
        return CommandError(text, venue="kraken", code=code, retryable=True, request_id=request_id)
    return kind(text, venue="kraken", code=code, request_id=request_id)
