"""The admin endpoint's client: counts, faults, and what happens behind the caller's back."""

import ssl
from pathlib import Path
from typing import Any, cast

import httpx

from lab.metal_api.app import CONTROL_HEADER
from lab.metal_api.errors import MetalApiError
from metallb.problems.problem import Problem


class AdminClient:
    """Talks to a running emulation over loopback; proxies of the environment are ignored."""

    def __init__(self, port: int, ca_file: Path, token: str) -> None:
        context = ssl.create_default_context(cafile=str(ca_file))
        self.url = f"https://127.0.0.1:{port}"
        self._http = httpx.Client(
            base_url=self.url,
            verify=context,
            headers={CONTROL_HEADER: token},
            trust_env=False,
            timeout=60,
        )

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def ready(self) -> bool:
        """Whether the emulation answers."""
        try:
            return self._http.get("/_lab/ready").status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def calls(self) -> dict[str, int]:
        """How often each call was made: `GET /ips/{id}` -> 3."""
        return cast("dict[str, int]", self._ask("GET", "calls"))

    def peaks(self) -> dict[str, int]:
        """How many of each call were under way at the same time at most, since the last reset."""
        return cast("dict[str, int]", self._ask("GET", "peaks"))

    def reset_calls(self) -> None:
        """Starts counting anew."""
        self._ask("DELETE", "calls")

    def add_fault(self, kind: str, **fields: Any) -> list[dict[str, Any]]:
        """Adds a fault rule (fields as in `faults.Fault`); answers all standing rules."""
        rules = self._ask("POST", "faults", {"kind": kind, **fields})
        return cast("list[dict[str, Any]]", rules)

    def faults(self) -> list[dict[str, Any]]:
        """The rules that are not spent yet."""
        return cast("list[dict[str, Any]]", self._ask("GET", "faults"))

    def clear_faults(self) -> None:
        """Removes all fault rules."""
        self._ask("DELETE", "faults")

    def inventory(self) -> dict[str, Any]:
        """What there is in the cloud, in short."""
        return cast("dict[str, Any]", self._ask("GET", "inventory"))

    def reset(self) -> None:
        """Starts the cloud again from its seed: no calls counted, no fault rule standing."""
        self._act("reset")

    def remove_block(self, block: str) -> None:
        """Takes a block away with all that hangs on it."""
        self._act("remove-block", block=block)

    def approve_block(self, block: str) -> str:
        """Approves a pending reservation; answers its network."""
        return str(self._act("approve-block", block=block)["network"])

    def remove_device(self, device: str) -> None:
        """Removes a device, by host name or id."""
        self._act("remove-device", device=device)

    def move_private_address(self, device: str, address: str, gateway: str) -> None:
        """Gives a device another private address."""
        self._act("move-private-address", device=device, address=address, gateway=gateway)

    def report_device(self, device: str, state: str) -> None:
        """Lets the platform report a device as `active`, `failed`, `inactive`, `reinstalling`.."""
        self._act("report-device", device=device, state=state)

    def open_session(self, device: str, family: str = "ipv4") -> str:
        """Opens a session behind the stack's back; answers its id."""
        return str(self._act("open-session", device=device, family=family)["id"])

    def close_session(self, session: str) -> None:
        """Closes a session behind the stack's back."""
        self._act("close-session", session=session)

    def report_session(self, session: str, status: str) -> None:
        """Lets the routers report a session `up` or `down`."""
        self._act("report-session", session=session, status=status)

    def _act(self, action: str, **fields: Any) -> dict[str, Any]:
        return cast("dict[str, Any]", self._ask("POST", f"act/{action}", fields))

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        try:
            answer = self._http.request(method, f"/_lab/{path}", json=body)
        except httpx.HTTPError as exc:
            raise MetalApiError(
                f"the emulation does not answer at {self.url}: {type(exc).__name__}",
                help="start it: `python -m lab.metal_api start --seed demo --state-dir DIR`",
            ) from exc
        if answer.status_code == httpx.codes.BAD_REQUEST:
            problems = [Problem.from_dict(each) for each in answer.json()["problems"]]
            raise MetalApiError.of(problems, problems[0].summary)
        answer.raise_for_status()
        return answer.json()
