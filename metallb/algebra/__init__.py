"""The values that every part of the product computes with: addresses, label selectors, durations.

Each has one reader, which takes what MetalLB takes, and one set of operations. Pure: knows no
MetalLB object, no file and no message. Texts are parsed where they enter and written where they
leave; what lies between compares values.
"""
