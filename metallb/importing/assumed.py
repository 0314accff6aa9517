"""Which release and BGP mode a configuration was made for, where neither is given."""

from collections.abc import Iterable
from dataclasses import dataclass

from metallb.importing.formats import FileFormat
from metallb.importing.reading import Reading
from metallb.problems.problem import spelled
from metallb.releases import BUILTIN_RELEASES, BgpMode, ConfigFormat, Release
from metallb.routing.choosing import chosen_pools
from metallb.routing.modes import MODE_SINCE, Held, Use, uses

__all__ = ["AssumedMode", "assumed_mode", "assumed_release", "fits", "release_note"]


@dataclass(frozen=True)
class AssumedMode:
    """A BGP mode.

    :ivar reason: why it is this one.
    """

    mode: BgpMode
    reason: str

    def note(self) -> str:
        """The line that a person reads."""
        return f"BGP mode {self.mode}: {self.reason}; --mode chooses another"


def fits(release: Release, form: FileFormat) -> bool:
    """Whether a release reads a format."""
    return (release.format is ConfigFormat.CONFIGMAP) is (form is FileFormat.CONFIGMAP)


def assumed_release(reading: Reading) -> Release:
    """The release that the files name, or the newest one that reads their format."""
    form = reading.format
    if reading.release is not None and fits(reading.release[0], form):
        return reading.release[0]
    return max(release for release in BUILTIN_RELEASES if fits(release, form))


def release_note(reading: Reading) -> tuple[str, ...]:
    """The line that a person reads of a release that the files name; none where they do not."""
    if reading.release is None:
        return ()
    release, setting = reading.release
    if not fits(release, reading.format):
        return (f"MetalLB {release} of {setting} reads another format than this one",)
    return (f"MetalLB {release}: set by {setting}; --release chooses another",)


def assumed_mode(reading: Reading, release: Release) -> AssumedMode:
    """The mode that the file itself sets, or the first one that has everything, or most."""
    if reading.backend is not None:
        mode, setting = reading.backend
        return AssumedMode(mode, f"set by {setting}")
    routing = reading.routing
    held = Held(
        routing,
        chosen_pools(routing.advertisements, routing.pools, reading.foreign.pool_labels),
        extras=bool(reading.foreign.extras),
        frr_configuration=spelled(reading.foreign.frr_configuration),
    )
    found = tuple(uses(held))
    known = [mode for mode, since in MODE_SINCE.items() if since <= release]
    lacking = {mode: [use for use in found if mode not in use.modes] for mode in known}
    # `min` takes the first of equals: native before frr-k8s before frr.
    mode = min(known, key=lambda each: len(lacking[each]))
    if lacking[mode]:
        return AssumedMode(mode, _of_none(found, mode, lacking[mode]))
    earlier = known[: known.index(mode)]
    if not earlier:
        return AssumedMode(mode, "nothing in the file needs FRR")
    reasons = dict.fromkeys(_words(lacking[each][0]) for each in earlier)
    return AssumedMode(mode, f"needed for {' and '.join(reasons)}")


def _of_none(found: Iterable[Use], mode: BgpMode, lacking: list[Use]) -> str:
    others = [use for use in found if mode in use.modes]
    needs = f"{_words(others[0])} needs it, and " if others else ""
    return f"no mode of this release has everything: {needs}it lacks {_words(lacking[0])}"


def _words(use: Use) -> str:
    if use.item is None or not use.field:
        return use.words
    return f"{use.words} of {use.item.kind} {use.item.name}"
