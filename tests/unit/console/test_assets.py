from pushgate.console.assets import Assets

MAX_BYTES = 40 * 1024


def test_all_scripts_and_styles_are_small() -> None:
    sizes = Assets.read().sizes()
    assert sum(size for name, size in sizes.items() if not name.endswith(".svg")) <= MAX_BYTES, sizes


def test_the_address_of_a_file_changes_with_its_content() -> None:
    before, after = Assets({"a.js": b"1"}), Assets({"a.js": b"2"})
    assert before.path("a.js") != after.path("a.js")
    assert before.path("a.js").startswith("/assets/a.")
