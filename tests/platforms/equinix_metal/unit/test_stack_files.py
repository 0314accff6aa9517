"""The stack files of this platform that are shipped."""

from tests.support.paths import STACKS


def test_a_template_and_two_demonstrations_are_shipped() -> None:
    for name in ("demo", "seed", "packet"):
        assert (STACKS / f"Pulumi.{name}.yaml").exists()
