"""A store, an endpoint on loopback, and real clients for it."""

import functools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import boto3
import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession, get_session
from botocore.config import Config

from tui.demo.server.endpoint import Endpoint, serve_in_thread
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.demo.server.vpn import VpnConnection, VpnTelemetry, VpnTunnel

GROUP = "/aws/vendedlogs/vpn/ike"
VPN = "vpn-0a1b2c3d4e5f60718"
IKE_STREAM = f"{VPN}-203.0.113.17-IKE.log"
ONE_TRY: dict[str, Any] = {"inject_host_prefix": False, "retries": {"total_max_attempts": 1}}
CREDENTIALS: dict[str, Any] = {"region_name": "eu-west-1", "aws_access_key_id": "demo", "aws_secret_access_key": "demo"}


def arn(group: str = GROUP) -> str:
    """Return a group's ARN in the endpoint's own account and region."""
    return f"arn:aws:logs:eu-west-1:123456789012:log-group:{group}"


def vpn(number: int = 0, *, name: str = "hq") -> VpnConnection:
    """Return a connection with two tunnels, the first of them up."""
    up = VpnTelemetry("UP", "4 BGP ROUTES", 1_790_000_000_000, 4)
    return VpnConnection(
        id=f"{VPN[:-2]}{18 + number}",
        name=name,
        customer_gateway="cgw-0a1b2c3d4e5f67890",
        transit_gateway="tgw-0f1e2d3c4b5a69788",
        tunnels=(
            VpnTunnel("203.0.113.17", "169.254.50.84/30", GROUP, "/aws/vendedlogs/vpn/bgp", telemetry=up),
            VpnTunnel("198.51.100.29", "169.254.61.12/30", GROUP),
        ),
    )


@functools.cache
def client_session() -> AioSession:
    """The session of all clients, shared because each service model takes up to 200 ms to read."""
    return get_session()


@functools.cache
def blocking_session() -> Any:
    """The same for boto3."""
    return boto3.session.Session()


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
async def endpoint(store: Store) -> AsyncIterator[Endpoint]:
    async with Endpoint(store, update_every=0.02) as running:
        yield running


@asynccontextmanager
async def connected(endpoint: Endpoint, service: str = "logs") -> AsyncIterator[Any]:
    """Yield an asynchronous client of the endpoint that tries each call once."""
    made = client_session().create_client(
        service, endpoint_url=endpoint.url, config=AioConfig(**ONE_TRY), **CREDENTIALS
    )
    async with made as client:
        yield client


@pytest.fixture
async def logs(endpoint: Endpoint) -> AsyncIterator[Any]:
    async with connected(endpoint) as client:
        yield client


@pytest.fixture
def served(store: Store) -> Iterator[Endpoint]:
    with serve_in_thread(store, update_every=0.02) as running:
        yield running


def blocking_client(endpoint: Endpoint, service: str) -> Any:
    """Return a boto3 client of the endpoint."""
    return blocking_session().client(service, endpoint_url=endpoint.url, config=Config(**ONE_TRY), **CREDENTIALS)


@asynccontextmanager
async def at(store: Store, faults: str) -> AsyncIterator[tuple[Endpoint, Any]]:
    """Yield an endpoint with those faults and one group, and a client of its logs."""
    store.create_group(GROUP)
    running = Endpoint(store, faults=Faults.parse(faults), update_every=0.02)
    async with running as endpoint, connected(endpoint) as logs:
        yield endpoint, logs


async def read_on(frames: AsyncIterator[dict[str, Any]]) -> None:
    async for _ in frames:
        pass
