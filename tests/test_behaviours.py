"""The package's functions go through the checks that the take-away cells go through."""

import pytest
from behaviours import BEHAVIOURS

import autodiff_tutorial
from autodiff_tutorial import figures


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_the_package(name):
    BEHAVIOURS[name](vars(figures) | vars(autodiff_tutorial))
