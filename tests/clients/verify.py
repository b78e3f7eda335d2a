"""What the service signs, read with the libraries that shops in Python use."""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import unittest

import jwt
import standardwebhooks
import stripe

SIGNED = json.loads(pathlib.Path(os.environ["SIGNED"]).read_text())
SECRET = SIGNED["secret"]
BODY = base64.b64decode(SIGNED["body"])
HEADERS = {name.lower(): value for name, value in SIGNED["headers"].items()}
SIGNATURE = HEADERS["x-avirato-signature"]


def changed(text: str, at: int) -> str:
    """The text with another letter or digit at a position."""
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


def changed_bodies() -> list[bytes]:
    """The body with one bit flipped, wherever that is."""
    return [
        BODY[:at] + bytes([BODY[at] ^ 1]) + BODY[at + 1 :] for at in range(len(BODY))
    ]


class RedirectData(unittest.TestCase):
    def decode(self, data: str, secret: str = SECRET) -> dict:
        return jwt.decode(
            data,
            secret,
            algorithms=["HS256"],
            issuer=SIGNED["issuer"],
            options={"require": ["iss", "iat", "exp"]},
        )

    def test_pyjwt_decodes_it(self) -> None:
        claims = self.decode(SIGNED["data"])
        self.assertEqual(claims["sessionId"], SIGNED["sessionId"])
        self.assertEqual(claims["paymentReference"], SIGNED["paymentReference"])
        self.assertEqual(claims["customReference"], SIGNED["customReference"])
        self.assertEqual(claims["amount"], {"value": 15000, "currency": "EUR"})
        self.assertEqual(claims["paymentStatus"], "AUTHORISED")
        self.assertEqual(claims["exp"] - claims["iat"], 3600)

    def test_pyjwt_refuses_a_changed_character_in_each_part(self) -> None:
        data = SIGNED["data"]
        dots = [at for at, one in enumerate(data) if one == "."]
        for at in [dots[0] // 2, sum(dots) // 2, (dots[1] + len(data)) // 2]:
            with self.assertRaises(jwt.InvalidTokenError):
                self.decode(changed(data, at))

    def test_pyjwt_refuses_another_secret(self) -> None:
        with self.assertRaises(jwt.InvalidSignatureError):
            self.decode(SIGNED["data"], changed(SECRET, len(SECRET) - 1))


class AviratoSignature(unittest.TestCase):
    def test_it_has_the_documented_form_and_hmac(self) -> None:
        match = re.fullmatch(r"t=(\d+),v1=([a-f0-9]+)", SIGNATURE)
        self.assertIsNotNone(match)
        time, claimed = match.groups()
        self.assertEqual(time, HEADERS["x-avirato-timestamp"])
        signed = time.encode() + b"." + BODY
        expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
        self.assertTrue(hmac.compare_digest(claimed, expected))
        for body in changed_bodies():
            other = hmac.new(
                SECRET.encode(), time.encode() + b"." + body, hashlib.sha256
            )
            self.assertFalse(hmac.compare_digest(claimed, other.hexdigest()))


class Stripe(unittest.TestCase):
    def verify(self, body: bytes, signature: str, secret: str = SECRET) -> bool:
        return stripe.WebhookSignature.verify_header(
            body.decode("utf-8", "surrogateescape"), signature, secret, tolerance=300
        )

    def test_it_verifies(self) -> None:
        self.assertTrue(self.verify(BODY, SIGNATURE))

    def test_it_refuses_a_changed_byte(self) -> None:
        # Not those that are no UTF-8 any more: this library takes text.
        for body in changed_bodies():
            try:
                body.decode()
            except UnicodeDecodeError:
                continue
            with self.assertRaises(stripe.SignatureVerificationError):
                self.verify(body, SIGNATURE)

    def test_it_refuses_a_changed_signature_time_or_secret(self) -> None:
        for signature in [
            changed(SIGNATURE, len(SIGNATURE) - 1),
            re.sub(r"t=(\d+)", lambda time: f"t={int(time[1]) + 1}", SIGNATURE),
        ]:
            with self.assertRaises(stripe.SignatureVerificationError):
                self.verify(BODY, signature)
        with self.assertRaises(stripe.SignatureVerificationError):
            self.verify(BODY, SIGNATURE, changed(SECRET, len(SECRET) - 1))


class StandardWebhooks(unittest.TestCase):
    # The library takes keys in base64; ours is the secret's bytes.
    webhook = standardwebhooks.Webhook(base64.b64encode(SECRET.encode()).decode())

    def test_it_verifies(self) -> None:
        event = self.webhook.verify(BODY, HEADERS)
        self.assertEqual(event["data"]["paymentReference"], SIGNED["paymentReference"])
        self.assertEqual(event["data"]["customReference"], SIGNED["customReference"])
        self.assertEqual(event["event_id"], HEADERS["webhook-id"])

    def test_it_refuses_a_changed_byte(self) -> None:
        for body in changed_bodies():
            # Some are no UTF-8 any more, which it says in its own way.
            with self.assertRaises(
                (standardwebhooks.WebhookVerificationError, UnicodeDecodeError)
            ):
                self.webhook.verify(body, HEADERS)

    def test_it_refuses_a_changed_header(self) -> None:
        for name, at in [
            ("webhook-id", 5),
            ("webhook-timestamp", -1),
            ("webhook-signature", 10),
        ]:
            value = HEADERS[name]
            if name == "webhook-timestamp":
                other = str(int(value) + 1)
            else:
                other = changed(value, at)
            with self.assertRaises(standardwebhooks.WebhookVerificationError):
                self.webhook.verify(BODY, {**HEADERS, name: other})
