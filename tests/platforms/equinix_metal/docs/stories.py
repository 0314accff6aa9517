"""What this platform's pages take for granted before a command, and what they say it shows."""

from lab.metal_api import Emulation, Seed, load_seed, running_emulation
from tests.docs.engine.killing import kill
from tests.docs.engine.reader import Reader
from tests.platforms import Stories
from tests.platforms.equinix_metal.updates.harness import small
from tests.updates.states import under_way

PACKET, RECOVERY = "getting-started-packet.md", "recovery.md"


def _in_a_cloud(reader: Reader, seed: Seed | str) -> Emulation:
    """An emulated cloud, which the reader's programs take for the real one."""
    cloud = reader.stack.enter_context(running_emulation(seed, reader.own_folder()))
    reader.set(**cloud.env)
    reader.reach_the_cluster(cloud.env.get("NO_PROXY", ""))
    return cloud


def _an_account(reader: Reader) -> None:
    """The account that the template's project id stands for."""
    demo = load_seed("demo").model_dump()
    demo["project"]["id"] = reader.template("packet")["platform"]["projectId"]
    reader.with_a_cluster("packet")
    cloud = _in_a_cloud(reader, Seed.model_validate(demo))
    (reader.copy / "token.txt").write_text(cloud.env["METAL_AUTH_TOKEN"] + "\n")
    reader.tell("unset METAL_AUTH_TOKEN")


def _killed_while_sessions_opened(reader: Reader) -> None:
    cloud = _in_a_cloud(reader, "demo")
    reader.write("prod", small())
    reader.tell("pulumi stack init prod")
    path = "/devices/{id}/bgp/sessions"
    cloud.add_fault("delay", seconds=20, method="POST", path=path, times=2)
    both = {f"bgp-sessions-worker-{number}-ipv4" for number in range(2)}

    def opening() -> bool:
        """Both are opened; all that was done before them is written down as done."""
        there = len(cloud.inventory()["sessions"]) == 2
        return there and set(under_way(reader.copy / "state")) == both

    kill(reader, opening)
    cloud.clear_faults()


def _a_reply_was_lost(reader: Reader) -> None:
    """A stack and a cloud as new, and a first update that reserves the page's block in vain."""
    reader.tell("pulumi stack rm --force --yes --preserve-config prod && pulumi stack init prod")
    cloud = _in_a_cloud(reader, "demo")
    cloud.add_fault("lost_reply", method="POST", path="/projects/{id}/ips")
    output = reader.tell("metallb up prod --yes")
    assert "was reserved as well: a reply was lost" in output, output


STORIES = Stories(
    elsewhere={"README.md": PACKET},
    whole=(PACKET,),
    before={
        (PACKET, "export METAL_AUTH_TOKEN=$(cat token.txt)"): _an_account,
        (RECOVERY, "metallb recover prod"): _killed_while_sessions_opened,
        (RECOVERY, "metallb recover prod --release"): _a_reply_was_lost,
    },
    piped={
        (PACKET, "pulumi config set --secret equinix-metal:authToken"): "a-token-of-the-tests",
    },
    shown={
        (PACKET, "make up"): (r"succeeded, \d+ created", "^The manifests are in .*/build/demo"),
        (PACKET, "make down"): (r"succeeded, \d+ deleted",),
        (PACKET, "pulumi preview"): ("routing-bgppeer-worker-0", r"\+ \d+ to create"),
        (PACKET, "pulumi up"): ("elastic-ip-default-block", r"\+ \d+ created"),
        (PACKET, "metallb snapshot ny"): ("ny.snapshot.yaml",),
        (RECOVERY, "metallb up prod"): ("succeeded",),
        (RECOVERY, "metallb recover prod --release"): ("released",),
    },
)
