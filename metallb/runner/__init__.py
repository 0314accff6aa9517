"""Runs a stack by Pulumi's Automation API: the same program, the same stack file as `pulumi up`."""
