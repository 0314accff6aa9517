"""Where nodes, routers and addresses come from: one package a platform, and what they share."""
