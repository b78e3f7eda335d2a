// The local stack, as a merchant's developer uses it.

export const BASE = process.env.BASE_URL;

const merchants = await (await fetch(`${BASE}/local/demo`)).json();
const shopOf = (webcode) => merchants.find((merchant) => merchant.webcode === webcode);
const prefix = { test: "/external/v1/test", live: "/external/v1" };

export async function call(environment, path, body, webcode = "SHOP01") {
  const answer = await fetch(BASE + prefix[environment] + path, {
    method: body ? "POST" : "GET",
    headers: { "X-API-KEY": shopOf(webcode)[environment].apiKey, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const { success, data, error } = await answer.json();
  if (!success) throw new Error(JSON.stringify(error));
  return data;
}

// A new session: its id, and the address of its page.
export async function createSession(other = {}, environment = "test", webcode = "SHOP01") {
  const body = {
    webcode,
    amount: { value: 15000, currency: "EUR" },
    urlOk: environment === "test" ? `${BASE}/local/shop/ok` : "https://shop.example/ok",
    urlKo: environment === "test" ? `${BASE}/local/shop/ko` : "https://shop.example/ko",
    description: "Order 12345 – two nights with a view of the sea",
    customReference: "ORD-2026-12345",
    ...other,
  };
  return call(environment, "/payment/session", body, webcode);
}

// The session's status, and those of its attempts.
export async function query(sessionId, environment = "test") {
  const { status, attempts } = await call(environment, `/payment/session/${sessionId}?webcode=SHOP01`);
  return { status, attempts: attempts.map((attempt) => attempt.status) };
}

// Time passes on the server.
export async function forward(seconds) {
  const body = JSON.stringify({ forwardSeconds: seconds });
  const answer = await fetch(`${BASE}/local/clock`, { method: "PUT", body });
  if (!answer.ok) throw new Error(await answer.text());
}
