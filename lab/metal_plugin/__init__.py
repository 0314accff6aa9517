"""The provider plugin of Equinix Metal, for the emulated cloud.

Speaks Pulumi's provider protocol to the engine and HTTPS to the API, as pulumi-equinix-metal 3.2.1
does, for the resources and functions that this product's path needs. The in-process door of
`lab.metal_api` makes its calls with the same code.
"""

VERSION = "3.2.1"
NAME = "pulumi-resource-equinix-metal"
