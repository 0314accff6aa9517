"""What is kept of the engine's events."""

import pytest
from pulumi.automation.events import EngineEvent

from metallb.runner.engine_values import SECRET, UNKNOWN
from metallb.runner.events import EventLog

PEER_TYPE = "kubernetes:metallb.io/v1beta2:BGPPeer"
PEER = "urn:pulumi:demo::metallb::kubernetes:metallb.io/v1beta2:BGPPeer::rack-a"


def state(**inputs):
    return {"type": "t", "urn": "u", "inputs": inputs, "outputs": {}}


def step(kind, op="update", kind_of=PEER_TYPE, urn=PEER, **more):
    return EngineEvent.from_json(
        {kind: {"metadata": {"op": op, "urn": urn, "type": kind_of, **more}}}
    )


def diagnostic(severity, message, **more):
    event = {"severity": severity, "message": message, "color": "raw", **more}
    return EngineEvent.from_json({"diagnosticEvent": event})


def log_of(*events):
    log = EventLog()
    for event in events:
        log.hear(event)
    return log


def difference(path, old, new, kind_of=PEER_TYPE):
    event = step(
        "resOutputsEvent",
        kind_of=kind_of,
        old=old,
        new=new,
        detailedDiff={path: {"diffKind": "update"}},
    )
    return log_of(event).resources[0].properties[0]


def test_a_change_has_its_value_before_and_after():
    change = difference(
        "spec.holdTime", state(spec={"holdTime": "3s"}), state(spec={"holdTime": "9s"})
    )
    assert (change.path, change.old, change.new) == ("spec.holdTime", "3s", "9s")


def test_an_entry_of_a_list_and_a_key_with_dots_are_found():
    labels = {"a.b/c": "old"}
    change = difference('metadata.labels["a.b/c"]', state(metadata={"labels": labels}), None)
    assert change.old == "old"
    change = difference("spec.addresses[1]", state(spec={"addresses": ["x", "y"]}), None)
    assert change.old == "y"


def test_a_value_that_only_the_update_will_know_is_unknown():
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    change = difference("spec.addresses", state(spec={"addresses": ["x"]}), state(spec=unknown))
    assert change.new == UNKNOWN


def test_a_secret_value_stays_the_engines_mask():
    change = difference("spec.password", state(spec="[secret]"), state(spec="[secret]"))
    assert (change.old, change.new) == (SECRET, SECRET)


@pytest.mark.parametrize("path", ["data.password", "stringData", 'data["password"]'])
def test_the_data_of_a_kubernetes_secret_is_always_masked(path):
    clear = state(data={"password": "aHVudGVyMg=="}, stringData={"password": "hunter2"})
    change = difference(path, clear, clear, kind_of="kubernetes:core/v1:Secret")
    assert (change.old, change.new) == (SECRET, SECRET)


def test_what_is_left_alone_is_no_change():
    assert log_of(step("resOutputsEvent", op="same")).resources == ()


def test_a_replacement_is_one_change():
    log = log_of(
        step("resourcePreEvent", op="create-replacement"),
        step("resourcePreEvent", op="replace"),
        step("resOutputsEvent", op="delete-replaced"),
    )
    assert [change.kind for change in log.resources] == ["replace"]


def test_a_default_provider_is_no_change():
    urn = "urn:pulumi:demo::metallb::pulumi:providers:kubernetes::default_4_34_2"
    log = log_of(
        step("resOutputsEvent", op="create", kind_of="pulumi:providers:kubernetes", urn=urn)
    )
    assert log.resources == ()


def test_a_failed_step_is_marked():
    log = log_of(step("resourcePreEvent", op="create"), step("resOpFailedEvent", op="create"))
    assert log.resources[0].failed


def test_warnings_and_errors_are_kept_once_without_colours():
    message = diagnostic("warning", "<{%fg 3%}>mind the gap<{%reset%}>\n")
    log = log_of(message, message, diagnostic("debug", "noise"), diagnostic("info", "chatter"))
    assert [(each.severity, each.message) for each in log.diagnostics] == [
        ("warning", "mind the gap")
    ]


