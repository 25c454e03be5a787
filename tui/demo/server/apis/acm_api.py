"""ACM DescribeCertificate, for the certificates of customer gateways."""

from collections.abc import Mapping
from typing import Any, Final

from tui.demo.server.errors import ApiError
from tui.demo.server.store import Store

TARGET: Final = "CertificateManager"


def call_acm(action: str, request: Mapping[str, Any], store: Store) -> dict[str, object]:
    """Return the answer to one call; raises ApiError as ACM would."""
    if action != "DescribeCertificate":
        raise ApiError("UnknownOperationException", f"{action} is not served here")
    arn = str(request.get("CertificateArn", ""))
    ends = next((gateway.certificate_ends for gateway in _gateways(store) if gateway.certificate == arn), None)
    if ends is None:
        raise ApiError("ResourceNotFoundException", f"Could not find certificate {arn}.")
    return {"Certificate": {"CertificateArn": arn, "Status": "ISSUED", "Type": "PRIVATE", "NotAfter": ends / 1000}}


def _gateways(store: Store) -> list[Any]:
    return list(store.customer_gateways.values())
