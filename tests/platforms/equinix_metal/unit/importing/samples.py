"""What people have at this platform."""

LOKOMOTIVE = """\
cluster "equinixmetal" {
  cluster_name = "demo"
  project_id   = "6d1b8a3e-5c0f-4f0e-9b7a-2f6f6f0c1a10"
  facility     = "ny5"
  worker_pool "ingress" {
    count = 2
  }
  worker_pool "storage" {
    count       = 3
    disable_bgp = true
  }
}

# The load balancer.
component "metallb" {
  address_pools = {
    default           = ["147.63.8.20/32"]
    special_addresses = ["147.85.40.46/32", "147.85.41.46/32"]
  }
  controller_node_selectors = {
    "kubernetes.io/hostname" = "worker3"
  }
  speaker_node_selectors = {
    "ingress_node"                 = "true"
    "node-role.kubernetes.io/node" = ""
  }
  controller_toleration {
    key                = "speaker_key1"
    operator           = "Equal"
    value              = "value1"
    effect             = "NoExecute"
    toleration_seconds = "1"
  }
  speaker_toleration {
    key      = "speaker_key2"
    operator = "Exists"
    effect   = "NoSchedule"
  }
  service_monitor = true
}
"""
