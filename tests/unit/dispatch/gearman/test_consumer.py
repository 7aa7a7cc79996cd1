"""Which apps and vendors each connection of a worker serves."""

import pytest

from pushgate.dispatch.gearman.consumer import assign_pairs


@pytest.mark.parametrize(
    ("apps", "connections", "servers"),
    [(1, 4, 1), (2, 4, 1), (5, 4, 1), (3, 4, 2), (2, 1, 1), (2, 2, 2), (7, 5, 2)],
)
def test_every_server_has_a_connection_for_each_app_and_one_without(
    apps: int, connections: int, servers: int
) -> None:
    serves = [(f"app-{n}", "apns") for n in range(apps)]
    divided = assign_pairs(serves, connections, servers)
    assert len(divided) == connections
    for server in range(servers):
        mine = divided[server::servers]
        for pair in serves:
            serving = sum(pair in some for some in mine)
            left = 1 if len(mine) > 1 and apps > 1 else 0
            assert serving == len(mine) - left
