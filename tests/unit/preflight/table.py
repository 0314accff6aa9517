"""For every rule: cases in which it fires, and near misses in which it is silent."""

from tests.unit.preflight import (
    table_foreign,
    table_metal,
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

TABLE: dict[str, Row] = {
    **table_peers.ROWS,
    **table_modes.ROWS,
    **table_objects.ROWS,
    **table_names.ROWS,
    **table_metal.ROWS,
    **table_stacks.ROWS,
    **table_routes.ROWS,
    **table_racks.ROWS,
    **table_target.ROWS,
    **table_foreign.ROWS,
}
