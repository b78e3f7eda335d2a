"""Makes a payment, and prints what the service signed on the way: the redirect's `data`, and the webhook as it was sent."""

import base64
import http.server
import json
import queue
import threading

import requests
import shop

WEBCODE = "SHOP01"


class Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps the bytes of what arrives: signatures are of bytes, not of JSON."""

    arrived: queue.Queue = queue.Queue()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.arrived.put((dict(self.headers), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def main() -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pointed = requests.put(
        f"{shop.BASE_URL}/local/webhook-url",
        json={
            "webcode": WEBCODE,
            "environment": "test",
            "url": f"http://127.0.0.1:{server.server_port}/",
        },
        timeout=shop.TIMEOUT_S,
    )
    pointed.raise_for_status()

    merchant = shop.merchant(WEBCODE)
    session = shop.create_session(merchant["apiKey"], WEBCODE)
    data = shop.pay(session)
    payment = shop.payment_of(merchant["apiKey"], WEBCODE, session)
    headers, body = Receiver.arrived.get(timeout=shop.TIMEOUT_S)
    server.shutdown()
    print(
        json.dumps(
            {
                "issuer": shop.BASE_URL,
                "secret": merchant["clientSecret"],
                "sessionId": session["sessionId"],
                "paymentReference": payment,
                "customReference": shop.CUSTOM_REFERENCE,
                "data": data,
                "headers": headers,
                "body": base64.b64encode(body).decode(),
            }
        )
    )


if __name__ == "__main__":
    main()
