"""The errors of the endpoint: an AWS error code, a message and an HTTP status."""

from collections.abc import Mapping


class ApiError(Exception):
    """An error as AWS words it; `details` are further members of the answer besides the message."""

    def __init__(
        self, code: str, message: str, *, status: int = 400, details: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.details = dict(details or {})


def invalid_parameter(message: str) -> ApiError:
    """Return the error for a parameter that the service refuses."""
    return ApiError("InvalidParameterException", message)


def no_such_group() -> ApiError:
    """Return the error for a log group that does not exist."""
    return ApiError("ResourceNotFoundException", "The specified log group does not exist.")


def no_such_stream() -> ApiError:
    """Return the error for a log stream that does not exist."""
    return ApiError("ResourceNotFoundException", "The specified log stream does not exist.")


def throttled() -> ApiError:
    """Return the error for a caller that exceeds the rate."""
    return ApiError("ThrottlingException", "Rate exceeded")


def access_denied(action: str, *, user: str, resource: str, reason: str = "") -> ApiError:
    """Return the error for an action that no policy allows; `action` is in IAM's spelling, `logs:StartLiveTail`.

    `reason` replaces IAM's default wording, that no identity-based policy allows the action.
    """
    reason = reason or f"because no identity-based policy allows the {action} action"
    return ApiError(
        "AccessDeniedException",
        f"User: {user} is not authorized to perform: {action} on resource: {resource} {reason}",
    )
