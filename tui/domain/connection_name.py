"""How a connection is called: by its Name tag, or else by its id."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConnectionName:
    """The id and the name of a connection; `site` is the name of its source, empty if there is only one."""

    id: str
    name: str = ""
    site: str = ""

    @property
    def label(self) -> str:
        """The name, or the id if it has none."""
        return self.name or self.id

    @property
    def name_at_its_site(self) -> str:
        """The name without the prefix of its site, which it has if several are watched."""
        return at_its_site(self.name, self.site)


def at_its_site(name: str, site: str) -> str:
    """Return the name of a connection without the prefix of its site, which it has if several are watched."""
    return name.removeprefix(f"{site}/")
