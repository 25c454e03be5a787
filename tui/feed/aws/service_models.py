"""The files that botocore makes its clients from, read sooner than by its own loader.

Importing this imports botocore.
"""

import gzip
import json
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import Any, Final

from botocore.loaders import JSONFileLoader, Loader, create_loader

from tui.feed.aws.narrowed_models import narrow

_LARGE: Final = ("ec2", "logs")
"""Services of whose models most is left out. Those of sign-in stay whole: botocore calls them by itself."""


_LOADING: Final = RLock()
"""Sessions are opened in threads, side by side: those of four sites loaded the model of EC2 four times, 0.3 s and 15 MB
each, and botocore kept the one that had not been narrowed."""


def loader(data_path: str | None) -> Loader:
    """Return the one loader of a process: the models take 10 MB, and each loss of credentials makes a session anew.

    `data_path` is the setting of that name: where to look for models beside botocore's own.
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
    """Looks for a service's model where it would be. botocore first lists the folders of all services: 15 ms."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._wanted: set[str] = set()
        self._narrowed: set[str] = set()

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        """Return a model; raises botocore's DataNotFoundError where there is none."""
        with _LOADING:
            self._wanted.add(service_name)
            model = super().load_service_model(service_name, type_name, api_version)
            if type_name == "service-2" and service_name in _LARGE and service_name not in self._narrowed:
                self._narrowed.add(service_name)
                narrow(model, service_name)  # it is kept, and given out again
            return model

    def load_data_with_path(self, name: str) -> Any:
        """Return what a file of botocore's holds, and its path; raises DataNotFoundError where there is none."""
        with _LOADING:
            return super().load_data_with_path(name)

    def list_available_services(self, type_name: str) -> list[str]:
        """Return the services that were asked for."""
        return sorted(self._wanted)


class _Files(JSONFileLoader):
    """Decodes objects as plain dicts, which keep their order, too: as OrderedDicts they take three times as long."""

    def load_file(self, file_path: str) -> Any:
        """Return what the file holds, compressed or not; None where there is no such file."""
        for suffix, open_file in ((".json", open), (".json.gz", gzip.open)):
            path = Path(file_path + suffix)
            if path.is_file():
                with open_file(path, "rb") as file:
                    return json.loads(file.read())
        return None
