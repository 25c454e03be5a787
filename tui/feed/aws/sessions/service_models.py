"""Loads botocore's model files faster than its own loader.

Importing this imports botocore.
"""

import gzip
import json
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import Any, Final

from botocore.loaders import JSONFileLoader, Loader, create_loader

from tui.feed.aws.sessions.narrowed_models import narrow, narrow_endpoints

_LARGE: Final = ("ec2", "logs")
"""The services whose models are reduced. Those for sign-in stay complete: botocore calls them by itself."""


_LOADING: Final = RLock()
"""Sessions are opened in parallel threads: without the lock, four sites loaded EC2's model four times, 0.3 s and 15 MB
each, and botocore kept one that had not been narrowed.
"""


def loader(data_path: str | None) -> Loader:
    """Return the process-wide loader: the models take 10 MB, and each loss of credentials creates a new session.

    `data_path` is the setting of that name: further folders to search for models.
    """
    with _LOADING:
        return _loader(data_path)


@lru_cache(maxsize=1)
def _loader(data_path: str | None) -> Loader:
    return _Loader(
        extra_search_paths=create_loader(data_path).search_paths,
        file_loader=_Files(),
        include_default_search_paths=False,
    )


class _Loader(Loader):
    """Looks for a service's model where it should be. botocore first lists the folders of all services: 15 ms."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._wanted: set[str] = set()
        self._narrowed: set[str] = set()

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        """Return a model; raises botocore's DataNotFoundError if there is none."""
        with _LOADING:
            self._wanted.add(service_name)
            model = super().load_service_model(service_name, type_name, api_version)
            if type_name == "service-2" and service_name in _LARGE and service_name not in self._narrowed:
                self._narrowed.add(service_name)
                narrow(model, service_name)  # the loader caches it
            return model

    def load_data_with_path(self, name: str) -> Any:
        """Return the content and path of one of botocore's files; raises DataNotFoundError if there is none."""
        with _LOADING:
            loaded = super().load_data_with_path(name)
            if name == "endpoints" and name not in self._narrowed:
                self._narrowed.add(name)
                narrow_endpoints(loaded[0])  # the loader keeps it and returns it again
            return loaded

    def list_available_services(self, type_name: str) -> list[str]:
        """Return the services requested so far."""
        return sorted(self._wanted)


class _Files(JSONFileLoader):
    """Decodes objects as plain dicts, which also keep their order: OrderedDicts take three times as long."""

    def load_file(self, file_path: str) -> Any:
        """Return the content of a file, compressed or not; None if it does not exist."""
        for suffix, open_file in ((".json", open), (".json.gz", gzip.open)):
            path = Path(file_path + suffix)
            if path.is_file():
                with open_file(path, "rb") as file:
                    return json.loads(file.read())
        return None
