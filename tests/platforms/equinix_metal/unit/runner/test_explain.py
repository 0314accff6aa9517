"""What a person reads when this platform's plugin fails."""

import pytest

from tests.unit.runner.test_explain import help_of
from tests.unit.runner.test_explain import (
    test_a_known_failure_has_a_code_and_a_help_and_keeps_the_engines_words as is_explained,
)

TOKEN = 'missing required configuration key "equinix-metal:authToken"'


@pytest.mark.parametrize(
    ("message", "code", "help"),
    [
        ("422 already has session: ipv4", "E306", "bgpSessions: {ipv4: SESSION-ID}"),
        (TOKEN, "E305", "METAL_AUTH_TOKEN"),
    ],
)
def test_a_known_failure_has_a_code_and_a_help_and_keeps_the_engines_words(message, code, help):
    is_explained(message, code, help)


def test_the_command_that_sets_the_token_names_the_file():
    assert "--stack prod --config-file /srv/Pulumi.prod.yaml" in help_of("up", TOKEN)
