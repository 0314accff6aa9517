"""An emulation of the Equinix Metal API for tests, demonstrations and recordings.

Two doors onto one cloud: HTTPS for the published provider plugin (`serve`, `proxy`, `app`), and
`MetalMocks` for programs that run without the Pulumi engine. Not an account of everything the
service could do: the calls that this product's path needs, exactly as its clients decode them.
"""

from lab.metal_api.backend import open_backend
from lab.metal_api.emulation import Emulation, running_emulation
from lab.metal_api.errors import MetalApiError
from lab.metal_api.inventory import Seed
from lab.metal_api.mocks import MetalMocks, open_mocks
from lab.metal_api.seed import fleet, load_seed

__all__ = [
    "Emulation",
    "MetalApiError",
    "MetalMocks",
    "Seed",
    "fleet",
    "load_seed",
    "open_backend",
    "open_mocks",
    "running_emulation",
]
