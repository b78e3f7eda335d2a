// What the script adds for those who type, paste, click and listen.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DESKTOP, GOOD, PHONE, arrivesPaid, fill, pay, visit } from "./browser.mjs";
import { createSession, query } from "./stack.mjs";

const open = (story, options = DESKTOP) => visit(options, async (page, context) => {
  const { paymentUrl, sessionId } = await createSession({ shopperLocale: "en" });
  await page.goto(paymentUrl);
  await story(page, sessionId, context);
});
const paste = async (page, field, text) => {
  await page.focus(field);
  await page.keyboard.insertText(text);
};

describe("the card number", { concurrency: 4 }, () => {
  for (const [typed, shown, brand] of [
    ["4111111111111111", "4111 1111 1111 1111", "Visa"],
    ["4", "4", "Visa"],
    ["5555555555554444", "5555 5555 5555 4444", "Mastercard"],
    ["2221000000000009", "2221 0000 0000 0009", "Mastercard"],
    ["378282246310005", "3782 822463 10005", "American Express"],
    ["6771798021000008", "6771 7980 2100 0008", "Maestro"],
    ["6799990100000000019", "6799 9901 0000 0000 019", "Maestro"],
    ["3530111333300000", "3530 1113 3330 0000", "JCB"],
    ["36006666333344", "3600 666633 3344", "Diners Club"],
    ["6011111111111117", "6011 1111 1111 1117", "Discover"],
    ["9", "9", ""],
    ["41111111111111111111111", "4111 1111 1111 1111 111", "Visa"],
  ]) {
    test(`${typed} is grouped, and its brand known`, () => open(async (page) => {
      await page.type("#number", typed);
      assert.equal(await page.inputValue("#number"), shown);
      assert.equal(await page.textContent(".brand"), brand);
    }));
  }

  const pasted = [
    "4111 1111 1111 1111", " 4111-1111-1111-1111 ", "4111  1111\u00a01111 1111", "\u202d4111111111111111\u202c", "４１１１１１１１１１１１１１１１",
  ];
  for (const text of pasted) {
    test(`is pasted as ${JSON.stringify(text)}`, () => open(async (page) => {
      await paste(page, "#number", text);
      assert.equal(await page.inputValue("#number"), "4111 1111 1111 1111");
    }));
  }

  test("is mended in the middle, with the caret where it was", () => open(async (page) => {
    await page.type("#number", "41111111111111");
    for (let step = 0; step < 10; step++) await page.keyboard.press("ArrowLeft");
    await page.keyboard.type("22");
    assert.equal(await page.inputValue("#number"), "4111 1122 1111 1111");
    await page.keyboard.press("Backspace");
    await page.keyboard.press("Backspace");
    assert.equal(await page.inputValue("#number"), "4111 1111 1111 11");
    assert.equal(await page.evaluate(() => document.activeElement.selectionStart), 7);
  }));

  test("is deleted over its spaces", () => open(async (page) => {
    await page.type("#number", "411111");
    for (let step = 0; step < 6; step++) await page.keyboard.press("Backspace");
    assert.equal(await page.inputValue("#number"), "");
  }));
});

describe("the date", { concurrency: 4 }, () => {
  for (const [typed, shown] of [
    ["1230", "12 / 30"],
    ["530", "05 / 30"],
    ["12/30", "12 / 30"],
    ["1/30", "01 / 30"],
  ]) {
    test(`${typed} is typed as ${shown}`, () => open(async (page) => {
      await page.type("#expiry", typed);
      assert.equal(await page.inputValue("#expiry"), shown);
    }));
  }
  test("is typed with four digits of a year", () => open(async (page) => {
    await page.type("#expiry", "12/2030");
    assert.equal(await page.inputValue("#expiry"), "12 / 30");
    await page.keyboard.type("5");
    assert.equal(await page.inputValue("#expiry"), "12 / 30");
  }));
  for (const [text, shown] of [["12/2030", "12 / 30"], ["12/30", "12 / 30"], ["1230", "12 / 30"]]) {
    test(`${text} is pasted as ${shown}`, () => open(async (page) => {
      await paste(page, "#expiry", text);
      assert.equal(await page.inputValue("#expiry"), shown);
    }));
  }
  test("can be deleted", () => open(async (page) => {
    await page.type("#expiry", "1230");
    for (let step = 0; step < 7; step++) await page.keyboard.press("Backspace");
    assert.equal(await page.inputValue("#expiry"), "");
  }));
});

