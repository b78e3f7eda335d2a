// Live: the customer pays on the page of an external service, which is the sandbox here, and comes back.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DESKTOP, PHONE, arrivesAtLiveShop, giveUp, notice, visit } from "./browser.mjs";
import { BASE, call, createSession, forward, query } from "./stack.mjs";

const until = async (what, find) => {
  const end = Date.now() + 60_000;
  for (;;) {
    const found = await find();
    if (found) return found;
    assert.ok(Date.now() < end, what);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

const decide = (page, answer) => page.click(`button[value=${answer}]`);

function flows(options) {
  const begin = async (page, other = {}) => {
    const session = await createSession({ shopperLocale: "en-GB", ...other }, "live");
    await page.goto(session.paymentUrl);
    return session;
  };

  test("pays, and the payment is captured and refunded", () => visit(options, async (page) => {
    const { sessionId } = await begin(page, { isPreAuth: true });
    assert.ok(page.url().startsWith(`${BASE}/sandbox-processor/page/`), page.url());
    await decide(page, "approve");
    await arrivesAtLiveShop(page, "ok?data=");
    assert.deepEqual(await query(sessionId, "live"), { status: "completed", attempts: ["authorised"] });

    const { paymentReference } = await call("live", `/payment/session/${sessionId}?webcode=SHOP01`);
    const modify = (kind, value) => call("live", `/payment/${kind}`, {
      webcode: "SHOP01", paymentReference, amount: { value, currency: "EUR" }, ...(kind === "refund" && { reason: "RETURN" }),
    });
    const settled = (type) => until(`${type} is settled`, async () => {
      const list = `/payment/modifications?webcode=SHOP01&paymentReference=${paymentReference}&type=${type}`;
      return (await call("live", list)).every(({ status }) => status === "success");
    });
    await modify("capture", 12000);
    await settled("capture");
    await modify("refund", 5000);
    await settled("refund");
    const told = await until("the webhooks", async () => {
      const inbox = await (await fetch(`${BASE}/local/inbox?webcode=SHOP01`)).json();
      const events = inbox.filter(({ body }) => body.data.paymentReference === paymentReference);
      return new Set(events.map(({ body }) => body.event_id)).size === 3 && events;
    });
    assert.ok(told.every(({ signatureValid }) => signatureValid));
    const codes = new Set(told.map(({ body }) => body.event_code));
    assert.deepEqual([...codes].sort(), ["AUTHORISATION", "CAPTURE", "REFUND"]);
  }));

  test("declines, goes there again, and gives up", () => visit(options, async (page) => {
    const { sessionId, paymentUrl } = await begin(page);
    await decide(page, "decline");
    await page.waitForSelector("[role=alert]");
    assert.equal(await notice(page), "Your payment was not accepted");
    assert.ok(page.url().startsWith(paymentUrl));
    await page.reload();
    assert.deepEqual(await query(sessionId, "live"), { status: "pending", attempts: ["refused"] });
    await page.click("button.main");
    await page.waitForURL(`${BASE}/sandbox-processor/page/**`);
    await decide(page, "decline");
    await page.waitForSelector("[role=alert]");
    await giveUp(page);
    await arrivesAtLiveShop(page, "ko");
    assert.deepEqual(await query(sessionId, "live"), { status: "failed", attempts: ["refused", "refused"] });
  }));

  test("comes back before the service knows, and waits", () => visit(options, async (page) => {
    const { sessionId } = await begin(page, { amount: { value: 15606, currency: "EUR" } });
    await decide(page, "approve");
    await page.waitForSelector(".end");
    assert.equal(await page.textContent("h1"), "Your payment is being confirmed");
    await forward(31);
    await arrivesAtLiveShop(page, "ok?data=");
    assert.deepEqual(await query(sessionId, "live"), { status: "completed", attempts: ["authorised"] });
  }));
}

for (const [device, options] of Object.entries({ phone: PHONE, desktop: DESKTOP })) {
  for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? "with" : "without";
    describe(`on a ${device}, ${how} JavaScript, somebody`, () => flows({ ...options, javaScriptEnabled, locale: "en" }));
  }
}
