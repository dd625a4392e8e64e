"""The package's functions go through the checks that the take-away cells go through."""

import pytest
from behaviours import BEHAVIOURS
from behaviours_tape import TAPE

import autodiff_tutorial
from autodiff_tutorial import figures

CHECKS = BEHAVIOURS | TAPE


@pytest.mark.parametrize("name", CHECKS)
def test_the_package(name):
    CHECKS[name](vars(figures) | vars(autodiff_tutorial))
