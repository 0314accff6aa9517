"""Tests that run real programs: an API server, MetalLB, BGP routers. Root, Go and Debian."""
