"""Dead tokens leave the registry on the vendor's word, unless so many die that the fault must be ours."""

from pushgate.worker.removal import ENOUGH, WINDOW, RemovalGuard


def test_a_usual_share_of_dead_tokens_is_let_go() -> None:
    guard = RemovalGuard()
    assert not any(guard.holds(1000, 50) for _ in range(20))


def test_a_single_push_to_a_dead_token_lets_it_go() -> None:
    assert not RemovalGuard().holds(1, 1)


def test_a_batch_that_is_dead_as_a_whole_is_held() -> None:
    assert RemovalGuard().holds(1000, 1000)


def test_a_batch_that_is_dead_as_a_whole_is_held_after_much_healthy_traffic_too() -> None:
    guard = RemovalGuard()
    for _ in range(10):
        assert not guard.holds(1000, 5)
    assert guard.holds(1000, 1000)


def test_many_small_pushes_that_all_die_are_held_from_the_point_where_it_is_no_chance() -> None:
    guard = RemovalGuard()
    assert [guard.holds(1, 1) for _ in range(ENOUGH)] == [False] * (ENOUGH - 1) + [True]


def test_removal_goes_on_once_most_tokens_live_again() -> None:
    guard = RemovalGuard()
    assert guard.holds(1000, 1000)
    for _ in range(WINDOW // 1000):
        guard.holds(1000, 0)
    assert not guard.holds(1000, 10)
