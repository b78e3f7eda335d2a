// Every way through the page, on a phone and on a desktop, with and without JavaScript, in every language.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  CHALLENGED, DESKTOP, GOOD, PHONE, approve, arrivesPaid, arrivesUnpaid, fill, giveUp, notice, pay, reject, seconds, visit,
} from "./browser.mjs";
import { createSession, query } from "./stack.mjs";

// What the customer reads, as the translators meant it: not taken from their files.
const LANGUAGES = {
  es: { declined: "No se ha aceptado el pago", pay: "Pagar 150,00 €" },
  en: { declined: "Your payment was not accepted", pay: "Pay €150.00" },
  fr: { declined: "Votre paiement n’a pas été accepté", pay: "Payer 150,00 €" },
  de: { declined: "Ihre Zahlung wurde nicht angenommen", pay: "150,00 € bezahlen" },
  it: { declined: "Il pagamento non è stato accettato", pay: "Paga 150,00 €" },
  pt: { declined: "O seu pagamento não foi aceite", pay: "Pagar 150,00 €" },
  ca: { declined: "No s’ha acceptat el pagament", pay: "Paga 150,00 €" },
};

const plain = (text) => text.replace(/\s/g, " ").trim();

function flows(options, language) {
  const { declined, pay: button } = LANGUAGES[language];
  const shopperLocale = language === "pt" ? "pt-PT" : language;
  const begin = async (page) => {
    const session = await createSession({ shopperLocale });
    await page.goto(session.paymentUrl);
    return session.sessionId;
  };

  test("pays", () => visit(options, async (page) => {
    const began = Date.now();
    const id = await begin(page);
    assert.equal(await page.getAttribute("html", "lang"), shopperLocale);
    assert.equal(plain(await page.textContent("#card button")), button);
    const left = await seconds(page);
    assert.ok(left <= 300 && left >= 299 - (Date.now() - began) / 1000, `${left} s`);
    await pay(page);
    await arrivesPaid(page);
    assert.deepEqual(await query(id), { status: "completed", attempts: ["authorised"] });
    // Back again: there is nothing left to pay, and the shop is where to go.
    await page.goBack({ waitUntil: "commit" });
    await arrivesPaid(page);
    assert.deepEqual(await query(id), { status: "completed", attempts: ["authorised"] });
  }));

  test("is declined, reloads, and pays with another card", () => visit(options, async (page) => {
    const id = await begin(page);
    await pay(page, { ...GOOD, name: "Not_Enough_Balance" });
    assert.equal(await notice(page), declined);
    // What a screen reader says first.
    assert.equal(await page.title(), declined);
    await page.waitForSelector("[role=alert]:focus");
    await page.reload();
    assert.equal(await notice(page), declined);
    assert.deepEqual(await query(id), { status: "pending", attempts: ["refused"] });
    await pay(page);
    await arrivesPaid(page);
    assert.deepEqual(await query(id), { status: "completed", attempts: ["refused", "authorised"] });
  }));

  test("is declined and goes back to the shop", () => visit(options, async (page) => {
    const id = await begin(page);
    await pay(page, { ...GOOD, name: "FRAUD" });
    assert.equal(await notice(page), declined);
    await giveUp(page);
    await arrivesUnpaid(page);
    assert.deepEqual(await query(id), { status: "failed", attempts: ["refused"] });
  }));

  test("cancels", () => visit(options, async (page) => {
    const id = await begin(page);
    await giveUp(page);
    await arrivesUnpaid(page);
    assert.deepEqual(await query(id), { status: "cancelled", attempts: [] });
    await page.goBack({ waitUntil: "commit" });
    await arrivesUnpaid(page);
  }));

  test("mistypes, and mends it", () => visit(options, async (page) => {
    const id = await begin(page);
    await pay(page, { ...GOOD, number: "4111 1111 1111 1112", cvc: "73" });
    await page.waitForLoadState();
    for (const [field, isWrong] of [["number", true], ["expiry", false], ["cvc", true], ["holder-name", false]]) {
      assert.equal((await page.textContent(`#${field}-error`)) !== "", isWrong, field);
      assert.equal((await page.getAttribute(`#${field}`, "aria-invalid")) === "true", isWrong, field);
    }
    await page.waitForSelector("#number:focus");
    assert.equal(await page.inputValue("#expiry").then((text) => text.replaceAll(" ", "")), "12/30");
    assert.deepEqual(await query(id), { status: "pending", attempts: [] });
    await pay(page);
    await arrivesPaid(page);
    assert.deepEqual(await query(id), { status: "completed", attempts: ["authorised"] });
  }));

  test("approves 3-D Secure", () => visit(options, async (page) => {
    const id = await begin(page);
    await pay(page, CHALLENGED);
    await page.waitForSelector(".answers");
    await page.reload();
    assert.deepEqual(await query(id), { status: "pending", attempts: [] });
    await approve(page);
    await arrivesPaid(page);
    assert.deepEqual(await query(id), { status: "completed", attempts: ["authorised"] });
  }));

  test("rejects 3-D Secure, and pays with another card", () => visit(options, async (page) => {
    const id = await begin(page);
    await pay(page, CHALLENGED);
    await reject(page);
    assert.equal(await notice(page), declined);
    await pay(page);
    await arrivesPaid(page);
    assert.deepEqual(await query(id), { status: "completed", attempts: ["refused", "authorised"] });
  }));

  test("clicks twice", () => visit(options, async (page) => {
    const id = await begin(page);
    await fill(page, GOOD);
    await page.dblclick("#card button");
    await arrivesPaid(page);
    assert.deepEqual(await query(id), { status: "completed", attempts: ["authorised"] });
  }));

  test("is declined in one tab, and reads in the other that its card was not tried", () => visit(options, async (page, context) => {
    const session = await createSession({ shopperLocale });
    const other = await context.newPage();
    for (const tab of [page, other]) await tab.goto(session.paymentUrl);
    await pay(page, { ...GOOD, name: "DECLINED" });
    assert.equal(await notice(page), declined);
    const second = { ...GOOD, number: "5555 5555 5555 4444" };
    await pay(other, second);
    assert.notEqual(await notice(other), declined);
    assert.deepEqual(await query(session.sessionId), { status: "pending", attempts: ["refused"] });
    await pay(other, second);
    await arrivesPaid(other);
    assert.deepEqual(await query(session.sessionId), { status: "completed", attempts: ["refused", "authorised"] });
  }));

  test("pays in one of two tabs, and then in the other", () => visit(options, async (page, context) => {
    const session = await createSession({ shopperLocale });
    const other = await context.newPage();
    for (const tab of [page, other]) {
      await tab.goto(session.paymentUrl);
      await fill(tab, GOOD);
    }
    await page.click("#card button");
    await arrivesPaid(page);
    await other.click("#card button");
    await arrivesPaid(other);
    assert.deepEqual(await query(session.sessionId), { status: "completed", attempts: ["authorised"] });
  }));
}

for (const [device, options] of Object.entries({ phone: PHONE, desktop: DESKTOP })) {
  for (const javaScriptEnabled of [true, false]) {
    for (const language of Object.keys(LANGUAGES)) {
      const script = javaScriptEnabled ? "with" : "without";
      describe(`${language}, on a ${device}, ${script} JavaScript: somebody`, { concurrency: 4 }, () => {
        flows({ ...options, javaScriptEnabled, locale: language }, language);
      });
    }
  }
}
