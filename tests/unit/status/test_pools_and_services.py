"""Pools and the Services that wait for an address, as status tells them."""

import pytest

from metallb.status.text import text
from tests.unit.status.older import older


def service(name, *addresses, cls=None):
    ingress = [{"ip": address} for address in addresses]
    spec = {"type": "LoadBalancer", **({"loadBalancerClass": cls} if cls else {})}
    return {
        "metadata": {"name": name, "namespace": "shop"},
        "spec": spec,
        "status": {"loadBalancer": {"ingress": ingress}},
    }


def test_a_full_pool_is_reported_as_full(cluster):
    counters = cluster.replies[cluster.pools][0]["status"]
    counters.update(assignedIPv4=16, availableIPv4=0)
    (pool,) = cluster.status().pools
    assert (pool.used, pool.free, pool.full) == (16, 0, True)


def test_a_pool_without_counters_is_counted_by_the_services_addresses(cluster):
    del cluster.replies[cluster.pools][0]["status"]
    cluster.replies["/api/v1/services"] = [
        service("a", "203.0.113.128"),
        service("b", "203.0.113.128"),
        service("c", "203.0.113.129"),
        service("other", "198.51.100.1"),
    ]
    (pool,) = cluster.status().pools
    assert (pool.used, pool.free) == (2, 14)


def no_counters(cluster, *blocks, **spec):
    """A pool of a release that keeps no counters."""
    cluster.replies[cluster.pools][0] = {
        "metadata": {"name": "default"},
        "spec": {"addresses": list(blocks), **spec},
    }


def counters(cluster, *blocks, ipv4, ipv6):
    """A pool with what the controller counted: assigned and available."""
    no_counters(cluster, *blocks)
    cluster.replies[cluster.pools][0]["status"] = {
        "assignedIPv4": ipv4[0],
        "availableIPv4": ipv4[1],
        "assignedIPv6": ipv6[0],
        "availableIPv6": ipv6[1],
    }


def test_a_family_that_is_used_up_makes_a_pool_full_however_much_the_other_has(cluster):
    counters(cluster, "203.0.113.0/30", "2001:db8::/64", ipv4=(4, 0), ipv6=(3, 9223372036854775804))
    (pool,) = cluster.status().pools
    assert (pool.ipv4.used, pool.ipv4.free, pool.ipv4.full) == (4, 0, True)
    assert (pool.ipv6.used, pool.ipv6.full) == (3, False)
    assert (pool.used, pool.full) == (7, True)
    output = text(cluster.status())
    assert "pool default: IPv4 4 used, 0 free, FULL; IPv6 3 used, 2^52 or more free\n" in output


@pytest.mark.parametrize("keeps_counters", [True, False])
def test_no_number_in_the_document_is_larger_than_every_reader_keeps(cluster, keeps_counters):
    blocks = ("203.0.113.0/30", "2001:db8::/64")
    if keeps_counters:
        counters(cluster, *blocks, ipv4=(0, 4), ipv6=(1, 9223372036854775806))
    else:
        no_counters(cluster, *blocks)
    (pool,) = cluster.status().pools
    assert pool.ipv4.free == 4
    assert pool.free == pool.ipv6.free == 9007199254740991


def test_a_family_that_a_pool_does_not_have_is_not_full(cluster):
    counters(cluster, "203.0.113.0/30", ipv4=(1, 3), ipv6=(0, 0))
    (pool,) = cluster.status().pools
    assert (pool.full, pool.ipv6) == (False, None)
    no_counters(cluster, "2001:db8::/126")
    (pool,) = cluster.status().pools
    assert (pool.free, pool.ipv4, pool.ipv6.free) == (4, None, 4)


def test_a_counter_that_ran_over_is_not_believed(cluster):
    blocks = ("2001:db8::/64", "2001:db8:1::/120")
    counters(cluster, *blocks, ipv4=(0, 0), ipv6=(1, -9223372036854775553))
    cluster.replies["/api/v1/services"] = [service("a", "2001:db8::1")]
    (pool,) = cluster.status().pools
    assert (pool.ipv6.used, pool.full) == (1, False)


def test_addresses_that_a_pool_avoids_are_not_free(cluster):
    no_counters(cluster, "203.0.113.0/24", avoidBuggyIPs=True)
    taken = [f"203.0.113.{number}" for number in range(1, 255)]
    cluster.replies["/api/v1/services"] = [service(each, each) for each in taken[1:]]
    (pool,) = cluster.status().pools
    assert (pool.used, pool.free, pool.full) == (253, 1, False)
    # One from before the pool avoided it takes nothing away.
    cluster.replies["/api/v1/services"].append(service("old", "203.0.113.0"))
    (pool,) = cluster.status().pools
    assert (pool.used, pool.free) == (254, 1)
    cluster.replies["/api/v1/services"].append(service("last", taken[0]))
    (pool,) = cluster.status().pools
    assert (pool.free, pool.full) == (0, True)


@pytest.mark.parametrize("block", ["10.0.0.1-fc00::1", "10.0.0.0/33", "10.0.0.9-10.0.0.1", "x"])
def test_a_live_block_that_is_none_counts_for_nothing(cluster, block):
    no_counters(cluster, block, "203.0.113.128/28")
    (pool,) = cluster.status().pools
    assert (pool.used, pool.free) == (0, 16)


def event(message, time, **more):
    about = {"kind": "Service", "name": "web", "namespace": "shop"}
    return {"involvedObject": about, "message": message, "lastTimestamp": time, **more}


@pytest.mark.parametrize(
    "source",
    [
        {"source": {"component": "metallb-controller"}},
        {"source": {}, "reportingComponent": "metallb-speaker"},
    ],
)
def test_what_others_say_about_a_pending_service_hides_nothing_of_metallb(cluster, source):
    cluster.replies["/api/v1/services"] = [service("web")]
    cluster.replies["/api/v1/events"] = [
        event("no available IPs", "2026-01", **source),
        event("Applied manifest v42", "2026-02", source={"component": "argocd"}),
        event("from nowhere", "2026-03"),
        {"regarding": {}},
    ]
    (pending,) = cluster.status().pending
    assert pending.why == "no available IPs"
    cluster.replies["/api/v1/events"].pop(0)
    (pending,) = cluster.status().pending
    assert pending.why == "from nowhere"
    cluster.replies["/api/v1/events"].pop(1)
    (pending,) = cluster.status().pending
    assert "no event" in pending.why


def test_a_pending_service_is_reported_with_metallbs_last_event(cluster):
    cluster.replies["/api/v1/services"] = [service("web")]
    about = {"kind": "Service", "name": "web", "namespace": "shop"}
    cluster.replies["/api/v1/events"] = [
        {"involvedObject": about, "message": "no more\naddresses", "lastTimestamp": "2026-02"},
        {"involvedObject": about, "message": "older", "lastTimestamp": "2026-01"},
        {
            "involvedObject": {**about, "namespace": "x"},
            "message": "no",
            "lastTimestamp": "2026-03",
        },
    ]
    (pending,) = cluster.status().pending
    assert (pending.namespace, pending.name, pending.why) == ("shop", "web", "no more addresses")


def test_a_service_of_another_load_balancer_class_is_not_ours(cluster):
    cluster.replies["/api/v1/services"] = [service("theirs", cls="example.com/other")]
    assert cluster.status().pending == ()


def test_0_12_too_avoids_addresses(cluster):
    (pool,) = older(cluster, "3s", pool="addresses: [203.0.113.0/28], avoid-buggy-ips: true").pools
    assert (pool.free, pool.ipv4.free) == (15, 15)
