import click
import pytest

from demo.__main__ import main


@pytest.mark.parametrize("name", ["users", "rate", "products", "customers", "stay"])
@pytest.mark.parametrize("number", ["0", "-1"])
def test_a_number_that_is_impossible_is_refused(name: str, number: str) -> None:
    with pytest.raises(click.BadParameter):
        main.make_context("demo", [f"--{name}", number])
