// How the page looks, and whether everybody can use it: axe-core on every state, and a picture of each in target/browser.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import {
  CHALLENGED, DESKTOP, GOOD, PHONE, fill, giveUp, holdBack, pay, showOnce, visit,
} from "./browser.mjs";
import { BASE, createSession } from "./stack.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

async function hasNoBarrier(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate((tags) => axe.run(document, { runOnly: tags }), TAGS);
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
  assert.deepEqual(found, []);
}

async function fits(page) {
  const wide = await page.evaluate(() => {
    const there = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= there) return [];
    const sticksOut = (one) => one.getBoundingClientRect().right > there + 1;
    return [...document.querySelectorAll("body *")].filter(sticksOut).map((one) => one.outerHTML.slice(0, 80));
  });
  assert.deepEqual(wide, []);
}

const open = async (page, shopperLocale, other = {}, environment = "test", webcode = "SHOP01") => {
  const session = await createSession({ shopperLocale, ...other }, environment, webcode);
  await page.goto(session.paymentUrl);
};

// How to get to each state.
const STATES = {
  form: (page, locale) => open(page, locale),
  reservation: (page, locale) => open(page, locale, { isPreAuth: true, amount: { value: 99_999_999, currency: "USD" } }),
  errors: async (page, locale) => {
    await open(page, locale);
    await fill(page, { number: "4111 1111 1111 1112", expiry: "12/24", cvc: "73", name: "" });
    await page.click("#card button");
  },
  declined: async (page, locale) => {
    await open(page, locale);
    await pay(page, { ...GOOD, name: "CVC_DECLINED" });
    await page.waitForSelector("[role=alert]");
  },
  "test-help": async (page, locale) => {
    await open(page, locale);
    await page.click("summary");
  },
  challenge: async (page, locale) => {
    await open(page, locale);
    await pay(page, CHALLENGED);
    await page.waitForSelector(".answers");
  },
  paid: async (page, locale) => {
    await holdBack(page);
    await open(page, locale);
    await pay(page);
    await page.waitForSelector(".end");
  },
  cancelled: async (page, locale) => {
    await holdBack(page);
    await open(page, locale);
    await giveUp(page);
    await page.waitForSelector(".end");
  },
  // What the server says of a form that no script looked at.
  "errors-by-the-server": async (page, locale) => {
    await open(page, locale);
    await page.evaluate(() => document.querySelector("#card").submit());
    await page.waitForSelector("[role=alert]");
  },
  "not-tried": async (page, locale) => {
    await open(page, locale);
    await fetch(page.url(), {
      method: "POST",
      body: new URLSearchParams({ action: "pay", cardNumber: "4111111111111111", expiry: "12/30", cvc: "737", holderName: "DECLINED" }),
    });
    await pay(page, { ...GOOD, number: "5555 5555 5555 4444" });
    await page.waitForSelector("[role=alert]");
  },
  failed: async (page, locale) => {
    await holdBack(page);
    await open(page, locale);
    await pay(page, { ...GOOD, name: "ERROR" });
    await page.waitForSelector("[role=alert]");
    await giveUp(page);
    await page.waitForSelector(".end");
  },
  "not-understood": async (page, locale) => {
    await open(page, locale);
    await page.evaluate(() => {
      document.querySelector("#card input[name=action]").value = "steal";
      document.querySelector("#card").submit();
    });
    await page.waitForSelector(".trace");
  },
  "long-words": (page, locale) => open(page, locale, { description: "Ωmega".repeat(51) }),
  "not-found": (page) => page.goto(`${BASE}/pay-external/x`),
  "no-processor": (page, locale) => open(page, locale, {}, "live", "SHOP02"),
  "live-service": (page, locale) => open(page, locale, {}, "live"),
  "live-declined": async (page, locale) => {
    await open(page, locale, {}, "live");
    await page.click("button[value=decline]");
    await page.waitForSelector("[role=alert]");
  },
  "live-waiting": async (page, locale) => {
    await showOnce(page);
    // The last three digits make the sandbox take its time.
    await open(page, locale, { amount: { value: 15603, currency: "EUR" } }, "live");
    await page.waitForSelector(".end");
  },
};

