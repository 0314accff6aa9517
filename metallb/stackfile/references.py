"""Names in the stack file that refer to other parts of it, and lists that must not repeat.

Only what needs the file alone and would leave the program without a meaning; whether the meaning is
wise is a matter of `metallb.preflight`.
"""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from metallb.problems.escape import quoted
from metallb.problems.problem import Location, Problem
from metallb.stackfile.form_codes import MISSING, TWICE, UNDEFINED, problem_of_form
from metallb.stackfile.stack import StackConfig

__all__ = ["reference_problems", "repeated"]


def reference_problems(stack: StackConfig) -> tuple[Problem, ...]:
    """Every reference that leads nowhere and every name given twice, in the order of the file."""
    return tuple(stack.platform.reference_problems(stack)) + tuple(_of_pools(stack))


def _of_pools(stack: StackConfig) -> Iterator[Problem]:
    blocks = stack.platform.planned_blocks
    users: dict[str, str] = {}
    for name, pool in stack.address_pools.items():
        at: Location = ("metallb:addressPools", name)
        if not pool.of_platform and not pool.addresses:
            own = stack.platform.has_blocks
            key = stack.platform.blocks_key
            yield problem_of_form(
                f"pool {name} has no addresses",
                at,
                code=MISSING,
                help="add `addresses: [BLOCK]`"
                + (f", or `{key}: [NAME]` with a name of {stack.platform.blocks_place}" * own),
            )
        if pool.renamed_from in stack.address_pools:
            yield problem_of_form(
                f"pool {quoted(pool.renamed_from)}, which {name} is renamed from, is still in the"
                " file",
                (*at, "renamedFrom"),
                help="remove the old pool, or renamedFrom",
            )
        for index, block in enumerate(pool.of_platform):
            here = (*at, pool.platform_key, index)
            if block not in blocks:
                known = ", ".join(sorted(blocks))
                define = stack.platform.block_help.format(block=block)
                define += f", or use one of: {known}" if known else ""
                if not stack.platform.has_blocks:
                    key = pool.platform_key
                    define = f"write `addresses` in place of {key}: this platform has no blocks"
                elif near := get_close_matches(block, blocks, n=1):
                    define = f"did you mean '{near[0]}'? Otherwise define {block} there"
                yield problem_of_form(
                    f"{quoted(block)} is not a block of {stack.platform.blocks_place}",
                    here,
                    code=UNDEFINED,
                    help=define,
                )
            elif block in users:
                again = "twice" if users[block] == name else f"in pool {users[block]} as well"
                yield problem_of_form(
                    f"block {quoted(block)} is {again}",
                    here,
                    code=TWICE,
                    detail="A block serves one pool.",
                    help="remove it from one of the two places",
                )
            else:
                users[block] = name


def repeated(values: Iterable[str | None], at: Location, *below: str) -> Iterator[Problem]:
    """Entries of a list that are there already.

    :param below: the key of an entry that has the value.
    """
    first: dict[str, int] = {}
    for index, value in enumerate(values):
        if value is None:
            continue
        if value in first:
            yield problem_of_form(
                f"{quoted(value)} is in the list twice: entry [{first[value]}] has it already",
                (*at, index, *below),
                code=TWICE,
                help="remove one of the two, or correct it",
            )
        else:
            first[value] = index
