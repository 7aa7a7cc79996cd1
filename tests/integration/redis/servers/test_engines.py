"""What tests of many servers stand on: moves of slots, and failovers."""

from redis.crc import key_slot
from tests.support.redis_cluster import RedisCluster, wait_for_failover
from tests.support.sentinels import Sentinels


def test_a_slot_moves_both_ways(redis_cluster: RedisCluster) -> None:
    source = redis_cluster.master_of("{q}")
    target = next(node for node in redis_cluster.masters() if node is not source)
    source.command("SET", "{q}:kept", "1")
    redis_cluster.migrate(key_slot(b"{q}"), target)
    assert redis_cluster.master_of("{q}") is target
    assert target.command("GET", "{q}:kept") == b"1"
    redis_cluster.migrate_atomically(key_slot(b"{q}"), source)
    assert redis_cluster.master_of("{q}").command("GET", "{q}:kept") == b"1"


def test_a_replica_takes_over_from_a_killed_master(redis_cluster: RedisCluster) -> None:
    master = redis_cluster.master_of("{q}")
    master.command("SET", "{q}:kept", "1")
    master.command("WAIT", 1, 1000)
    assert redis_cluster.kill("{q}") is master
    wait_for_failover(redis_cluster, "{q}", master)
    assert redis_cluster.master_of("{q}").command("GET", "{q}:kept") == b"1"


def test_sentinels_choose_a_new_master(sentinels: Sentinels) -> None:
    sentinels.master().command("SET", "kept", "1")
    sentinels.master().command("WAIT", 2, 1000)
    former = sentinels.kill()
    sentinels.wait_for_failover(former)
    assert sentinels.master().command("GET", "kept") == b"1"
