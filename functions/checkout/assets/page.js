// Makes the payment page quicker to use. Everything works without it, and the server decides.
(() => {
  const root = document.documentElement;
  const find = (selector, within = document) => within.querySelector(selector);
  const digitsOf = (text) => text.replace(/\D/g, "");
  let leaving = false;
  root.classList.add("js");

  // A page that the browser kept may show what is no longer so.
  addEventListener("pageshow", (event) => event.persisted && location.reload());

  // The time that is left, by the server's seconds; after it the server is asked how things stand.
  const clock = find(".clock");
  if (clock) {
    const end = Date.now() + 1000 * clock.dataset.left;
    const shown = find("b", clock);
    const said = find("#said");
    const warnings = [[60, clock.dataset.minute], [30, clock.dataset.half]];
    let before = Number(clock.dataset.left);
    const show = () => {
      const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
      shown.textContent = Math.floor(left / 60) + ":" + String(left % 60).padStart(2, "0");
      clock.classList.toggle("soon", left <= 60);
      for (const [at, text] of warnings) if (before > at && left <= at && left > 0) said.textContent = text;
      before = left;
      if (left === 0 && !leaving) {
        leaving = true;
        location.replace(location.href);
      }
    };
    show();
    setInterval(show, 250);
    document.addEventListener("visibilitychange", show);
  }

  // One click is enough.
  for (const form of document.forms) {
    form.addEventListener("submit", (event) => {
      if (leaving) return event.preventDefault();
      if (form.id === "card" && !check()) return event.preventDefault();
      leaving = true;
      const button = event.submitter;
      if (!button?.dataset.busy) return;
      const turning = document.createElement("span");
      turning.className = "turning";
      button.setAttribute("aria-disabled", "true");
      button.replaceChildren(turning, button.dataset.busy);
    });
  }

  const form = find("#card");
  if (!form) return;
  form.noValidate = true;
  const { cardNumber: number, expiry, cvc, holderName: holder } = form.elements;
  const fields = [number, expiry, cvc, holder];

  // The server's own table: "first last name-of-brand" in each entry.
  const prefixes = form.dataset.prefixes.split(";").map((entry) => entry.split(" "));
  const prefixOf = (digits) =>
    prefixes.find(([first, last]) => {
      const start = digits.slice(0, first.length);
      return start.length === first.length && start >= first && start <= last;
    });
  const brandOf = (digits) => prefixOf(digits)?.slice(2).join(" ") ?? "";
  const cvcLength = () => (brandOf(digitsOf(number.value)) === form.dataset.four ? 4 : 3);

  const luhn = (digits) =>
    [...digits].reverse().reduce((sum, digit, place) => {
      const value = place % 2 ? digit * 2 : Number(digit);
      return sum + (value > 9 ? value - 9 : value);
    }, 0) % 10 === 0;

  // "", "missing", "invalid" or "past": what is wrong with a field, if anything.
  const complaintOf = (field) => {
    const text = field.value.trim();
    const digits = digitsOf(text);
    if (!text) return "missing";
    if (field === number) {
      const good = /^[\d\s-]+$/.test(text) && digits.length >= 13 && digits.length <= 19 && luhn(digits);
      return good ? "" : "invalid";
    }
    if (field === expiry) {
      const [, month, year] = /^(0[1-9]|1[0-2])[\s/-]*(?:20)?(\d\d)$/.exec(text) ?? [];
      if (!month) return "invalid";
      return year + month < form.dataset.month ? "past" : "";
    }
    if (field === cvc) return /^\d+$/.test(text) && text.length === cvcLength() ? "" : "invalid";
    return [...text].length >= 3 ? "" : "invalid";
  };
  const judge = (field) => {
    const complaint = complaintOf(field);
    find("#" + field.id + "-error").textContent = complaint && field.dataset[complaint];
    field.setAttribute("aria-invalid", String(complaint !== ""));
    return !complaint;
  };
  const check = () => {
    const wrong = fields.filter((field) => !judge(field));
    wrong[0]?.focus();
    return wrong.length === 0;
  };
  // What a complaint moves must not slip away from under a finger: while one is down, it waits for the click.
  let isPressed = false;
  addEventListener("pointerdown", () => (isPressed = true), true);
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(() => (isPressed = false)), true);
  for (const field of fields) {
    // Nobody is blamed for a field that they only passed through; a mistake is taken back as soon as it is mended.
    const look = () => (isPressed ? setTimeout(look, 50) : field.value && !leaving && judge(field));
    field.addEventListener("blur", look);
    field.addEventListener("input", () => field.getAttribute("aria-invalid") === "true" && judge(field));
  }

  // Writes a field anew in its shape, with the caret after the same digit as before.
  const shape = (field, written) => {
    const caret = field.selectionStart ?? field.value.length;
    const count = digitsOf(field.value.slice(0, caret)).length;
    const atEnd = caret === field.value.length;
    field.value = written;
    let place = 0;
    for (let seen = 0; seen < count && place < written.length; place++) if (/\d/.test(written[place])) seen++;
    if (document.activeElement === field) field.setSelectionRange(atEnd ? written.length : place, atEnd ? written.length : place);
  };
  const brand = find(".brand");
  const showNumber = () => {
    const digits = digitsOf(number.value).slice(0, 19);
    const name = brandOf(digits);
    // As it is embossed: 4-6-5 on American Express, 4-6-4 on Diners Club, 4-4-4-4 on the others.
    const isShort = name === form.dataset.four || (name.startsWith("Diners") && digits.length < 15);
    const groups = isShort ? [4, 6, 5] : [4, 4, 4, 4, 3];
    const parts = [];
    for (let place = 0; place < digits.length; ) {
      const length = groups[parts.length] ?? 4;
      parts.push(digits.slice(place, place + length));
      place += length;
    }
    shape(number, parts.join(" "));
    brand.textContent = name;
    cvc.maxLength = cvcLength();
  };
  number.addEventListener("input", () => /^[\d\s-]*$/.test(number.value) && showNumber());
  // Backspace over a space takes the digit before it.
  number.addEventListener("keydown", (event) => {
    const caret = number.selectionStart;
    if (event.key === "Backspace" && caret === number.selectionEnd && number.value[caret - 1] === " ") number.setSelectionRange(caret - 1, caret - 1);
  });
  expiry.addEventListener("input", (event) => {
    const typed = expiry.value;
    if (!/^[\d\s/-]*$/.test(typed) || /^delete/.test(event.inputType ?? "")) return;
    let digits = digitsOf(typed);
    if (/^[2-9]/.test(digits) || /^\d\s*\//.test(typed)) digits = "0" + digits;
    const month = digits.slice(0, 2);
    const year = digits.length > 4 ? digits.slice(2, 6).replace(/^20/, "") : digits.slice(2, 4);
    shape(expiry, month.length === 2 ? month + " / " + year : month);
  });
  cvc.addEventListener("input", () => shape(cvc, digitsOf(cvc.value).slice(0, 4)));

  // Test's table fills in the form.
  for (const choice of document.querySelectorAll("[data-fill]")) {
    const { fill, label } = choice.dataset;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "fill";
    button.setAttribute("aria-label", label);
    choice.replaceWith(button);
    button.append(choice);
    button.addEventListener("click", () => {
      form.elements[fill].value = choice.textContent;
      number.value ||= find("[data-fill=cardNumber]").textContent;
      showNumber();
      expiry.value ||= "12 / 30";
      holder.value ||= "Test User";
      if (cvc.value.length !== cvcLength()) cvc.value = "1234".slice(0, cvcLength());
      fields.forEach(judge);
      find("button.main", form).focus();
    });
  }
  showNumber();
})();
