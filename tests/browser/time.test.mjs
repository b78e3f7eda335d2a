// The 300 seconds: the server's clock decides, and the page shows it. This file moves the clock of the whole stack.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CHALLENGED, DESKTOP, GOOD, PHONE, approve, arrivesPaid, arrivesUnpaid, fill, pay, seconds, visit,
} from "./browser.mjs";
import { createSession, forward, query } from "./stack.mjs";

for (const [device, options] of Object.entries({ phone: PHONE, desktop: DESKTOP })) {
  for (const javaScriptEnabled of [true, false]) {
    const how = `on a ${device}, ${javaScriptEnabled ? "with" : "without"} JavaScript`;
    const browser = { ...options, javaScriptEnabled };

    test(`a submit after the end leads back to the shop, ${how}`, () => visit(browser, async (page) => {
      const { paymentUrl, sessionId } = await createSession();
      await page.goto(paymentUrl);
      await forward(301);
      await pay(page);
      await arrivesUnpaid(page);
      assert.deepEqual(await query(sessionId), { status: "expired", attempts: [] });
    }));

    test(`a challenge that is approved too late is not paid, ${how}`, () => visit(browser, async (page) => {
      const { paymentUrl, sessionId } = await createSession();
      await page.goto(paymentUrl);
      await pay(page, CHALLENGED);
      await page.waitForSelector(".answers");
      await forward(301);
      await approve(page);
      await arrivesUnpaid(page);
      assert.deepEqual(await query(sessionId), { status: "expired", attempts: [] });
    }));

    test(`a visit in the last minute may still pay, ${how}`, () => visit(browser, async (page) => {
      const { paymentUrl, sessionId } = await createSession();
      await page.goto(paymentUrl);
      await forward(240);
      await page.reload();
      const left = await seconds(page);
      assert.ok(left > 40 && left <= 60, `${left} s`);
      await pay(page);
      await arrivesPaid(page);
      assert.equal((await query(sessionId)).status, "completed");
    }));
  }
}

test("the clock runs down, warns, and at its end the page asks the server", () => visit(DESKTOP, async (page) => {
  await page.clock.install();
  // The page's clock also runs by itself, and a slow machine takes its time.
  const began = Date.now();
  const gone = () => (Date.now() - began) / 1000;
  const { paymentUrl, sessionId } = await createSession({ shopperLocale: "en" });
  await page.goto(paymentUrl);
  const before = await seconds(page);
  assert.ok(before >= 299 - gone() && before <= 300, `${before} s`);
  await page.clock.runFor(100_000);
  const passed = before - (await seconds(page));
  assert.ok(passed >= 99 && passed <= 101 + gone(), `${passed} s`);
  assert.equal(await page.textContent("#said"), "");
  await page.clock.runFor(141_000);
  assert.equal(await page.textContent("#said"), "One minute left to pay.");
  assert.match(await page.getAttribute(".clock", "class"), /soon/);
  await page.clock.runFor(30_000);
  assert.equal(await page.textContent("#said"), "30 seconds left to pay.");
  await forward(301);
  await page.clock.runFor(35_000);
  await arrivesUnpaid(page);
  assert.equal((await query(sessionId)).status, "expired");
}));

test("without JavaScript the clock runs too", () => visit({ ...DESKTOP, javaScriptEnabled: false }, async (page) => {
  const { paymentUrl } = await createSession();
  await page.goto(paymentUrl);
  await page.waitForSelector(".clock");
  const [animation] = await page.evaluate(() => document.getAnimations().map((one) => [one.animationName, one.effect.getTiming().duration]));
  assert.equal(animation[0], "run-down");
  assert.ok(animation[1] > 290_000 && animation[1] <= 300_000, String(animation));
  // Where it stands 75 seconds before its end.
  const left = await page.evaluate(() => {
    const [animation] = document.getAnimations();
    animation.currentTime = animation.effect.getTiming().duration - 75_000;
    const style = getComputedStyle(document.querySelector(".clock b"), "::after");
    return [style.getPropertyValue("--m"), style.getPropertyValue("--s")].map(Number);
  });
  assert.deepEqual(left, [1, 15]);
}));

test("a browser that was stopped may try again", () => visit(DESKTOP, async (page) => {
  const { paymentUrl, sessionId } = await createSession({ shopperLocale: "en" });
  await page.goto(paymentUrl);
  await fill(page, GOOD);
  // The first submit never leaves; twelve seconds later, by the page's clock, the button is as before.
  await page.evaluate(() => {
    const { setTimeout: wait } = window;
    const now = performance.now.bind(performance);
    addEventListener("submit", (event) => {
      event.preventDefault();
      window.restored = false;
    }, { once: true });
    window.setTimeout = (act, time, ...rest) => wait(act, time === 12_000 ? 0 : time, ...rest);
    let ahead = 0;
    performance.now = () => now() + ahead;
    window.passes = () => (ahead = 12_000);
  });
  await page.click("#card button");
  await page.waitForFunction(() => document.querySelector("#card button").textContent === "Pay €150.00");
  await page.evaluate(() => window.passes());
  await page.click("#card button");
  await arrivesPaid(page);
  assert.deepEqual(await query(sessionId), { status: "completed", attempts: ["authorised"] });
}));

test("a page that the browser kept asks the server how things stand", () => visit(DESKTOP, async (page) => {
  const { paymentUrl } = await createSession();
  await page.goto(paymentUrl);
  await fetch(paymentUrl, { method: "POST", body: new URLSearchParams({ action: "cancel" }) });
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
  await arrivesUnpaid(page);
}));

test("a submit on its way when the time ends is not cut off", () => visit(DESKTOP, async (page) => {
  const { paymentUrl, sessionId } = await createSession();
  await page.goto(paymentUrl);
  // The submit is held until the page has looked at its clock three times and found that the time is over.
  let release;
  let looks = 0;
  const held = new Promise((resolve) => (release = resolve));
  await page.exposeFunction("looked", () => ++looks === 3 && release());
  await page.route("**/pay-external/**", async (route) => {
    if (route.request().method() === "POST") await held;
    await route.continue();
  });
  await fill(page, GOOD);
  await page.evaluate(() => addEventListener("submit", () => {
    const now = Date.now;
    Date.now = () => {
      looked();
      return now() + 400_000;
    };
  }));
  await page.click("#card button", { noWaitAfter: true });
  await arrivesPaid(page);
  assert.deepEqual(await query(sessionId), { status: "completed", attempts: ["authorised"] });
}));

test("ten declined cards are the end of it", () => visit(DESKTOP, async (page) => {
  const { paymentUrl, sessionId } = await createSession();
  await page.goto(paymentUrl);
  for (let attempt = 1; attempt <= 9; attempt++) {
    await pay(page, { ...GOOD, name: "DECLINED" });
    await page.waitForSelector(`input[name=attempt][value="${attempt}"]`, { state: "attached" });
  }
  await pay(page, { ...GOOD, name: "DECLINED" });
  await arrivesUnpaid(page);
  const { status, attempts } = await query(sessionId);
  assert.deepEqual([status, attempts.length], ["failed", 10]);
}));
