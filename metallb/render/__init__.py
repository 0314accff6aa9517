"""The program without engine, cluster or account: one YAML file an object, stable bytes."""

from metallb.render.run import RenderResult, render

__all__ = ["RenderResult", "render"]
