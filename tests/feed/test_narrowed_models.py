"""The narrowed service models contain everything that is used of them, completely."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

from botocore.loaders import create_loader
from botocore.model import ServiceModel
from botocore.regions import EndpointResolver

from tui.feed.aws.actions import ACTIONS
from tui.feed.aws.sessions import service_models
from tui.feed.aws.sessions.narrowed_models import narrow, narrow_endpoints


def walk(shape: Any, seen: set[str]) -> None:
    """Resolve a shape and everything that it is made of; botocore raises if a part is missing."""
    if shape is None or shape.name in seen:
        return
    seen.add(shape.name)
    for member in getattr(shape, "members", {}).values():
        walk(member, seen)
    for part in ("member", "key", "value"):
        walk(getattr(shape, part, None), seen)


def test_each_action_that_is_used_keeps_its_whole_model_and_nothing_else_stays() -> None:
    loader = create_loader()
    for service in sorted({action.service for action in ACTIONS.values()}):
        model = loader.load_service_model(service, "service-2")
        before = {name: walked(ServiceModel(model, service), name) for name in used(service)}
        narrow(model, service)
        after = ServiceModel(model, service)
        assert set(after.operation_names) == set(used(service))
        assert {name: walked(after, name) for name in used(service)} == before
        assert "documentation" not in str(model["operations"])


def used(service: str) -> list[str]:
    return [action.operation for action in ACTIONS.values() if action.service == service]


def walked(model: ServiceModel, operation: str) -> set[str]:
    seen: set[str] = set()
    described = model.operation_model(operation)
    for shape in (described.input_shape, described.output_shape, *described.error_shapes):
        walk(shape, seen)
    return seen


def test_what_botocore_asks_of_sts_by_itself_stays() -> None:
    model = service_models.loader(None).load_service_model("sts", "service-2")
    assert {"AssumeRole", "AssumeRoleWithWebIdentity"} <= set(model["operations"])


def test_the_loader_gives_out_a_narrow_model_of_ec2() -> None:
    assert len(service_models.loader(None).load_service_model("ec2", "service-2")["operations"]) < 50


def test_the_endpoints_of_all_that_is_asked_stay_in_each_region_and_no_others() -> None:
    table = create_loader().load_data_with_path("endpoints")[0]
    before = list(endpoints(table))
    narrow_endpoints(table)
    assert list(endpoints(table)) == before
    assert max(len(partition["services"]) for partition in table["partitions"]) < 10


def endpoints(table: Any) -> Iterator[Any]:
    resolver = EndpointResolver(table)
    for partition in table["partitions"]:
        for region in partition["regions"]:
            for service in (*{action.service: None for action in ACTIONS.values()}, "sts", "oidc", "portal.sso"):
                yield resolver.construct_endpoint(service, region)


def test_the_loader_gives_out_narrow_endpoints() -> None:
    loader = service_models.loader(None)
    assert all(len(part["services"]) < 10 for part in loader.load_data_with_path("endpoints")[0]["partitions"])


def test_sessions_that_are_opened_side_by_side_load_a_model_once(tmp_path: Path) -> None:
    together = Barrier(2)

    def load() -> dict[str, Any]:
        together.wait(30)
        model: dict[str, Any] = service_models.loader(str(tmp_path)).load_service_model("ec2", "service-2")
        return model

    with ThreadPoolExecutor(2) as threads:
        one, another = (loading.result() for loading in [threads.submit(load) for _ in range(2)])
    assert one is another
    assert len(one["operations"]) < 50