describe("mistakes", { concurrency: 4 }, () => {
  test("are shown when a field is left, and gone when it is mended", () => open(async (page) => {
    await page.type("#cvc", "12");
    await page.keyboard.press("Tab");
    assert.match(await page.textContent("#cvc-error"), /^Check the security code/);
    // For those who don't see it.
    assert.match(await page.textContent("#said"), /^Check the security code/);
    await page.focus("#cvc");
    await page.keyboard.press("End");
    await page.keyboard.type("3");
    assert.equal(await page.textContent("#cvc-error"), "");
    assert.equal(await page.getAttribute("#cvc", "aria-invalid"), "false");
  }));

  test("in the security code are looked at again when the number tells another brand", () => open(async (page) => {
    await page.type("#cvc", "1234");
    await page.type("#number", "41");
    assert.match(await page.textContent("#cvc-error"), /^Check the security code/);
    await page.fill("#number", "37");
    assert.equal(await page.textContent("#cvc-error"), "");
  }));

  test("are not shown in a field that was only passed through", () => open(async (page) => {
    await page.focus("#number");
    await page.keyboard.press("Tab");
    assert.equal(await page.textContent("#number-error"), "");
  }));

  // What they move on the page once took the button away from under the pointer.
  for (const [device, options] of Object.entries({ phone: PHONE, desktop: DESKTOP })) {
    test(`are all shown by one click, on a ${device}`, () => open(async (page, id) => {
      await page.type("#expiry", "1224");
      await page.type("#cvc", "12");
      await page.click("#card button");
      await page.waitForFunction(() => document.querySelector("#holder-name-error").textContent !== "");
      const errors = await page.locator(".error").allTextContents();
      assert.equal(await page.textContent("#said"), "4 fields need your attention.");
      assert.deepEqual(errors, [
        "Enter the card number.",
        "This card has expired. Use another card.",
        "Check the security code: 3 digits, or 4 on American Express.",
        "Enter the name on the card.",
      ]);
      assert.equal(await page.evaluate(() => document.activeElement.id), "number");
      assert.deepEqual(await query(id), { status: "pending", attempts: [] });
    }, options));
  }

  test("are found as the server finds them", () => open(async (page) => {
    for (const [card, field] of [
      [{ ...GOOD, number: "4111111111111112" }, "number"],
      [{ ...GOOD, number: "411111111111" }, "number"],
      [{ ...GOOD, number: "4111 1111 1111 111x" }, "number"],
      [{ ...GOOD, expiry: "13/30" }, "expiry"],
      [{ ...GOOD, expiry: "12/24" }, "expiry"],
      [{ ...GOOD, number: "378282246310005" }, "cvc"],
      [{ ...GOOD, cvc: "73" }, "cvc"],
      [{ ...GOOD, name: "Al" }, "holder-name"],
    ]) {
      await fill(page, card);
      await page.click("#card button", { noWaitAfter: true });
      const wrong = await page.locator("[aria-invalid=true]").evaluateAll((fields) => fields.map((one) => one.id));
      assert.deepEqual(wrong, [field], JSON.stringify(card));
      // The same without the script's opinion.
      const answer = await page.evaluate(async (card) => {
        const fields = { action: "pay", cardNumber: card.number, expiry: card.expiry, cvc: card.cvc, holderName: card.name };
        return [location.href, new URLSearchParams(fields).toString()];
      }, card);
      const response = await fetch(answer[0], {
        method: "POST", body: answer[1], headers: { "Content-Type": "application/x-www-form-urlencoded" },
      });
      assert.equal(response.status, 422);
      const html = await response.text();
      assert.equal(html.split('aria-invalid="true"').length, 2);
      assert.ok(html.split(`id="${field}-error">`)[1].search("<") > 0, field);
    }
  }));
});

describe("somebody", { concurrency: 4 }, () => {
  test("pays with nothing but a keyboard", () => open(async (page, id) => {
    await page.keyboard.press("Tab");
    for (const text of ["4111111111111111", "1230", "737", "Test User"]) {
      await page.keyboard.type(text);
      await page.keyboard.press("Tab");
    }
    assert.equal(await page.evaluate(() => document.activeElement.matches("#card button")), true);
    await page.keyboard.press("Enter");
    await arrivesPaid(page);
    assert.deepEqual(await query(id), { status: "completed", attempts: ["authorised"] });
  }));

  test("fills in the form from the table, and pays", () => open(async (page, id) => {
    await page.click("summary");
    await page.click("button.fill:has-text('3782 822463 10005')");
    await page.click("button.fill:has-text('CARD_EXPIRED')");
    assert.equal(await page.inputValue("#cvc"), "1234");
    await page.click("#card button");
    await page.waitForSelector("[role=alert]");
    assert.deepEqual(await query(id), { status: "pending", attempts: ["refused"] });
  }));

  test("sees that it is at work, and clicks no second time", () => open(async (page, id) => {
    // The submit is held until the customer has seen the button and clicked on everything there is.
    let posts = 0;
    const seen = new Promise((resolve) => page.exposeFunction("seen", (...all) => resolve(all)));
    await page.route("**/pay-external/**", async (route) => {
      if (route.request().method() === "POST") {
        posts++;
        await seen;
      }
      await route.continue();
    });
    await fill(page, GOOD);
    await page.evaluate(() => addEventListener("submit", () => setTimeout(() => {
      const button = document.querySelector("#card button");
      const state = [button.getAttribute("aria-disabled"), button.textContent];
      button.click();
      document.querySelector("button.quiet").click();
      window.seen(...state);
    }), { once: true }));
    await page.click("#card button", { noWaitAfter: true });
    assert.deepEqual(await seen, ["true", "Processing…"]);
    await arrivesPaid(page);
    assert.equal(posts, 1);
    assert.deepEqual(await query(id), { status: "completed", attempts: ["authorised"] });
  }));

  test("gets a numeric keyboard and what the browser remembers", () => open(async (page) => {
    const fields = await page.locator("#card input:not([type=hidden])").evaluateAll((inputs) =>
      inputs.map((input) => [input.name, input.inputMode, input.autocomplete]));
    assert.deepEqual(fields, [
      ["cardNumber", "numeric", "cc-number"],
      ["expiry", "numeric", "cc-exp"],
      ["cvc", "numeric", "cc-csc"],
      ["holderName", "text", "cc-name"],
    ]);
  }, PHONE));

  test("pays with a card of each brand", () => open(async (page, id, context) => {
    const cards = [
      ["5555555555554444", "123"], ["378282246310005", "1234"], ["6799990100000000019", "123"], ["3530111333300000", "123"],
      ["36006666333344", "123"], ["6011111111111117", "123"],
    ];
    for (const [number, cvc] of cards) {
      const session = await createSession({ shopperLocale: "en" });
      const tab = await context.newPage();
      await tab.goto(session.paymentUrl);
      await pay(tab, { ...GOOD, number, cvc });
      await arrivesPaid(tab);
    }
  }));
});
