"""The documentation's own tools: the stack file's reference, links, the site's menu."""
