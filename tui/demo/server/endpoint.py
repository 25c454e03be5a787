"""A server on loopback that speaks the wire protocols of AWS: CloudWatch, its Logs, EC2, STS, IAM, CloudTrail, ACM.

Any AWS client can use it through `endpoint_url`; signatures are not checked. It listens on 127.0.0.1 only.
"""

import asyncio
import logging
import socket
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from tui.demo.server.account import Account
from tui.demo.server.apis import acm_api, ec2_api, iam_api, metrics_api, metrics_query, oam_api, sts_api, trail_api
from tui.demo.server.calls import Calls
from tui.demo.server.directory import Directory
from tui.demo.server.errors import ApiError, access_denied
from tui.demo.server.fault_injector import FaultInjector
from tui.demo.server.faults import Faults
from tui.demo.server.hosts import is_loopback_host
from tui.demo.server.insights.queries_api import QueriesApi
from tui.demo.server.live_tail import reset_connection
from tui.demo.server.regional import Hosted, Regional, host
from tui.demo.server.responses import (
    ec2_error,
    json_answer,
    portal_page,
    read_json,
    sts_error,
    xml_answer,
)
from tui.demo.server.services import (
    REQUEST_EXPIRED,
    TOKEN_EXPIRED,
    UNKNOWN_JSON_SERVICE,
    UNKNOWN_SERVICE,
    JsonService,
    QueryService,
)
from tui.demo.server.store import Store
from tui.domain.clock import Clock, SystemClock

HOST: Final = "127.0.0.1"
_LARGEST_REQUEST: Final = 16 * 1024 * 1024

log = logging.getLogger("tunnelwatch.demo")


