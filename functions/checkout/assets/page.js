// Makes the payment page quicker to use. Everything works without it, and the server decides.
(() => {
  const find = (selector, within = document) => within.querySelector(selector);
  const say = (text) => (find("#said").textContent = text);
  // Full-width digits are digits, and marks without width are nothing.
  const clean = (text) => text.normalize("NFKC").replace(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, "");
  const digitsOf = (text) => clean(text).replace(/\D/g, "");
  const askServer = () => location.replace(location.href);
  document.documentElement.classList.add("js");

  // A page that the browser kept may show what is no longer so.
  addEventListener("pageshow", (event) => event.persisted && askServer());

  // Somebody else is at it: how do things stand?
  const again = find("[data-again]");
  if (again) setTimeout(askServer, 1000 * again.dataset.again);

  // One click is enough; but whoever stops the browser may try again. No answer takes longer than this.
  const ANSWER_WITHIN = 12_000;
  let left = -Infinity;
  const isLeaving = () => performance.now() - left < ANSWER_WITHIN;
  const form = find("#card");
  for (const one of document.forms) {
    one.addEventListener("submit", (event) => {
      if (isLeaving() || (one === form && !check())) return event.preventDefault();
      left = performance.now();
      const button = event.submitter;
      if (!button?.dataset.busy) return;
      const before = [...button.childNodes];
      const turning = document.createElement("span");
      turning.className = "turning";
      button.setAttribute("aria-disabled", "true");
      button.replaceChildren(turning, button.dataset.busy);
      say(button.dataset.busy);
      setTimeout(() => {
        button.removeAttribute("aria-disabled");
        button.replaceChildren(...before);
      }, ANSWER_WITHIN);
    });
  }

  // The time that is left, by the server's seconds; after it the server is asked how things stand.
  const clock = find(".clock");
  if (clock) {
    const end = Date.now() + 1000 * clock.dataset.left;
    const shown = find("b span", clock);
    const warnings = [[60, clock.dataset.minute], [30, clock.dataset.half]];
    let before = Number(clock.dataset.left);
    const show = () => {
      const seconds = Math.max(0, Math.ceil((end - Date.now()) / 1000));
      if (seconds === before && seconds) return;
      shown.textContent = Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0");
      clock.classList.toggle("soon", seconds <= 60);
      for (const [at, text] of warnings) if (before > at && seconds <= at && seconds) say(text);
      before = seconds;
      if (!seconds && !isLeaving()) {
        left = performance.now();
        askServer();
      }
    };
    show();
    setInterval(show, 250);
    document.addEventListener("visibilitychange", show);
  }

  if (!form) return;
  form.noValidate = true;
  const { cardNumber: number, expiry, cvc, holderName: holder } = form.elements;
  const fields = [number, expiry, cvc, holder];

  // The server's own table: the first and the last prefix, and the brand.
  const prefixes = form.dataset.prefixes.split(";").map((entry) => entry.split(" "));
  const brandOf = (digits) => {
    const found = prefixes.find(([first, last]) => {
      const start = digits.slice(0, first.length);
      return start.length === first.length && start >= first && start <= last;
    });
    return found ? found.slice(2).join(" ") : "";
  };
  const cvcLength = () => (brandOf(digitsOf(number.value)) === form.dataset.four ? 4 : 3);

  const luhn = (digits) =>
    [...digits].reverse().reduce((sum, digit, place) => {
      const value = place % 2 ? digit * 2 : Number(digit);
      return sum + (value > 9 ? value - 9 : value);
    }, 0) % 10 === 0;

  // "", "missing", "invalid" or "past": what is wrong with a field, if anything.
  const complaintOf = (field) => {
    const text = clean(field.value).trim();
    const digits = digitsOf(text);
    if (!text) return "missing";
    if (field === number) {
      const good = /^[\d\s-]+$/.test(text) && digits.length >= 13 && digits.length <= 19 && luhn(digits);
      return good ? "" : "invalid";
    }
    if (field === expiry) {
      const [, month, year] = /^(0[1-9]|1[0-2])\s*[/-]?\s*(?:20)?(\d\d)$/.exec(text) ?? [];
      if (!month) return "invalid";
      return year + month < form.dataset.month ? "past" : "";
    }
    if (field === cvc) return /^\d+$/.test(text) && text.length === cvcLength() ? "" : "invalid";
    return [...text].length >= 3 ? "" : "invalid";
  };
  const shownOf = (field) => find("#" + field.id + "-error");
  const judge = (field) => {
    const complaint = complaintOf(field);
    const text = complaint && field.dataset[complaint];
    shownOf(field).textContent = text;
    field.setAttribute("aria-invalid", String(complaint !== ""));
    return text;
  };
  const isWrong = (field) => field.getAttribute("aria-invalid") === "true";
  const check = () => {
    const wrong = fields.filter(judge);
    if (!wrong.length) return true;
    say(form.dataset.problems.split("|")[wrong.length - 1]);
    wrong[0].focus();
    return false;
  };
  // What a complaint moves must not slip away from under a finger: while one is down, it waits for the click.
  let isPressed = false;
  addEventListener("pointerdown", () => (isPressed = true), true);
  for (const end of ["pointerup", "pointercancel", "contextmenu", "dragend"]) {
    addEventListener(end, () => setTimeout(() => (isPressed = false)), true);
  }
  for (const field of fields) {
    // Nobody is blamed for a field that they only passed through; a mistake is taken back as soon as it is mended.
    const look = (tries) => {
      if (isPressed && tries) setTimeout(look, 50, tries - 1);
      else if (field.value && !isLeaving() && document.activeElement !== field) {
        const before = shownOf(field).textContent;
        if (judge(field) !== before) say(shownOf(field).textContent);
      }
    };
    field.addEventListener("blur", () => look(20));
    field.addEventListener("input", () => isWrong(field) && judge(field));
  }

  // Writes a field anew in its shape, with the caret after the same digit as before. Not while an input method is at work.
  const whenTyped = (field, act) => {
    field.addEventListener("input", (event) => event.isComposing || act(event));
    field.addEventListener("compositionend", act);
  };
  const shape = (field, written) => {
    const caret = field.selectionStart ?? field.value.length;
    const count = digitsOf(field.value.slice(0, caret)).length;
    const atEnd = caret === field.value.length;
    if (field.value === written) return;
    field.value = written;
    let place = 0;
    for (let seen = 0; seen < count && place < written.length; place++) if (/\d/.test(written[place])) seen++;
    if (atEnd) place = written.length;
    if (document.activeElement === field) field.setSelectionRange(place, place);
  };
  const brand = find(".brand");
  const showNumber = () => {
    if (!/^[\d\s-]*$/.test(clean(number.value))) return;
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
    if (brand.textContent !== name) brand.textContent = name;
    if (isWrong(cvc)) judge(cvc);
  };
  whenTyped(number, showNumber);
  // Backspace over a space takes the digit before it.
  number.addEventListener("keydown", (event) => {
    const caret = number.selectionStart;
    if (event.key === "Backspace" && caret === number.selectionEnd && number.value[caret - 1] === " ") number.setSelectionRange(caret - 1, caret - 1);
  });
  whenTyped(expiry, (event) => {
    const typed = clean(expiry.value);
    if (!/^[\d\s/-]*$/.test(typed) || /^delete/.test(event.inputType ?? "")) return;
    let digits = digitsOf(typed);
    if (/^[2-9]/.test(digits) || /^\d\s*\//.test(typed)) digits = "0" + digits;
    const month = digits.slice(0, 2);
    const year = digits.slice(2, digits.length > 4 ? 6 : 4);
    const two = (digits.length > 4 ? year.replace(/^20/, "") : year).slice(0, 2);
    shape(expiry, month.length === 2 ? month + " / " + two : month);
  });
  whenTyped(cvc, () => shape(cvc, digitsOf(cvc.value).slice(0, 4)));

  // Test's table fills in the form.
  const inFourYears = "12 / " + String((Number(form.dataset.month.slice(0, 2)) + 4) % 100).padStart(2, "0");
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
      expiry.value ||= inFourYears;
      holder.value ||= "Test User";
      if (cvc.value.length !== cvcLength()) cvc.value = "1234".slice(0, cvcLength());
      fields.forEach(judge);
      find("button.main", form).focus();
    });
  }
  showNumber();
})();
