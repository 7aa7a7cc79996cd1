"""The clients that bench.sender compares; each runs in its own process.

`python -m bench.clients NAME URL SHAPE COUNT [CA_FILE]` prints a line of JSON: number of
responses 200, seconds, and seconds of CPU.
"""

import asyncio
import json
import resource
import ssl
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import uvloop

from bench.options import parser
from pushgate.http2.burst_template import BurstTemplate, Item, RequestItem
from pushgate.http2.client import Client
from pushgate.http2.timeouts import Timeouts

BEARER = "Bearer " + "a" * 293
HEADERS = {"authorization": BEARER, "content-type": "application/json"}
PATH = "/v1/projects/bench/messages:send"
CONNECTIONS, STREAMS = 5, 100
MAX_IN_FLIGHT = CONNECTIONS * STREAMS
_BODY = b"x" * 250


def request(shape: str, number: int) -> tuple[str, bytes]:
    """Path and body of 250 bytes. Requests to FCM differ in the body, those to APNs in the path."""
    if shape == "apns":
        return f"/3/device/{number % 1000:064d}", _BODY
    return PATH, b"%050d" % number + _BODY[:200]


async def _send_concurrently(count: int, send_one: Callable[[int], Awaitable[bool]]) -> int:
    """Call `send_one` for each number, MAX_IN_FLIGHT calls at a time; return how many succeeded."""
    numbers = iter(range(count))

    async def work() -> int:
        return sum([await send_one(number) for number in numbers])

    return sum(await asyncio.gather(*(work() for _ in range(MAX_IN_FLIGHT))))


async def use_pushgate(url: str, shape: str, count: int, ca: Path | None) -> int:
    """Pushgate's sender, in bursts of 1,024 requests."""
    headers = tuple((k.encode(), v.encode()) for k, v in HEADERS.items())
    if shape == "apns":
        template = BurstTemplate(path=b"/3/device/", headers=headers, body_prefix=_BODY, item_in_path=True)
    else:
        template = BurstTemplate(
            path=PATH.encode(), headers=headers, body_prefix=b"", body_suffix=_BODY[:200]
        )

    def item(number: int) -> Item:
        return b"%064d" % (number % 1000) if shape == "apns" else b"%050d" % number

    return await _send_bursts(url, template, item, count, ca)


async def use_pushgate_each(url: str, shape: str, count: int, ca: Path | None) -> int:
    """Pushgate's sender, with a body of its own in each request, and header fields of APNs' own."""
    headers = tuple((k.encode(), v.encode()) for k, v in HEADERS.items())
    is_apns = shape == "apns"
    path = b"/3/device/" if is_apns else PATH.encode()
    template = BurstTemplate(path=path, headers=headers, request_items=is_apns)

    def item(number: int) -> Item:
        body = b"%050d" % number + _BODY[:200]
        if not is_apns:
            return body
        own = (
            (b"apns-expiration", b"%d" % (1_700_000_000 + number)),
            (b"apns-collapse-id", b"%030d" % number),
        )
        return RequestItem(b"%064d" % (number % 1000), body, own)

    return await _send_bursts(url, template, item, count, ca)


async def _send_bursts(
    url: str, template: BurstTemplate, item: Callable[[int], Item], count: int, ca: Path | None
) -> int:
    """Send requests with these items, in four bursts at a time; return how many succeeded."""
    text = await asyncio.to_thread(ca.read_text, "utf-8") if ca else None
    client = Client(url, ca=text, max_connections=CONNECTIONS, timeouts=Timeouts())
    blocks = iter(range(0, count, 1024))
    answered = 0

    async def work() -> None:
        nonlocal answered
        for start in blocks:
            items = [item(number) for number in range(start, min(start + 1024, count))]
            async with client.send(template, items) as burst:
                async for indexes, end in burst:
                    answered += len(indexes) if getattr(end, "status", 0) == 200 else 0

    await asyncio.gather(*(work() for _ in range(4)))
    await client.close()
    return answered


async def use_httpx(url: str, shape: str, count: int, ca: Path | None) -> int:
    """httpx with HTTP/2."""
    import httpx  # noqa: PLC0415  # only this client's process needs it

    limits = httpx.Limits(max_connections=CONNECTIONS)
    verify = ssl.create_default_context(cafile=str(ca)) if ca else True
    async with httpx.AsyncClient(
        http1=False, http2=True, base_url=url, limits=limits, timeout=60, verify=verify
    ) as client:

        async def send_one(number: int) -> bool:
            path, body = request(shape, number)
            return (await client.post(path, content=body, headers=HEADERS)).status_code == 200

        return await _send_concurrently(count, send_one)


