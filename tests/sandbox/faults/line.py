"""A signed-in client of a sandbox on a real port: it sees what a socket brings."""

from dataclasses import replace

import httpx

from reconciler.sandbox.scenes import COAST
from reconciler.sandbox.serve import ThreadedServer

REALM = "/realms/public/protocol/openid-connect"
EXECUTION = "/v2/processing/processes/pansharpening/execution"
JOBS = "/v2/processing/jobs"
SEARCH = "/v2/assets/stac/search"
COLLECTIONS = "/v2/assets/stac/collections"
INPUTS = {"inputs": {"title": "A title", "item": COAST.path}}


class Line:
    """A signed-in client of a served sandbox.

    Attributes:
        slept: the seconds for which the sandbox has held answers back.
    """

    def __init__(self, settings, clock):
        self.clock = clock
        self.slept = []
        self.server = ThreadedServer(replace(settings, sleep=self._sleep))

    async def _sleep(self, seconds):
        self.slept.append(seconds)

    def __enter__(self):
        self.server.__enter__()
        self.sandbox = self.server.app.state.sandbox
        self.settings = self.sandbox.settings
        self.http = httpx.Client(base_url=self.server.base_url, timeout=60)  # busy machines are slow
        self.sign_in()
        return self

    def __exit__(self, *facts):
        self.http.close()
        self.server.__exit__(*facts)

    def sign_in(self):
        form = {"grant_type": "password", "username": self.settings.username, "password": self.settings.password}
        token = self.http.post(f"{REALM}/token", data=form).json()
        self.http.headers["Authorization"] = f"Bearer {token['access_token']}"
        return token

    def fault(self, kind, **rule):
        """Add a rule through the control endpoint; `_` in names stands for `-`."""
        document = {"fault": kind, **{name.replace("_", "-"): value for name, value in rule.items()}}
        answer = self.http.post("/sandbox/faults", json=document)
        assert answer.status_code == 201, answer.text

    def execute(self, **inputs):
        return self.http.post(EXECUTION, json={"inputs": {**INPUTS["inputs"], **inputs}})

    def job(self, job_id):
        return self.http.get(f"{JOBS}/{job_id}").json()

    def jobs(self, **query):
        return self.http.get(JOBS, params=query).json()

    def ended(self, **inputs):
        """A job after the time that one takes."""
        job_id = self.execute(**inputs).json()["jobID"]
        self.clock.pass_(41)
        return self.job(job_id)

    def results(self, job):
        body = {"filter": {"op": "=", "args": [{"property": "job_id"}, job["jobID"]]}}
        return self.http.post(SEARCH, json=body).json()["features"]

    def signed_url(self):
        """A link to some bytes, and what they are."""
        item = self.http.get(COAST.path).json()
        href = item["assets"]["pan.tiff"]["href"]
        content = self.http.get(href).content
        return self.http.post(f"{href}/download-url").json()["url"], content

    def balance(self):
        return self.http.get("/v2/payments/balances").json()["available"]["amount"]
