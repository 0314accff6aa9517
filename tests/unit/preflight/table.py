"""For every rule: cases in which it fires, and near misses in which it is silent."""

from tests.platforms import parts
from tests.unit.preflight import (
    table_availability,
    table_failures,
    table_foreign,
    table_keys,
    table_layer2,
    table_limits,
    table_modes,
    table_names,
    table_objects,
    table_peers,
    table_racks,
    table_routes,
    table_stacks,
    table_target,
)
from tests.unit.preflight.table_peers import Row

_OWN: dict[str, Row] = {
    **table_peers.ROWS,
    **table_modes.ROWS,
    **table_objects.ROWS,
    **table_names.ROWS,
    **table_limits.ROWS,
    **table_stacks.ROWS,
    **table_routes.ROWS,
    **table_racks.ROWS,
    **table_target.ROWS,
    **table_foreign.ROWS,
    **table_keys.ROWS,
    **table_layer2.ROWS,
    **table_failures.ROWS,
    **table_availability.ROWS,
}


def _whole() -> dict[str, Row]:
    """The cases of this table, then those of the platforms."""
    found = dict(_OWN)
    for part in parts():
        for rule, (fires, silent) in part.rule_cases().items():
            before = found.get(rule, ([], []))
            found[rule] = ([*before[0], *fires], [*before[1], *silent])
    return found


TABLE = _whole()
