"""The account and region of a request: the access key identifies the account, the signature's scope the region."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from tui.demo.server.account import Account
from tui.demo.server.errors import ApiError
from tui.demo.server.regional import Regional

_SCOPE: Final = re.compile(r"Credential=(?P<key>[^/,\s]+)/\d+/(?P<region>[\w-]+)/")
_LIFE: Final = timedelta(hours=1)
_REFUSALS: Final = {
    "ec2": ("AuthFailure", "AWS was not able to validate the provided access credentials"),
    "sts": ("InvalidClientTokenId", "The security token included in the request is invalid"),
    "iam": ("InvalidClientTokenId", "The security token included in the request is invalid"),
}
_REFUSAL: Final = ("UnrecognizedClientException", "The security token included in the request is invalid.")

Credentials = dict[str, str]


class Directory:
    """The accounts and regions of an endpoint. Any key that was not issued for a role belongs to the first account.

    An endpoint with one account in one region accepts every request, whatever region it is signed for.
    """

    def __init__(self, regionals: Sequence[Regional]) -> None:
        self._home = regionals[0].account
        self._regionals = {(regional.account.id, regional.account.region): regional for regional in regionals}

    @property
    def regions(self) -> tuple[str, ...]:
        """The enabled regions, sorted by name: those in which any account has something."""
        return tuple(sorted({region for _, region in self._regionals}))

    def of(self, authorization: str, service: str) -> Regional:
        """Return the account and region addressed by a request's Authorization header.

        Raises the service's own ApiError for a region in which the account has nothing.
        """
        scope = _SCOPE.search(authorization)
        accounts = (number for number, _ in self._regionals)
        account = next((number for number in accounts if scope and scope["key"] == _key_of(number)), self._home.id)
        region = self._home.region
        if len(self._regionals) > 1 and scope is not None:
            region = scope["region"]
        if service in ("sts", "iam"):  # these services answer for the account in any region
            region = next((there for number, there in self._regionals if number == account), region)
        regional = self._regionals.get((account, region))
        if regional is None:
            code, message = _REFUSALS.get(service, _REFUSAL)
            raise ApiError(code, message, status=401 if service == "ec2" else 403)
        return regional

    def assume(self, role_arn: str, external_id: str | None, *, caller: Account, now: int) -> Credentials:
        """Return keys that act as a role for one hour from `now` (ms).

        Raises the same error for a role that does not exist and for one that does not trust the caller, as AWS does.
        """
        for regional in self._regionals.values():
            hosted = regional.hosted
            is_meant = hosted.account.role and hosted.account.role_arn == role_arn
            if is_meant and hosted.external_id in ("", external_id):
                ends = datetime.fromtimestamp(now / 1000, UTC) + _LIFE
                return {
                    "AccessKeyId": _key_of(hosted.account.id),
                    "SecretAccessKey": "demo",
                    "SessionToken": f"demo-{hosted.account.id}",
                    "Expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
                }
        message = f"User: {caller.user_arn} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
        raise ApiError("AccessDenied", message, status=403)


def _key_of(account: str) -> str:
    """Return the access key of sessions in that account."""
    return f"ASIADEMO{account}"
