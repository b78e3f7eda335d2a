// What the service signs, read with the libraries that shops in JavaScript use.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import jsonwebtoken from "jsonwebtoken";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

const signed = JSON.parse(readFileSync(process.env.SIGNED, "utf8"));
const body = Buffer.from(signed.body, "base64");
const headers = Object.fromEntries(
  Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), value]),
);

// The text with another letter at a position.
const changed = (text, at) =>
  text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);

const decode = (data, secret = signed.secret) =>
  jsonwebtoken.verify(data, secret, { algorithms: ["HS256"], issuer: signed.issuer });

test("jsonwebtoken decodes the redirect's data", () => {
  const claims = decode(signed.data);
  assert.equal(claims.sessionId, signed.sessionId);
  assert.equal(claims.paymentReference, signed.paymentReference);
  assert.equal(claims.customReference, signed.customReference);
  assert.deepEqual(claims.amount, { value: 15000, currency: "EUR" });
  assert.equal(claims.paymentStatus, "AUTHORISED");
});

test("jsonwebtoken refuses a changed character in each part, and another secret", () => {
  const [head, claims] = signed.data.split(".");
  const second = head.length + 1;
  const third = second + claims.length + 1;
  for (const at of [second / 2, (second + third) / 2, (third + signed.data.length) / 2]) {
    assert.throws(
      () => decode(changed(signed.data, Math.floor(at))),
      jsonwebtoken.JsonWebTokenError,
    );
  }
  const other = changed(signed.secret, signed.secret.length - 1);
  assert.throws(() => decode(signed.data, other), /invalid signature/);
});

const webhook = new Webhook(signed.secret, { format: "raw" });

test("standardwebhooks verifies the webhook", () => {
  const event = webhook.verify(body, headers);
  assert.equal(event.data.paymentReference, signed.paymentReference);
  assert.equal(event.data.customReference, signed.customReference);
  assert.equal(event.event_id, headers["webhook-id"]);
});

test("standardwebhooks refuses a changed byte, wherever it is", () => {
  for (let at = 0; at < body.length; at += 1) {
    const other = Buffer.from(body);
    other[at] ^= 1;
    assert.throws(() => webhook.verify(other, headers), WebhookVerificationError, `${at}`);
  }
});

test("standardwebhooks refuses a changed header", () => {
  for (const [name, value] of [
    ["webhook-id", changed(headers["webhook-id"], 5)],
    ["webhook-timestamp", String(Number(headers["webhook-timestamp"]) + 1)],
    ["webhook-signature", changed(headers["webhook-signature"], 10)],
  ]) {
    assert.throws(
      () => webhook.verify(body, { ...headers, [name]: value }),
      WebhookVerificationError,
      name,
    );
  }
});
