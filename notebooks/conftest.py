"""Give nbval the list of what may differ, from whatever folder pytest is called."""

from pathlib import Path


def pytest_configure(config):
    config.option.nbval_sanitize_with = str(Path(__file__).with_name("nbval_sanitize.cfg"))