const DEVICES = {
  phone: PHONE,
  desktop: DESKTOP,
  "phone-dark": { ...PHONE, colorScheme: "dark" },
  "desktop-dark": { ...DESKTOP, colorScheme: "dark" },
};

for (const [device, options] of Object.entries(DEVICES)) {
  describe(`on a ${device}, nobody is kept out of`, { concurrency: 4 }, () => {
    for (const [state, reach] of Object.entries(STATES)) {
      test(state, () => visit({ ...options, locale: "en", reducedMotion: "reduce" }, async (page) => {
        await reach(page, "en-GB");
        await page.screenshot({ path: `${process.env.PICTURES}/${device}-${state}.png`, fullPage: true });
        await hasNoBarrier(page);
        await fits(page);
      }));
    }
  });
}

describe("in every language, nobody is kept out of", { concurrency: 4 }, () => {
  for (const language of ["es-ES", "fr-FR", "de-DE", "it-IT", "pt-PT", "ca-ES"]) {
    for (const state of ["form", "errors", "declined", "challenge"]) {
      test(`${language} ${state}`, () => visit({ ...PHONE, locale: language }, async (page) => {
        await STATES[state](page, language);
        await page.screenshot({ path: `${process.env.PICTURES}/phone-${language}-${state}.png`, fullPage: true });
        await hasNoBarrier(page);
        await fits(page);
      }));
    }
  }
});

describe("the page", { concurrency: 4 }, () => {
  test("fits on 320 pixels, and with large letters", () => visit({ viewport: { width: 320, height: 640 } }, async (page) => {
    await STATES.errors(page, "de-DE");
    await fits(page);
    await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
    await fits(page);
  }));

  test("has room for the longest brand beside its label", () => visit({ ...PHONE, viewport: { width: 320, height: 640 } }, async (page) => {
    await open(page, "de-DE");
    await page.type("#number", "378282246310005");
    const [label, brand] = await page.locator("label[for=number], .brand").evaluateAll((all) => all.map((one) => one.getBoundingClientRect()));
    assert.ok(brand.width > 0 && (label.right <= brand.left || label.bottom <= brand.top), JSON.stringify([label, brand]));
    await fits(page);
  }));

  test("has targets of 24 pixels at least", () => visit(PHONE, async (page) => {
    await STATES["test-help"](page, "en");
    const small = await page.locator("button, input:not([type=hidden]), summary, a").evaluateAll((all) =>
      all.map((one) => [one.textContent || one.name, one.getBoundingClientRect()])
        .filter(([, box]) => box.width < 24 || box.height < 24)
        .map(([name]) => name));
    assert.deepEqual(small, []);
  }));

  test("turns nothing around for those who do not like that", () => visit({ ...PHONE, reducedMotion: "reduce" }, async (page) => {
    await STATES.paid(page, "en");
    assert.equal(await page.locator(".turning").count(), 1);
    assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
  }));

  test("weighs no more than 20 KB on its way", async () => {
    const { paymentUrl } = await createSession({ shopperLocale: "de" });
    const answer = await fetch(paymentUrl, { headers: { "Accept-Encoding": "gzip" } });
    assert.equal(answer.headers.get("content-encoding"), "gzip");
    const bytes = Number(answer.headers.get("content-length"));
    assert.ok(bytes > 1_000 && bytes <= 20 * 1024, `${bytes} bytes`);
    assert.match(await answer.text(), /<script>/);
    console.log(`the form weighs ${bytes} bytes`);
  });

  test("writes amounts as this browser does", () => visit(DESKTOP, async (page) => {
    for (const locale of ["es-ES", "en-GB", "en-US", "fr-FR", "de-DE", "it-IT", "pt-PT", "pt-BR", "ca-ES"]) {
      for (const currency of ["EUR", "GBP", "USD"]) {
        const session = await createSession({ shopperLocale: locale, amount: { value: 1_234_567, currency } });
        await page.goto(session.paymentUrl);
        const expected = await page.evaluate(
          ([locale, currency]) => new Intl.NumberFormat(locale, { style: "currency", currency }).format(12_345.67),
          [locale, currency],
        );
        assert.equal(await page.textContent(".amount"), expected, `${locale} ${currency}`);
      }
    }
  }));
});