def test_steps_are_reported_as_they_happen():
    steps = []
    log = EventLog(lambda *step: steps.append(step))
    log.hear(step("resourcePreEvent", op="create"))
    log.hear(step("resOutputsEvent", op="create"))
    assert [(phase, kind, name) for phase, kind, _, name in steps] == [
        ("begun", "create", "rack-a"),
        ("done", "create", "rack-a"),
    ]


def test_the_error_that_ended_the_program_is_there_once_and_its_echo_not_at_all():
    found = log_of(
        diagnostic("error", "metallb:bgp.holdTime: it is too short; remedy: 3s"),
        diagnostic("error", "an unhandled error occurred: metallb:bgp.holdTime: it is too short; "
             "remedy: 3s"),
        diagnostic("error", "Resource monitor has terminated, shutting down"),
    )  # fmt: skip
    assert [one.message for one in found.diagnostics] == [
        "metallb:bgp.holdTime: it is too short; remedy: 3s"
    ]


OTHER = f"{PEER}-b"


def test_a_change_that_was_begun_and_has_not_ended_is_open():
    log = log_of(
        step("resourcePreEvent"),
        step("resourcePreEvent", urn=OTHER, op="create"),
        step("resOutputsEvent"),
    )
    assert [(each.kind, each.name) for each in log.open] == [("create", "rack-a-b")]
    assert log.changes == {}
    assert log.counted == {"update": 1}
    log.hear(step("resOpFailedEvent", urn=OTHER, op="create"))
    assert log.open == ()
    assert log.counted == {"update": 1}


def test_what_a_provider_waits_for_is_passed_on_and_is_no_warning():
    heard = []
    log = EventLog(lambda *step: heard.append(step))
    log.hear(diagnostic("info", "[1/2] not begun", urn=PEER, ephemeral=True))
    log.hear(step("resourcePreEvent"))
    log.hear(diagnostic("info#err", "\x1b[1m[1/2] Waiting\n  for it", urn=PEER, ephemeral=True))
    assert heard[1:] == [("waits", "[1/2] Waiting for it", PEER_TYPE, "rack-a")]
    assert log.diagnostics == ()


def test_a_note_of_the_program_is_passed_on_and_one_of_a_resource_is_not():
    heard = []
    log = EventLog(lambda *step: heard.append(step))
    log.hear(diagnostic("info", "<{%reset%}>wave 1 of 2: rack-a\n"))
    log.hear(diagnostic("info", "created", urn=PEER))
    assert heard == [("notes", "wave 1 of 2: rack-a", "", "")]
    assert log.diagnostics == ()


def created(token, **inputs):
    new = {"type": "t", "urn": "u", "inputs": inputs}
    event = step("resourcePreEvent", op="create", kind_of=token, new=new)
    return log_of(event).resources[0].values


def test_what_is_created_has_its_values_and_no_secret_among_them():
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
    values = created(PEER_TYPE, kind="BGPPeer", spec={"myASN": 65000, "password": secret}, __x="y")
    assert values == {"kind": "BGPPeer", "spec": {"myASN": 65000, "password": SECRET}}
    values = created("kubernetes:core/v1:Secret", kind="Secret", stringData={"password": "Sesame0"})
    assert values == {"kind": "Secret", "stringData": SECRET}
    assert created("pulumi:providers:kubernetes", kubeconfig="users: [{token: Sesame0}]") == {}


def test_what_changes_has_its_differences_alone():
    new = state(spec={"holdTime": "9s"})
    (change,) = log_of(step("resourcePreEvent", new=new, old=new)).resources
    assert change.values == {}


def test_the_wave_that_began_last_is_known():
    notes = ("wave 1 of 2: BGPPeer a; then BGPPeer b", "waiting for sessions: 1 of 2", "wave: none")
    log = log_of(*(diagnostic("info", note) for note in notes))
    assert log.wave == notes[0]
