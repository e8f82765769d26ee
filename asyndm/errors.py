"""Errors of the engine: each is one sentence that a person can act on.

A ``RequestError`` or ``ModelError`` is something the user can mend (exit code 2 on the command
line); an ``EngineError`` is a fault at run time (exit code 1, ``Failed`` among the events).
"""


class AsynDMError(Exception):
    """Base of every error that carries a sentence for the user."""


class RequestError(AsynDMError):
    """The request cannot be run as it is: raised before the first event."""


class ModelError(AsynDMError):
    """A model is unknown, incomplete, damaged or of an unsupported kind."""


class EngineError(AsynDMError):
    """A fault while a run is under way.

    Attributes:
        retryable: whether the same request, or a smaller one, may succeed.
    """

    def __init__(self, sentence: str, *, retryable: bool = False) -> None:
        super().__init__(sentence)
        self.retryable = retryable
