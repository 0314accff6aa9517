"""`check` beside MetalLB itself: both judge the same objects."""
