"""Numbers of a request: each within the range that makes sense, else one sentence."""

from asyndm.errors import RequestError


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Raise unless a number is from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise RequestError(f"The {name} is {value}; it must be from {low:g} to {high:g}.")


def check_whole(name: str, value: int, low: int, high: int) -> None:
    """Raise unless a whole number is from `low` to `high`."""
    check_range(name, value, low, high)
    if not isinstance(value, int):
        raise RequestError(f"The {name} is {value}; it must be a whole number.")


def check_unit(name: str, value: float) -> None:
    """Raise unless a number is from 0 to 1."""
    check_range(name, value, 0.0, 1.0)


def check_share(name: str, value: float) -> None:
    """Raise unless a number is from 0 to below 1."""
    check_unit(name, value)
    if value >= 1:
        raise RequestError(f"The {name} is {value:g}; it must be from 0 to below 1.")
