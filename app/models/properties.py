"""Observable attributes: setting one emits ``<name>_changed`` with the new value, if it is new.

    class Brush(QObject):
        radius = Property(20)
        radius_changed = Signal(int)

A panel makes its connections through ``Bindings``, which can drop them all at once, so that the
panel can be given another model.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast, overload

from PySide6.QtCore import QObject, SignalInstance

T = TypeVar("T")


class Property(Generic[T]):
    """An attribute of a QObject with a default; see the module.

    A value equal to the present one changes nothing and emits nothing, which is what lets a
    two-way binding come to rest.
    """

    def __init__(self, default: T) -> None:
        self.default = default
        self._name = ""

    def __set_name__(self, owner: type[QObject], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type[QObject]) -> "Property[T]": ...

    @overload
    def __get__(self, instance: QObject, owner: type[QObject]) -> T: ...

    def __get__(self, instance: QObject | None, owner: type[QObject]) -> "Property[T] | T":
        if instance is None:
            return self
        return cast("T", instance.__dict__.get(f"_{self._name}", self.default))

    def __set__(self, instance: QObject, value: T) -> None:
        if self.__get__(instance, type(instance)) == value:
            return
        instance.__dict__[f"_{self._name}"] = value
        signal: SignalInstance = getattr(instance, f"{self._name}_changed")
        signal.emit(value)


class Bindings:
    """Connections that are dropped together."""

    def __init__(self) -> None:
        self._links: list[tuple[SignalInstance, Callable[..., Any]]] = []

    def connect(self, signal: SignalInstance, slot: Callable[..., Any]) -> None:
        """Connect until ``clear``."""
        signal.connect(slot)
        self._links.append((signal, slot))

    def follow(self, model: QObject, name: str, setter: Callable[[Any], Any]) -> None:
        """Tell `setter` the value of the property now and at each change."""
        setter(getattr(model, name))
        self.connect(getattr(model, f"{name}_changed"), setter)

    def two_way(
        self, model: QObject, name: str, setter: Callable[[Any], Any], edited: SignalInstance
    ) -> None:
        """``follow``, and write the property when the widget's `edited` signal brings a value."""
        self.follow(model, name, setter)
        self.connect(edited, lambda value: setattr(model, name, value))

    def clear(self) -> None:
        """Drop all connections."""
        for signal, slot in self._links:
            signal.disconnect(slot)
        self._links.clear()
