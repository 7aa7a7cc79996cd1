"""Interoperation with other projects' servers over real sockets."""

import asyncio
import re
from pathlib import Path

import pytest
from tests.support.engines import free_port
from tests.support.http2.results import POSTS, Run, count_results, results_of
from tests.support.http2.servers import Certificates, nghttpd, nginx, node

from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.client import Client
from pushgate.http2.connect import ClientCertificate
from pushgate.http2.results import NotSent, Response
from pushgate.http2.timeouts import Timeouts


def client_of(
    address: str, certificates: Certificates | None = None, connections: int = 2, **more: float
) -> Client:
    """A client of the server."""
    return Client(
        address,
        ca=certificates.ca.read_text() if certificates else None,
        max_connections=connections,
        timeouts=Timeouts(**more),
    )


@pytest.mark.parametrize("tls", [True, False])
@pytest.mark.parametrize(
    "options",
    [("-m", "1"), ("-m", "100"), ("-w", "4", "-W", "12"), ("-c", "64"), ("--padding=50",), ("-n", "2")],
)
def test_nghttpd(
    run: Run[None], tmp_path: Path, certificates: Certificates, tls: bool, options: tuple[str, ...]
) -> None:
    """Mixed responses with bodies, by 1 and 100 streams, windows of 15 bytes, a table of 64 bytes,
    and padding."""
    (tmp_path / "push").write_text("{}")
    items = [b"push" if n % 3 else b"nowhere/%d" % n for n in range(300)]

    async def main() -> None:
        with nghttpd(tmp_path, certificates if tls else None, *options) as address:
            sender = client_of(address, certificates)
            found = await results_of(sender, POSTS, items)
            await sender.close()
        assert count_results(found) == {"200": 200, "404": 100}
        for index, result in found.items():
            assert isinstance(result, Response)
            assert result.status == (200 if index % 3 else 404)
            assert (b"404" in result.body) == (result.status == 404)

    run(main())


def test_nghttpd_echoes_bodies_longer_than_frames_and_windows(
    run: Run[None], tmp_path: Path, certificates: Certificates
) -> None:
    (tmp_path / "push").write_text("{}")
    bodies = [bytes([65 + n]) * 100_000 for n in range(6)]

    async def main() -> None:
        with nghttpd(tmp_path, certificates, "--echo-upload", "-w", "14", "-W", "15") as address:
            sender = client_of(address, certificates)
            found = await results_of(
                sender, BurstTemplate(path=b"/push", headers=(), full_response=True), bodies
            )
            await sender.close()
        assert [result.body for _, result in sorted(found.items()) if isinstance(result, Response)] == bodies

    run(main())


def test_nghttpd_killed_and_started_again(run: Run[None], tmp_path: Path, certificates: Certificates) -> None:
    (tmp_path / "push").write_text("{}")
    port = free_port()

    async def main() -> None:
        with nghttpd(tmp_path, certificates, port=port) as address:
            sender = client_of(address, certificates, connect=2)
            assert count_results(await results_of(sender, POSTS, [b"push"] * 100)) == {"200": 100}
            sending = asyncio.create_task(results_of(sender, POSTS, [b"push"] * 200_000))
            await asyncio.sleep(0.3)
        found = count_results(await sending)
        assert sum(found.values()) == 200_000
        assert found["200"] > 100
        assert found["NotSent"] > 100
        assert 0 < found["NoResponse"] <= 200
        with nghttpd(tmp_path, certificates, port=port):
            assert count_results(await results_of(sender, POSTS, [b"push"] * 100)) == {"200": 100}
        await sender.close()

    run(main())


def test_nginx_answers_before_the_body_is_read_and_resets_without_error(
    run: Run[None], tmp_path: Path, certificates: Certificates
) -> None:
    async def main() -> None:
        with nginx(tmp_path, certificates, "location / { return 410 'gone'; }") as address:
            sender = client_of(address, certificates)
            small = await results_of(
                sender, BurstTemplate(path=b"/", headers=(), full_response=True), [b"x" * 500] * 50
            )
            large = await results_of(
                sender, BurstTemplate(path=b"/", headers=(), full_response=True), [b"x" * 300_000] * 5
            )
            await sender.close()
        assert {result.body for result in small.values() if isinstance(result, Response)} == {b"gone"}
        assert count_results(small) == {"410": 50}
        assert count_results(large) == {"410": 5}

    run(main())


def test_nginx_sends_goaway_after_every_hundred_requests_and_none_is_processed_twice(
    run: Run[None], tmp_path: Path, certificates: Certificates
) -> None:
    async def main() -> None:
        with nginx(
            tmp_path, certificates, "location / { return 200 'ok'; }", "keepalive_requests 100;"
        ) as address:
            sender = client_of(address, certificates, 1)
            found = await results_of(sender, POSTS, [b"request/%d" % n for n in range(1000)])
            await sender.close()
        assert count_results(found) == {"200": 1000}
        served = re.findall(r"^/request/(\d+) 200$", (tmp_path / "access.log").read_text(), re.M)
        assert sorted(map(int, served)) == list(range(1000)), "each once"

    run(main())


