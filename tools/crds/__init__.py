"""Makes metallb/routing/crds.json: MetalLB's CRDs, from the models of its objects."""
