"""Every Kubernetes object of a stack, in the order in which a cluster gets them. Pure."""
