"""When the certificates of customer gateways expire."""

from typing import Any, Final

from tui.domain.inventory import Inventory
from tui.feed.doctor.attempts import Attempts
from tui.feed.inventory.ec2_records import read_instant

_MOST: Final = 20
"""The maximum number of certificates looked up, one call each."""


async def certificate_ends(attempts: Attempts, inventory: Inventory | None) -> dict[str, int]:
    """Return when (ms) each customer gateway's certificate expires, by ARN, without unknown ones."""
    connections = inventory.connections if inventory else ()
    arns = sorted({facts.customer_gateway.certificate for facts in connections} - {""})
    ends = {}
    for arn in arns[:_MOST]:
        answer = await attempts.answer(
            "acm:DescribeCertificate", "a customer gateway's certificate", CertificateArn=arn
        )
        certificate: Any = (answer or {}).get("Certificate")
        at = read_instant(certificate.get("NotAfter")) if isinstance(certificate, dict) else None
        if at is not None:
            ends[arn] = at
    return ends
