"""The TypeScript client is compiled strictly, and its tests and the README's examples run against a
running Pushgate.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks import Webhook
from tests.support import generators
from tests.support.client_apps import make_app, operate
from tests.support.console.browser import find, open_browser
from tests.support.generators import MODULES, NODE, TYPESCRIPT
from tests.support.system import System
from tests.support.web.site import Site, serving

from clients.generator.api_document import document
from pushgate.webhooks.body import body_of_test
from pushgate.webhooks.signatures import new_secret
from pushgate_client import calls

pytestmark = pytest.mark.skipif(not generators.find_node_tools(), reason="npm is not installed")
EXAMPLES = re.findall(
    r"^```ts\n(.*?)^```", (TYPESCRIPT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
)
RECEIVE = """
import { receive } from "./examples/5.js";
const [body, headers, secret] = JSON.parse(process.argv[2]);
const bytes = new TextEncoder().encode(body);
console.log(await receive(bytes, headers, secret), await receive(bytes.slice(1), headers, secret));
"""

IN_BROWSER = """async ([url, token]) => {
  const { Pushgate } = await import("/web/index.js");
  const pushgate = new Pushgate({ url, key: "" });
  const body = { vendor: "fcm", token: "x".repeat(40) };
  const { id, device_secret: secret } = await pushgate.devices.register("browser-1", body, { token });
  const { language } = await pushgate.devices.change(id, { language: "de" }, { secret });
  const error = await pushgate.devices.change("browser-2", { language: "de" }, { secret }).catch((e) => e);
  return [id, language, error.name, error.code];
}"""


def run(*command: str | Path, cwd: Path, environment: Mapping[str, str] | None = None) -> str:
    """Run a command; returns its output."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        timeout=180,
        check=False,
    )
    output = done.stdout.decode()
    assert done.returncode == 0, output + done.stderr.decode()
    return output


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package, and in `build` its tests and the examples."""
    folder = tmp_path_factory.mktemp("typescript")
    run(NODE / "tsc", "--project", TYPESCRIPT, "--outDir", folder / "dist", cwd=folder)
    for name in ("package.json", "tsconfig.json"):
        shutil.copy(TYPESCRIPT / name, folder)
    shutil.copytree(TYPESCRIPT / "tests", folder / "tests")
    (folder / "node_modules").symlink_to(MODULES)
    (folder / "examples").mkdir()
    for number, example in enumerate(EXAMPLES):
        (folder / "examples" / f"{number}.ts").write_text(example, "utf-8")
    run(NODE / "tsc", "--project", folder / "tests", cwd=folder)
    return folder


@pytest.fixture(scope="module")
def environment(running_system: System) -> Mapping[str, str]:
    """The address of an app of its own, and a key with all of its scopes."""
    key = make_app(running_system, "typescript", ["apns"])
    return {"PUSHGATE_URL": str(running_system.api.base_url), "PUSHGATE_KEY": key}


def test_the_tests_of_the_client_pass(built: Path, environment: Mapping[str, str]) -> None:
    described = built / "openapi.json"
    described.write_text(json.dumps(document()), "utf-8")
    more = {"OPENAPI_DOCUMENT": str(described), "NOTHING_DONE": json.dumps(sorted(calls.NOTHING_DONE))}
    output = run(
        "node",
        "--test",
        "--test-reporter=spec",
        "--test-concurrency=2",
        *sorted((built / "build" / "tests").glob("*.test.js")),
        cwd=built,
        environment={**environment, **more},
    )
    passed = re.search(r"^ℹ pass (\d+)$", output, re.MULTILINE)
    assert passed
    assert int(passed[1]) > 100


def test_the_examples_of_the_readme_run(built: Path, environment: Mapping[str, str]) -> None:
    assert len(EXAMPLES) == 6
    run(
        "node",
        "--eval",
        "import('pushgate-client').then((m) => new m.Pushgate().events.poll())",
        cwd=built,
        environment=environment,
    )  # events are written from the first call on
    modules = [built / "build" / "examples" / f"{number}.js" for number in range(5)]
    printed = "".join(run("node", module, cwd=built, environment=environment) for module in modules)
    for expected in (
        "terminals",
        "1 created, 0 failed",
        "ann-phone apns",
        "terminal.registered",
        "go on after",
    ):
        assert expected in printed
    assert "try again later" not in printed


def test_the_receiver_of_webhooks_of_the_readme_takes_what_pushgate_signs(built: Path) -> None:
    secret, at = new_secret(), datetime.now(UTC)
    body = body_of_test("shop", "wh_1", at).decode()
    headers = {
        "webhook-id": "d1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("d1", at, body),
    }
    (built / "build" / "receive.js").write_text(RECEIVE, "utf-8")
    told = run("node", built / "build" / "receive.js", json.dumps([body, headers, secret]), cwd=built)
    assert told.splitlines()[-1] == "204 400"


@pytest.mark.skipif(not find(), reason="chromium is not installed")
async def test_the_client_runs_in_a_browser(built: Path, running_system: System) -> None:
    with serving(Site(lambda: "", library=built / "dist")) as site:
        make_app(running_system, "browser", ["fcm"], allowed_origins=[site.url], allow_anonymous=True)
        public_id = operate(running_system, "GET", "/v1/apps/browser")["settings"]["public_id"]
        async with open_browser() as browser:
            page = await browser.new_page()
            await page.goto(f"{site.url}/web/index.js")
            gateway = str(running_system.api.base_url)
            told = await page.evaluate(IN_BROWSER, [gateway, public_id])
    assert told == ["browser-1", "de", "Unauthorized", "device_unauthorized"]


def test_the_package_has_no_dependencies_and_one_version() -> None:
    package = json.loads((TYPESCRIPT / "package.json").read_text("utf-8"))
    assert "dependencies" not in package
    assert f'VERSION = "{package["version"]}"' in (TYPESCRIPT / "src" / "version.ts").read_text("utf-8")
