"""A small data centre on one machine: a real API server, the real MetalLB, real BGP routers.

The lab proves what the program renders. It imports ``metallb`` and is never imported by it.
Everything it starts lives in network namespaces of its own and is written down before it
starts, so that ``python -m lab down`` leaves nothing behind even after a crash.
"""
