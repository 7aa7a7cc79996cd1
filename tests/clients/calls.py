"""Calls with the client that openapi-python-client made: `python calls.py FOLDER ADDRESS KEY`.
FOLDER holds the package `generated`.

Prints what came of them as JSON.
"""

import json
import sys

sys.path.insert(0, sys.argv[1])

from generated import AuthenticatedClient
from generated.api.messages import create_message, get_message, get_results, list_messages
from generated.api.terminals import get_terminal, register_terminal
from generated.models import (
    ApnsOptions,
    AudienceBody,
    ContentBody,
    MessageBody,
    MessageBodyContent,
    OptionsBody,
    Problem,
    TerminalBody,
    Vendor,
)

client = AuthenticatedClient(base_url=sys.argv[2], token=sys.argv[3], raise_on_unexpected_status=True)

terminal = register_terminal.sync(
    "py-1", client=client, body=TerminalBody(vendor=Vendor.APNS, token="0f" * 32)
)
read = get_terminal.sync("py-1", client=client)

content = MessageBodyContent()
content["en"] = ContentBody(title="Sale", body="Today only")
body = MessageBody(
    content=content,
    audience=AudienceBody(terminals=["py-1"]),
    options=OptionsBody(ttl=60, apns=ApnsOptions(sound="ding.caf")),
)
created = create_message.sync(client=client, body=body, idempotency_key="generated-python")
message = get_message.sync(created.id, client=client)
results = get_results.sync(created.id, client=client)
page = list_messages.sync(client=client, limit=1)
missing = get_message.sync("0" * 30, client=client)
assert isinstance(missing, Problem)

told = {
    "terminal": terminal.id,
    "vendor": read.vendor,
    "id": created.id,
    "warnings": len(created.warnings),
    "status": message.status,
    "sound": message.options.apns.sound,
    "targeted": results.targeted,
    "listed": [listed.id for listed in page.messages],
    "problem": missing.code,
}
sys.stdout.write(json.dumps(told))
