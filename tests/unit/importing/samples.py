"""Configurations that people have: MetalLB's own formats, and Lokomotive's."""

CONFIGMAP = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: config, namespace: metallb-system}
data:
  config: |
    peers:
    - my-asn: 65000
      peer-asn: 65530
      peer-address: 10.64.43.10
      source-address: 10.64.43.11
      hold-time: 3s
      peer-port: 0
      router-id: ""
      node-selectors:
      - match-labels: {kubernetes.io/hostname: worker-0}
    - my-asn: 65000
      peer-asn: 65531
      peer-address: 10.64.54.2
      hold-time: 9s
      password: Hidden12345
      node-selectors:
      - match-labels:
          rack: 7
      - match-expressions:
        - {key: rack, operator: In, values: [b, c]}
    bgp-communities:
      vpn: 1234:1
    address-pools:
    - name: default
      protocol: bgp
      addresses:
      - 147.75.40.46/32
    - name: ns/svc
      protocol: bgp
      auto-assign: false
      avoid-buggy-ips: true
      addresses: [198.51.100.10-198.51.100.20]
      bgp-advertisements:
      - localpref: 100
        communities: [vpn]
      - aggregation-length: 30
"""

RESOURCES = """\
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: tor1, namespace: metallb-system}
spec:
  myASN: 64500
  peerASN: 64501
  peerAddress: 10.0.0.1
  holdTime: 1m30s
  nodeSelectors: [{matchLabels: {rack: a}}, {matchLabels: {rack: b}}]
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: tor2, namespace: metallb-system}
spec: {myASN: 64500, peerASN: 64501, peerAddress: 10.0.0.2, passwordSecret: {name: pw}}
---
apiVersion: v1
kind: List
items:
- apiVersion: metallb.io/v1beta1
  kind: IPAddressPool
  metadata: {name: Big, namespace: metallb-system, labels: {tier: public}}
  spec: {addresses: [203.0.113.0/25], serviceAllocation: {priority: 5, namespaces: [web]}}
- apiVersion: metallb.io/v1beta1
  kind: IPAddressPool
  metadata: {name: dark, namespace: metallb-system}
  spec: {addresses: [198.51.100.0/28], autoAssign: false}
- apiVersion: metallb.io/v1beta1
  kind: BGPAdvertisement
  metadata: {name: adv, namespace: metallb-system}
  spec:
    ipAddressPoolSelectors: [{matchLabels: {tier: public}}]
    peers: [tor1]
    communities: [no-export]
    nodeSelectors: [{matchLabels: {rack: a}}]
- apiVersion: metallb.io/v1beta1
  kind: Community
  metadata: {name: known, namespace: metallb-system}
  spec: {communities: [{name: no-export, value: "65535:65281"}]}
- apiVersion: v1
  kind: Secret
  type: kubernetes.io/basic-auth
  metadata: {name: pw, namespace: metallb-system}
  data: {password: SGlkZGVuMTIzNDU=}
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: something-else}
"""
