"""Let nbval run from whatever folder pytest is called, and whatever backend of matplotlib is set."""

import os
from pathlib import Path

import matplotlib


def pytest_configure(config):
    """Give nbval the list of what may differ, and its kernels no backend, so that figures are shown."""
    config.option.nbval_sanitize_with = str(Path(__file__).with_name("nbval_sanitize.cfg"))
    if backend := os.environ.pop("MPLBACKEND", ""):
        matplotlib.use(backend)  # here, in the process that was told so
