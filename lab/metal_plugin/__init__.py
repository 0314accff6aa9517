"""The provider plugin of Equinix Metal, for the emulated cloud.

Speaks Pulumi's provider protocol to the engine and HTTPS to the API, as pulumi-equinix-metal 3.2.1
does, for the resources and functions that this product's path needs. The in-process door of
`lab.metal_api` makes its calls with the same code.

Source: the schemas of API and protocol, and the answers of the published plugin.
`tests/platforms/equinix_metal/metal_plugin` replays exchanges that were recorded with it, and
compares the two call by call where it is installed. The differences:

- Four resources and six functions are served. Another token ends as unrecognized, and GetSchema is
  not implemented.
- Nothing is logged to the engine.
- Four messages end differently, where the published plugin prints Go values and Go errors: a
  configuration value that is no number, an import without an id, the list of all blocks when none
  matches, and the cause of a broken connection (without the addresses of its ends).
- The refusal to remove a project's BGP configuration leaves the password out.
- What makes the published plugin panic is an error of one call: inputs that Check refused, an
  update in place of a replacement, a device without plan, facility, operating system or project.
- X-Consumer-Token has another value, there is no User-Agent, and NO_PROXY is ignored.
- The process ends within a second of the engine, after the calls in flight; the published one
  needs up to five minutes to notice.
"""

VERSION = "3.2.1"
NAME = "pulumi-resource-equinix-metal"
