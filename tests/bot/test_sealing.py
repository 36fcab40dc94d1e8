"""What is sealed opens again with the same secret, and with nothing else."""

import base64

from cryptography.fernet import Fernet

from bot.sealing import Sealer

URL = "https://hooks.slack.com/commands/T1/1/ä"


def test_what_was_sealed_opens_with_the_same_secret_and_does_not_show_the_text() -> None:
    sealed = Sealer("xoxb-1").seal(URL)

    assert Sealer("xoxb-1").open(sealed) == URL
    assert "hooks" not in sealed


def test_the_same_text_is_sealed_differently_every_time() -> None:
    sealer = Sealer("xoxb-1")

    assert sealer.seal(URL) != sealer.seal(URL)


def test_after_the_token_is_rotated_nothing_opens() -> None:
    assert Sealer("xoxb-2").open(Sealer("xoxb-1").seal(URL)) is None


def test_a_change_anywhere_in_it_is_noticed() -> None:
    sealer = Sealer("xoxb-1")
    sealed = base64.urlsafe_b64decode(sealer.seal(URL))

    for place in range(len(sealed)):  # of the bytes: the last letter also stands for bits that mean nothing
        changed = bytearray(sealed)
        changed[place] ^= 1
        assert sealer.open(base64.urlsafe_b64encode(changed).decode()) is None, place


def test_what_an_older_release_sealed_or_nobody_did_is_lost_and_breaks_nothing() -> None:
    old = Fernet(Fernet.generate_key()).encrypt(URL.encode()).decode()

    for text in (old, "", "abc", "AAAA", "ü", URL):
        assert Sealer("xoxb-1").open(text) is None, text
