"""`make engine`: the Pulumi CLI and the Kubernetes provider, built from Go modules."""
