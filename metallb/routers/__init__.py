"""The routers' half of every session: written in a router's dialect, and read back from one."""
