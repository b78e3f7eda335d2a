// The customers' browsers.

import assert from "node:assert/strict";
import { after } from "node:test";
import { chromium } from "playwright-core";
import { BASE } from "./stack.mjs";

export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
export const DESKTOP = { viewport: { width: 1280, height: 860 } };
export const GOOD = { number: "4111 1111 1111 1111", expiry: "12/30", cvc: "737", name: "Test User" };
export const CHALLENGED = { ...GOOD, number: "4000 0000 0000 3220" };

// Where a Live shop would be: nobody is there, so the browser is told what it would find.
export const SHOP = "https://shop.example/";

// How long anything may take: a slow machine is not a defect.
const PATIENCE_MS = 60_000;

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
after(() => browser.close());

// Lets somebody visit, and then finds out whether the page behaved: no error, nothing against its own policy, and nothing from
// anywhere but the service.
export async function visit(options, story) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  const wrong = [];
  context.on("weberror", (error) => wrong.push(error.error().message));
  context.on("console", (message) => ["error", "warning"].includes(message.type()) && wrong.push(message.text()));
  context.on("request", (request) => {
    const isPage = request.resourceType() === "document" && [BASE, SHOP].some((address) => request.url().startsWith(address));
    if (!isPage) wrong.push(`${request.resourceType()} ${request.url()}`);
  });
  try {
    await context.route(`${SHOP}**`, (route) => route.fulfill({ contentType: "text/html", body: "<title>The shop</title>" }));
    const page = await context.newPage();
    await story(page, context);
    assert.deepEqual(wrong.filter((text) => !text.includes("status of 4") && !text.includes("status of 503")), []);
  } finally {
    await context.close();
  }
}

export async function fill(page, card) {
  await page.fill("#number", card.number);
  await page.fill("#expiry", card.expiry);
  await page.fill("#cvc", card.cvc);
  await page.fill("#holder-name", card.name);
}

export async function pay(page, card = GOOD) {
  await fill(page, card);
  await page.click("#card button");
}

// What the page's clock says.
export async function seconds(page) {
  const [minutes, rest] = (await page.textContent(".clock b")).split(":").map(Number);
  return 60 * minutes + rest;
}

export const giveUp = (page) => page.click("button.quiet");
export const approve = (page) => page.click(".answers button.main");
export const reject = (page) => page.click(".answers button.second");

// A second click cuts off the way that the first one had begun, so what counts is where the page ends up.
async function arrives(page, address) {
  const end = Date.now() + PATIENCE_MS;
  while (!page.url().startsWith(address)) {
    assert.ok(Date.now() < end, `${page.url()} and not ${address}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await page.waitForLoadState();
}

// Lands at the shop, which checks what the customer brings.
export async function arrivesPaid(page) {
  await arrives(page, `${BASE}/local/shop/ok?data=`);
  assert.match(await page.textContent("body"), /The signature of data is right/);
}
export const arrivesAtLiveShop = (page, path) => arrives(page, SHOP + path);
export const arrivesUnpaid = (page) => arrives(page, `${BASE}/local/shop/ko`);

// Keeps the page where it is when it would go on to the shop.
export const holdBack = (page) => page.route("**/local/shop/**", (route) => route.fulfill({ status: 204 }));

// Shows the page once, and keeps it there when it would look again: a reload would take it away from under whoever looks at it.
export async function showOnce(page) {
  let isShown = false;
  await page.route("**/pay-external/**", (route) => {
    if (isShown) return route.fulfill({ status: 204 });
    isShown = true;
    return route.continue();
  });
}

// What the page says after a submit. The page before may have said something too, so the new one is waited for.
export async function notice(page) {
  await page.waitForLoadState();
  return (await page.textContent("[role=alert] strong")).trim();
}