async def use_pyreqwest(url: str, shape: str, count: int, ca: Path | None) -> int:
    """pyreqwest, a binding of Rust's reqwest."""
    from pyreqwest.client import ClientBuilder  # noqa: PLC0415  # see above

    builder = ClientBuilder().http2_prior_knowledge() if ca is None else ClientBuilder().http2(True)
    if ca:
        builder = builder.danger_accept_invalid_certs(True)  # it accepts no self-signed certificate
    async with builder.build() as client:

        async def send_one(number: int) -> bool:
            path, body = request(shape, number)
            response = await client.post(url + path).headers(HEADERS).body_bytes(body).build().send()
            return bool(response.status == 200)

        return await _send_concurrently(count, send_one)


async def use_pycurl(url: str, shape: str, count: int, ca: Path | None) -> int:
    """pycurl, by the multi interface and event loop of libcurl."""
    import pycurl  # noqa: PLC0415  # see above

    multi = pycurl.CurlMulti()
    multi.setopt(pycurl.M_PIPELINING, 2)
    multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, CONNECTIONS)
    multi.setopt(pycurl.M_MAX_CONCURRENT_STREAMS, STREAMS)
    numbers, answered, in_flight = iter(range(count)), 0, 0

    def start(easy: "pycurl.Curl") -> bool:
        number = next(numbers, None)
        if number is None:
            return False
        path, body = request(shape, number)
        easy.setopt(pycurl.URL, url + path)
        easy.setopt(pycurl.POSTFIELDS, body)
        multi.add_handle(easy)
        return True

    for _ in range(MAX_IN_FLIGHT):
        easy = pycurl.Curl()
        version = pycurl.CURL_HTTP_VERSION_2TLS if ca else pycurl.CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
        easy.setopt(pycurl.HTTP_VERSION, version)
        easy.setopt(pycurl.PIPEWAIT, 1)
        easy.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in HEADERS.items()])
        easy.setopt(pycurl.WRITEFUNCTION, len)
        if ca:
            easy.setopt(pycurl.CAINFO, str(ca))
        in_flight += start(easy)
    while in_flight:
        multi.perform()
        _, done, failed = multi.info_read()
        for easy in [*done, *(row[0] for row in failed)]:
            answered += easy.getinfo(pycurl.RESPONSE_CODE) == 200
            multi.remove_handle(easy)
            in_flight -= 1
            in_flight += start(easy)
        if not done:
            multi.select(0.1)
    return answered


async def use_aioapns(url: str, shape: str, count: int, ca: Path | None) -> int:
    """aioapns, against a server that echoes the apns-id."""
    from aioapns import APNs, NotificationRequest, connection  # noqa: PLC0415  # see above
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  # see above
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415  # see above

    protocol = connection.APNsDevelopmentClientProtocol
    host, _, port = url.removeprefix("https://").partition(":")
    protocol.APNS_SERVER, protocol.APNS_PORT = host, int(port)
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    context = ssl.create_default_context(cafile=str(ca))
    context.set_alpn_protocols(["h2"])
    client = APNs(
        key=key.decode(),
        key_id="K",
        team_id="T",
        topic="t",
        use_sandbox=True,
        max_connections=CONNECTIONS,
        ssl_context=context,
    )

    async def send_one(number: int) -> bool:
        message = {"aps": {"alert": "x" * 230}}
        pushed = await client.send_notification(NotificationRequest(f"{number:064d}", message))
        return bool(pushed.is_successful)

    return await _send_concurrently(count, send_one)


CLIENTS = {
    name.removeprefix("use_"): client for name, client in list(globals().items()) if name.startswith("use_")
}


@asynccontextmanager
async def _print_usage() -> AsyncIterator[list[int]]:
    answered: list[int] = []
    began, cpu_before = time.perf_counter(), _cpu()
    yield answered
    seconds, cpu = time.perf_counter() - began, _cpu() - cpu_before
    sys.stdout.write(json.dumps({"answered": answered[0], "seconds": seconds, "cpu": cpu}) + "\n")


def _cpu() -> float:
    cpu_before = resource.getrusage(resource.RUSAGE_SELF)
    return cpu_before.ru_utime + cpu_before.ru_stime


async def main() -> None:
    """Run one client."""
    arguments = parser(__doc__)
    arguments.add_argument("name", choices=CLIENTS)
    arguments.add_argument("url")
    arguments.add_argument("shape", choices=["fcm", "apns"])
    arguments.add_argument("count", type=int)
    arguments.add_argument("ca_file", type=Path, nargs="?")
    options = arguments.parse_args()
    async with _print_usage() as answered:
        client = CLIENTS[options.name]
        answered.append(await client(options.url, options.shape, options.count, options.ca_file))


if __name__ == "__main__":
    uvloop.run(main())