class Endpoint:
    """The server: `async with Endpoint(store) as endpoint: endpoint.url`.

    `port` 0 picks a free one. `update_every` is the interval of Live Tail updates in seconds; AWS's is 1. `faults` may
    be changed at any time. `calls` counts the calls by action. `store`, `region` and `account` describe the first
    account; `hosted` adds further accounts and regions.
    """

    def __init__(
        self,
        store: Store,
        *,
        port: int = 0,
        faults: Faults | None = None,
        clock: Clock | None = None,
        region: str = "eu-west-1",
        account: str = "123456789012",
        update_every: float = 1.0,
        hosted: Sequence[Hosted] = (),
    ) -> None:
        if clock is not None:
            store.clock = clock
        self.store = store
        self.region = region
        self.port = port
        self.calls = Calls()
        self._injector = FaultInjector(faults or Faults())
        self.regionals: Sequence[Regional] = host(
            [Hosted(Account(region, account), store), *hosted], injector=self._injector, update_every=update_every
        )
        self.home = self.regionals[0]
        """The first account in its region."""
        self._directory = Directory(self.regionals)
        self._json_services = {
            "Logs_20140328": JsonService("logs", self._call_logs),
            trail_api.TARGET: JsonService("cloudtrail", self._call_trail),
            metrics_api.TARGET: JsonService("cloudwatch", self._call_metrics),
            acm_api.TARGET: JsonService("acm", self._call_acm),
        }
        self._query_services = {
            ec2_api.VERSION: QueryService("ec2", self._call_ec2, ec2_error, REQUEST_EXPIRED),
            sts_api.VERSION: QueryService("sts", self._call_sts, sts_error, TOKEN_EXPIRED),
            iam_api.VERSION: QueryService("iam", self._call_iam, sts_error, TOKEN_EXPIRED),
            metrics_query.VERSION: QueryService("cloudwatch", self._call_metrics_query, sts_error, TOKEN_EXPIRED),
        }
        self._runner: web.AppRunner | None = None
        self._listener: asyncio.Server | None = None
        self._changing: asyncio.Task[None] | None = None
        self._refused_by_chance = False

    @classmethod
    def of(cls, hosted: Sequence[Hosted], **options: Any) -> Self:
        """Return an endpoint for these accounts and regions; the first is its own."""
        home, *others = hosted
        return cls(home.store, region=home.account.region, account=home.account.id, hosted=others, **options)

    def __repr__(self) -> str:
        return f"<Endpoint {self.url} {self.store!r} {self.sessions_open} live sessions>"

    @property
    def url(self) -> str:
        """The endpoint URL for a client."""
        return f"http://{HOST}:{self.port}"

    @property
    def sessions_open(self) -> int:
        """The number of open Live Tail sessions."""
        return sum(regional.live.sessions_open for regional in self.regionals)

    @property
    def sessions_started(self) -> int:
        """The number of Live Tail sessions started so far."""
        return sum(regional.live.sessions_started for regional in self.regionals)

    @property
    def queries_open(self) -> int:
        """The number of Logs Insights queries that are scheduled or running."""
        return sum(regional.queries.open for regional in self.regionals)

    async def sessions_closed(self) -> None:
        """Wait until no Live Tail session is open."""
        for regional in self.regionals:
            await regional.live.all_closed.wait()

    @property
    def faults(self) -> Faults:
        """The faults in force."""
        return self._injector.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._injector.faults = faults

    async def __aenter__(self) -> Self:
        for regional in self.regionals:
            regional.store.delay = self._injector.ingestion_delay
        application = web.Application(client_max_size=_LARGEST_REQUEST)
        for method in ("GET", "POST"):
            application.router.add_route(method, "/{rest:.*}", self._answer)
        # Handlers are cancelled when their connection closes, so that a session ends with its reader. Without
        # lingering, because aiohttp would keep reading a body that it cannot decode and complain on stderr.
        self._runner = web.AppRunner(
            application, access_log=None, handler_cancellation=True, shutdown_timeout=0.05, lingering_time=0
        )
        await self._runner.setup()
        await self._listen()
        self._changing = asyncio.create_task(self._change())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None  # noqa: S101 - set on entry
        if self._changing is not None:
            self._changing.cancel()
            await asyncio.gather(self._changing, return_exceptions=True)
        self._hang_up()
        for regional in self.regionals:
            await regional.live.close()
            regional.store.delay = None
        await self._runner.cleanup()

    async def _listen(self) -> None:
        assert self._runner is not None  # noqa: S101 - set on entry
        assert self._runner.server is not None  # noqa: S101 - set by its setup
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, self.port))
        except OSError as error:
            listener.close()
            raise OSError(
                error.errno, f"The demo endpoint cannot listen on {HOST}:{self.port}: {error.strerror}"
            ) from None
        self.port = listener.getsockname()[1]
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._runner.server, sock=listener, backlog=128)

    def _hang_up(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def refuse(self) -> None:
        """Close the port: new connections are refused and open ones are reset."""
        self._hang_up()
        if self._runner is not None and self._runner.server is not None:
            for protocol in self._runner.server.connections:
                if protocol.transport is not None:
                    protocol.transport.abort()

    async def accept(self) -> None:
        """Open the port again."""
        if self._listener is None:
            await self._listen()

    async def _change(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            await self.pass_a_second()

    async def pass_a_second(self) -> None:
        """Apply the faults that depend on time rather than on calls; the running endpoint calls this every second."""
        faults, injector = self._injector.faults, self._injector
        if injector.happens(faults.conn_refuse):
            await self.refuse()
            self._refused_by_chance = True
        elif self._refused_by_chance:
            await self.accept()
            self._refused_by_chance = False
        if (names := sorted(self.store.groups)) and injector.happens(faults.group_recreate):
            name = injector.choose(names)
            self.store.delete_group(name)
            self.store.create_group(name)
        if (ids := sorted(self.store.connections)) and injector.happens(faults.vpn_flicker):
            self.home.ec2.hidden ^= {injector.choose(ids)}

    async def _answer(self, http: web.Request) -> web.StreamResponse:
        if not is_loopback_host(http.headers.get("Host", HOST)):
            raise web.HTTPMisdirectedRequest(text="The demo endpoint answers as localhost or by an address only.")
        try:
            return await self._dispatch(http, str(uuid.uuid4()))
        except (web.HTTPException, ConnectionError):
            raise
        except Exception:
            log.debug("no answer to %s", http.headers.get("X-Amz-Target", "a query"), exc_info=True)
            refusal = {"__type": "InternalFailure", "message": "The endpoint failed; its debug log says why."}
            return json_answer(refusal, str(uuid.uuid4()), status=500, error="InternalFailure")

    async def _dispatch(self, http: web.Request, request_id: str) -> web.StreamResponse:
        try:
            body = await http.read()
        # the header claims a compression that the body lacks
        except (HttpProcessingError, web.RequestPayloadError) as error:
            raise web.HTTPBadRequest(text="The body cannot be decoded.") from error
        if self._injector.happens(self._injector.faults.conn_reset):
            reset_connection(http)
            return web.Response()
        target, _, action = http.headers.get("X-Amz-Target", "").rpartition(".")
        prefix = target.rpartition(".")[2]  # of CloudTrail: its SDKs differ in what they put before it
        if action == "StartLiveTail" and self._injector.happens(self._injector.faults.live_unreachable):
            reset_connection(http)
            return web.Response()
        if prefix:
            service = self._json_services.get(prefix, UNKNOWN_JSON_SERVICE)
            return await self._answer_json(service, http, action, body, request_id)
        if http.path in oam_api.PATHS:
            action = oam_api.PATHS[http.path]
            return await self._answer_json(JsonService("oam", self._call_oam), http, action, body, request_id)
        query = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True)) | dict(http.query)
        return await self._answer_query(query, http.headers.get("Authorization", ""), request_id)

    async def _answer_json(
        self, service: JsonService, http: web.Request, action: str, body: bytes, request_id: str
    ) -> web.StreamResponse:
        self.calls.note(action)
        if self._injector.intercepts(f"{service.name}:{action}"):
            return portal_page()
        try:
            if self._injector.happens(self._injector.faults.auth_expired):
                raise ApiError("ExpiredTokenException", "The security token included in the request is expired")
            regional = self._directory.of(http.headers.get("Authorization", ""), service.name)
            regional.check_organization(f"{service.name}:{action}")
            request = read_json(body)
            if self._injector.is_denied(f"{service.name}:{action}"):
                raise access_denied(f"{service.name}:{action}", user=regional.account.user_arn, resource="*")
            answer = await service.call(regional, http, action, request)
            return answer if isinstance(answer, web.StreamResponse) else json_answer(answer, request_id)
        except ApiError as error:
            log.debug("%s refused: %s", action, error)
            refusal = {"__type": error.code, "message": error.message, **error.details}
            return json_answer(refusal, request_id, status=error.status, error=error.code)

    async def _answer_query(self, query: Mapping[str, str], authorization: str, request_id: str) -> web.Response:
        action = query.get("Action", "")
        self.calls.note(action)
        service = self._query_services.get(query.get("Version", ""), UNKNOWN_SERVICE)
        if self._injector.intercepts(f"{service.name}:{action}"):
            return portal_page()
        try:
            if self._injector.happens(self._injector.faults.auth_expired):
                raise service.expired
            regional = self._directory.of(authorization, service.name)
            regional.check_organization(f"{service.name}:{action}")
            return xml_answer(await service.call(regional, action, query, request_id), request_id)
        except ApiError as error:
            log.debug("%s refused: %s", action, error)
            return xml_answer(service.refusal(error, request_id), request_id, status=error.status)

    async def _call_logs(
        self, regional: Regional, http: web.Request, action: str, request: dict[str, Any]
    ) -> web.StreamResponse | dict[str, object]:
        if action == "StartLiveTail":
            return await regional.live.serve(http, request)
        if action == "FilterLogEvents" and self._injector.faults.filter_slow:
            await asyncio.sleep(self._injector.faults.filter_slow)
        if action in QueriesApi.ACTIONS:
            return regional.queries.call(action, request)
        return regional.logs.call(action, request)

    async def _call_trail(
        self, regional: Regional, http: web.Request, action: str, request: dict[str, Any]
    ) -> dict[str, object]:
        return trail_api.call_trail(action, request, regional.store, regional.account)

    async def _call_metrics(
        self, regional: Regional, http: web.Request, action: str, request: dict[str, Any]
    ) -> dict[str, object]:
        return metrics_api.call_metrics(action, request, regional.store)

    async def _call_metrics_query(
        self, regional: Regional, action: str, query: Mapping[str, str], request_id: str
    ) -> str:
        if self._injector.is_denied(f"cloudwatch:{action}"):
            raise access_denied(f"cloudwatch:{action}", user=regional.account.user_arn, resource="*")
        return metrics_query.call_metrics_query(action, query, regional.store, request_id)

    async def _call_acm(
        self, regional: Regional, http: web.Request, action: str, request: dict[str, Any]
    ) -> dict[str, object]:
        return acm_api.call_acm(action, request, regional.store)

    async def _call_oam(
        self, regional: Regional, http: web.Request, action: str, request: dict[str, Any]
    ) -> dict[str, object]:
        return oam_api.call_oam(action, request, regional.account, regional.links)

    async def _call_ec2(self, regional: Regional, action: str, query: Mapping[str, str], request_id: str) -> str:
        if self._injector.faults.ec2_slow:
            await asyncio.sleep(self._injector.faults.ec2_slow)
        return regional.ec2.call(action, query, request_id)

    async def _call_sts(self, regional: Regional, action: str, query: Mapping[str, str], request_id: str) -> str:
        # real time, since clients compare it with the keys' expiry; a test's clock may stand elsewhere
        now = SystemClock().now()
        return sts_api.call_sts(action, query, regional.account, self._directory, request_id, now=now)

    async def _call_iam(self, regional: Regional, action: str, query: Mapping[str, str], request_id: str) -> str:
        return iam_api.call_iam(action, query, regional.account, self._injector, request_id)


@contextmanager
def serve_in_thread(store: Store, **options: Any) -> Iterator[Endpoint]:
    """Yield an endpoint that runs in its own thread, for tests whose clients block or are other processes.

    Its `faults`, `calls` and store may be used from the calling thread.
    """
    started: list[Endpoint | BaseException] = []
    ready, stop = threading.Event(), asyncio.Event()

    async def run() -> None:
        try:
            async with Endpoint(store, **options) as endpoint:
                started.append(endpoint)
                ready.set()
                await stop.wait()
        except BaseException as error:
            if not ready.is_set():
                started.append(error)
                ready.set()
            raise

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=_run_in, args=(loop, run), name="demo-endpoint", daemon=True)
    thread.start()
    ready.wait()
    outcome = started[0]
    try:
        if isinstance(outcome, BaseException):
            raise outcome
        yield outcome
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def _run_in(loop: asyncio.AbstractEventLoop, run: Callable[[], Any]) -> None:
    try:
        loop.run_until_complete(run())
    except OSError as error:
        log.debug("the endpoint did not start: %s", error)