def test_nginx_with_few_streams(run: Run[None], tmp_path: Path, certificates: Certificates) -> None:
    async def main() -> None:
        with nginx(
            tmp_path, certificates, "location / { return 200 'ok'; }", "http2_max_concurrent_streams 3;"
        ) as address:
            sender = client_of(address, certificates)
            found = await results_of(sender, POSTS, [b"x"] * 400)
            await sender.close()
        assert count_results(found) == {"200": 400}

    run(main())


NODE = """
let served = 0;
const server = http2.createSecureServer({...credentials, settings: {maxConcurrentStreams: 50}});
server.on('stream', (stream, headers) => {
  let size = 0;
  stream.on('data', chunk => size += chunk.length);
  stream.on('error', () => {});
  stream.on('end', () => {
    const status = [200, 200, 404, 503][++served % 4];
    if (headers[':path'] == '/refuse' && served % 5 == 0) {
      return stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
    }
    if (headers[':path'] == '/goaway' && served == 60) {
      stream.session.close();
    }
    stream.additionalHeaders({':status': 103});
    stream.respond({':status': status, 'retry-after': '5'}, {waitForTrailers: true});
    stream.on('wantTrailers', () => stream.sendTrailers({'x-size': String(size)}));
    stream.end(status == 200 ? '' : 'status ' + status);
  });
});
server.listen(port, '127.0.0.1');
"""


@pytest.mark.parametrize("path", [b"plain", b"refuse", b"goaway"])
def test_node(run: Run[None], tmp_path: Path, certificates: Certificates, path: bytes) -> None:
    """Interim responses, trailers, mixed statuses;
    refused streams and a GOAWAY in mid-flight are sent again."""

    async def main() -> None:
        with node(tmp_path, certificates, NODE) as address:
            sender = client_of(address, certificates, 1)
            found = await results_of(sender, POSTS, [path] * 400)
            await sender.close()
        kinds = count_results(found)
        assert set(kinds) == {"200", "404", "503"}
        assert sum(kinds.values()) == 400
        for result in found.values():
            if isinstance(result, Response) and result.status != 200:
                assert result.body == b"status %d" % result.status
                assert result.headers["retry-after"] == "5"

    run(main())


def test_a_server_without_http2_is_a_clear_error_or_gets_http1(
    run: Run[None], tmp_path: Path, certificates: Certificates
) -> None:
    script = """
    require('https').createServer(credentials, (q, s) => { q.resume(); q.on('end', () => {
      s.statusCode = q.url == '/taken' ? 200 : 404; s.end(q.httpVersion); }); }).listen(port, '127.0.0.1');
    """

    async def main() -> None:
        with node(tmp_path, certificates, script) as address:
            strict = client_of(address, certificates)
            found = await results_of(strict, POSTS, [b"taken"] * 3)
            assert set(found.values()) == {NotSent("the server does not offer HTTP/2 (ALPN)")}
            await strict.close()
            lenient = Client(
                address,
                ca=certificates.ca.read_text(),
                max_connections=2,
                timeouts=Timeouts(),
                allow_http1=True,
            )
            for _ in range(2):
                answers = await results_of(
                    lenient,
                    BurstTemplate(path=b"/", headers=(), item_in_path=True, full_response=True),
                    [b"taken", b"no", b"taken"],
                )
                assert [
                    (e.status, e.body) for _, e in sorted(answers.items()) if isinstance(e, Response)
                ] == [
                    (200, b"1.1"),
                    (404, b"1.1"),
                    (200, b"1.1"),
                ]
            await lenient.close()

    run(main())


def test_an_invalid_certificate_and_an_unknown_host(
    run: Run[None], tmp_path: Path, certificates: Certificates
) -> None:
    async def main() -> None:
        with nghttpd(tmp_path, certificates) as address:
            trusting_the_system = client_of(address)
            (result,) = (await results_of(trusting_the_system, POSTS, [b"x"])).values()
            assert isinstance(result, NotSent)
            assert "certificate" in result.cause
            await trusting_the_system.close()
        gone = client_of(address, certificates)
        (result,) = (await results_of(gone, POSTS, [b"x"])).values()
        assert isinstance(result, NotSent)
        assert "refused" in result.cause
        await gone.close()

    run(main())


def test_a_client_certificate_is_shown(run: Run[None], tmp_path: Path, certificates: Certificates) -> None:
    """APNs' certificate mode."""

    async def main() -> None:
        locations = "location / { return 200 $ssl_client_s_dn; }"
        limits = f"ssl_client_certificate {certificates.ca}; ssl_verify_client on;"
        with nginx(tmp_path, certificates, locations, limits) as address:
            for identity, expected in (
                (ClientCertificate(certificates.client.read_text()), 200),
                (None, 400),
            ):
                sender = Client(
                    address,
                    ca=certificates.ca.read_text(),
                    client_certificate=identity,
                    max_connections=1,
                    timeouts=Timeouts(),
                )
                (result,) = (
                    await results_of(sender, BurstTemplate(path=b"/", headers=(), full_response=True), [b""])
                ).values()
                assert isinstance(result, Response)
                assert result.status == expected
                assert (b"push client" in result.body) == (expected == 200)
                await sender.close()

    run(main())
