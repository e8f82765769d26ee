"""Settings of the libraries below the engine that must be in place before torch is imported."""

import os

# libgomp's threads spin while they wait for each other. On a machine that is busy with anything
# else the spinning takes the cores from the very thread that is waited for: a run of ten steps on
# two loaded cores took 50 s spinning and 2.9 s sleeping.
_USUAL = {
    "OMP_WAIT_POLICY": "PASSIVE",
    # The libraries' advice on import is not for whoever runs a command or looks at a log.
    "TRANSFORMERS_VERBOSITY": "error",
    "DIFFUSERS_VERBOSITY": "error",
}


def set_engine_environment() -> None:
    """Set what the person has not set otherwise; to be called before torch is imported."""
    for name, value in _USUAL.items():
        os.environ.setdefault(name, value)
