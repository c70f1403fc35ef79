"""The bounded cache of query results."""

from mock_server.core.store.cache import LRUCache


def test_a_result_is_computed_once() -> None:
    cache, computed = LRUCache[str](2), iter(["first", "second"])

    results = [cache.get_or_compute("a", lambda: next(computed)) for _ in range(2)]

    assert results == ["first", "first"]


def test_the_least_recently_used_result_is_evicted() -> None:
    cache, computed = LRUCache[str](2), list[str]()

    def compute(key: str) -> str:
        computed.append(key)
        return key

    for key in ["a", "b", "a", "c", "a", "b"]:
        cache.get_or_compute(key, lambda key=key: compute(key))  # type: ignore[misc]

    assert computed == ["a", "b", "c", "b"]


def test_a_cleared_cache_computes_again() -> None:
    cache, computed = LRUCache[str](2), iter(["first", "second"])
    cache.get_or_compute("a", lambda: next(computed))

    cache.clear()

    assert cache.get_or_compute("a", lambda: next(computed)) == "second"
