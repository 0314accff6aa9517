"""The provider plugin of Equinix Metal, for the emulated cloud.

Speaks Pulumi's provider protocol to the engine and HTTPS to the API, as pulumi-equinix-metal 3.2.1
does, for the resources and functions that this product's path needs. The in-process door of
`lab.metal_api` makes its calls with the same code.

It was written from the API's and the protocol's schemas and from what the published plugin answers;
`tests/metal_plugin` replays conversations that were recorded with that one, and has them with it
again where it is installed. What differs:

- It serves four resources and six functions. Any other token ends as "unrecognized", and there is
  no schema to get.
- It logs nothing to the engine.
- Where the published plugin goes on in Go's own spelling, it has words of its own: a number that is
  none in the configuration, an import without an id, the list of all blocks where none matches, the
  cause of a connection that broke (without the addresses of its ends).
- The password of a project is left out of the refusal to remove its BGP configuration.
- What makes the published plugin panic ends here as an error of one call: inputs that `Check` had
  refused, an update in place of what has to be replaced, a device without plan, facility, system or
  project.
- It names itself differently in its calls (X-Consumer-Token, no User-Agent), and takes NO_PROXY as
  not about the API.
- It ends within a second of the engine, once the calls that are under way have come to their end;
  the published one looks for its engine during five minutes.
"""

VERSION = "3.2.1"
NAME = "pulumi-resource-equinix-metal"
