import words


def test_count():
    assert words.count("a leak that nobody finds") == 5


def test_shout():
    assert words.shout("found") == "FOUND!"
