"""From what people have today (ConfigMap, custom resources, Lokomotive) to a stack file."""
