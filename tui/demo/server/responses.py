"""HTTP bodies: parses requests, and writes answers and errors in the form of each protocol."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from tui.demo.server.errors import ApiError
from tui.demo.server.xml import Value, element


def read_json(body: bytes) -> dict[str, Any]:
    """Return the body of a request as a JSON object; raises ApiError for anything else."""
    try:
        request = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        request = None
    if not isinstance(request, dict):
        raise ApiError("SerializationException", "The request is not a JSON object")
    return request


def json_answer(
    body: Mapping[str, object], request_id: str, *, status: int = 200, error: str | None = None
) -> web.Response:
    """Return an answer of the JSON protocol; `error` is the error code, if it is one."""
    headers = {"x-amzn-RequestId": request_id, "Content-Type": "application/x-amz-json-1.1"}
    if error is not None:
        headers["x-amzn-ErrorType"] = error
    return web.Response(body=json.dumps(body).encode(), status=status, headers=headers)


def xml_answer(xml: str, request_id: str, *, status: int = 200) -> web.Response:
    """Return an answer of the query protocols."""
    headers = {"x-amzn-RequestId": request_id, "Content-Type": "text/xml;charset=UTF-8"}
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{xml}'.encode()
    return web.Response(body=body, status=status, headers=headers)


def portal_page() -> web.Response:
    """Return the sign-in page that a hotel network sends in place of any server's answer."""
    return web.Response(text="<html><body>Please sign in</body></html>", content_type="text/html")


def ec2_error(error: ApiError, request_id: str) -> str:
    """Return an error in EC2's form."""
    details: Value = {"Error": {"Code": error.code, "Message": error.message}}
    return element("Response", {"Errors": details, "RequestID": request_id})


def sts_error(error: ApiError, request_id: str) -> str:
    """Return an error in the form of STS and IAM."""
    details: Value = {"Type": "Sender", "Code": error.code, "Message": error.message}
    return element("ErrorResponse", {"Error": details, "RequestId": request_id})
