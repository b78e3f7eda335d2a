"""Writes the names of sessions, payments and events that exist, for Schemathesis to use in its requests."""

import pathlib
import sys

import shop

WEBCODE = "SHOP01"
# The limit of an amount, so that many refunds fit into a payment.
VALUE = 99_999_999


def quoted(names: list[str]) -> str:
    """A file of Schemathesis: a quoted string in each line."""
    return "".join(f'"{name}"\n' for name in names)


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    api_key = shop.merchant(WEBCODE)["apiKey"]
    sessions = [shop.create_session(api_key, WEBCODE)["sessionId"]]

    def paid(is_pre_auth: bool) -> str:
        session = shop.create_session(api_key, WEBCODE, VALUE, is_pre_auth)
        shop.pay(session)
        sessions.append(session["sessionId"])
        return shop.payment_of(api_key, WEBCODE, session)

    # A reservation can be captured or cancelled once, so of those there are more.
    for name, number, is_pre_auth in [
        ("payments", 5, False),
        ("to-capture", 20, True),
        ("to-cancel", 20, True),
        ("to-extend", 5, True),
    ]:
        references = [paid(is_pre_auth) for _ in range(number)]
        (folder / f"{name}.txt").write_text(quoted(references))
        if name == "payments":
            events = [f"evt_{reference}_1" for reference in references]
            (folder / "events.txt").write_text(quoted(events))
    (folder / "sessions.txt").write_text(quoted(sessions))
    print(api_key)


if __name__ == "__main__":
    main()
