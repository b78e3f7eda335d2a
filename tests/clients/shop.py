"""A shop that takes payments over the local stack, as the README's tour does."""

import os
import re

import requests

BASE_URL = os.environ["BASE_URL"]
API = f"{BASE_URL}/external/v1/test"
RETURN_PAGE = f"{BASE_URL}/local/shop/ok"
TIMEOUT_S = 30
# With letters that are two bytes in a body.
CUSTOM_REFERENCE = "ORD-2026-12345-ñé"


def merchant(webcode: str) -> dict:
    """The Test keys and secrets of a demo merchant."""
    demo = requests.get(f"{BASE_URL}/local/demo", timeout=TIMEOUT_S).json()
    return next(one for one in demo if one["webcode"] == webcode)["test"]


def create_session(
    api_key: str, webcode: str, value: int = 15000, is_pre_auth: bool = False
) -> dict:
    """A new session: `data` of the answer."""
    answer = requests.post(
        f"{API}/payment/session",
        headers={"X-API-KEY": api_key},
        json={
            "webcode": webcode,
            "amount": {"value": value, "currency": "EUR"},
            "urlOk": RETURN_PAGE,
            "urlKo": f"{BASE_URL}/local/shop/ko",
            "customReference": CUSTOM_REFERENCE,
            "isPreAuth": is_pre_auth,
        },
        timeout=TIMEOUT_S,
    )
    answer.raise_for_status()
    return answer.json()["data"]


def pay(session: dict) -> str:
    """Pays on the payment page; the `data` that the customer brings back to `urlOk`."""
    page = requests.post(
        session["paymentUrl"],
        data={
            "action": "pay",
            "cardNumber": "4111 1111 1111 1111",
            "expiry": "12/30",
            "cvc": "737",
            "holderName": "Test User",
        },
        timeout=TIMEOUT_S,
    )
    page.raise_for_status()
    return re.search(r"[?&]data=([\w.-]+)", page.text).group(1)


def payment_of(api_key: str, webcode: str, session: dict) -> str:
    """The reference of the payment that completed a session."""
    answer = requests.get(
        f"{API}/payment/session/{session['sessionId']}",
        headers={"X-API-KEY": api_key},
        params={"webcode": webcode},
        timeout=TIMEOUT_S,
    )
    answer.raise_for_status()
    return answer.json()["data"]["paymentReference"]
