"""The program without engine, cluster or account: one YAML file an object, stable bytes."""

from metallb.render.comparing import folder_differences
from metallb.render.run import Rendered, RenderResult, render, rendered

__all__ = ["RenderResult", "Rendered", "folder_differences", "render", "rendered"]
