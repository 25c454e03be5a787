"""The cost and the progress of reading with Logs Insights, in words."""

from typing import Final

_UNITS: Final = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"))
_CELLS: Final = 24


def size_text(size: float) -> str:
    """Return a number of bytes as text: `1.2 GB`."""
    for unit, name in _UNITS:
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size / 1000:.3g} kB"


def usd_text(usd: float) -> str:
    """Return an amount of US dollars as text: `$1.20`, or `under $0.01`."""
    return f"${usd:,.2f}" if usd >= 0.01 or not usd else "under $0.01"


def estimate_sentence(size: int, usd: float, *, is_narrowed: bool, unsized: int) -> str:
    """Return what the queries will scan and cost, as far as that can be estimated."""
    at_most = "at most about" if is_narrowed else "about"
    price = f"for {usd_text(usd)} at list price"
    estimate = (
        f"Logs Insights will scan {at_most} {size_text(size)}, {price}: an estimate by the size of the log groups."
    )
    return f"{estimate} Of {unsized} of them, the size is unknown." if unsized else estimate


def refusal_sentence(estimate: str, usd: float, max_cost: float) -> str:
    """Return why nothing was read: the estimate is above the limit, and there was no terminal to ask at."""
    return f"{estimate} That is above --max-cost {max_cost:g}: give --max-cost {usd * 1.05 + 0.01:.2f} to read it."


def scanned_sentence(queries: int, size: int, usd: float) -> str:
    """Return what the queries scanned, and its cost."""
    many = "query" if queries == 1 else "queries"
    return f"{queries} {many} of Logs Insights scanned {size_text(size)}, for {usd_text(usd)} at list price."


def progress_text(done: float, size: int) -> str:
    """Return the progress of the reading: a bar, the percentage, the bytes scanned."""
    full = round(_CELLS * done)
    return f"{'█' * full}{'░' * (_CELLS - full)} {done:4.0%}  {size_text(size)} scanned"
