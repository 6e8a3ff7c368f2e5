// Finds the number that a desk asks for where forms come too fast: SHA-256 of "question:number" has to
// begin with so many zero bits. The widget imports `solve`, on pages that may have replaced any global;
// on a page of the portal the form is prepared here.

const primes = [];
for (let n = 2; primes.length < 64; n++) {
  let prime = true;
  for (let i = 0; i < primes.length && prime; i++) prime = n % primes[i];
  if (prime) primes[primes.length] = n;
}
const fraction = (root) => ((root % 1) * 4294967296) | 0;
const K = [];
for (let i = 0; i < 64; i++) K[i] = fraction(primes[i] ** (1 / 3));
const right = (value, by) => (value >>> by) | (value << (32 - by));

// The first 32 bits of the hash of an ASCII text.
const beginning = (text) => {
  const size = text.length;
  const words = [];
  const blocks = ((size + 8) >> 6) + 1;
  for (let i = 0; i < blocks * 16; i++) words[i] = 0;
  for (let i = 0; i < size; i++) words[i >> 2] |= text.charCodeAt(i) << (24 - (i % 4) * 8);
  words[size >> 2] |= 128 << (24 - (size % 4) * 8);
  words[words.length - 1] = size * 8;
  const state = [];
  for (let i = 0; i < 8; i++) state[i] = fraction(primes[i] ** 0.5);
  const w = [];
  for (let at = 0; at < words.length; at += 16) {
    let a = state[0], b = state[1], c = state[2], d = state[3];
    let e = state[4], f = state[5], g = state[6], h = state[7];
    for (let i = 0; i < 64; i++) {
      if (i < 16) w[i] = words[at + i];
      else {
        const x = w[i - 15], y = w[i - 2];
        const s0 = right(x, 7) ^ right(x, 18) ^ (x >>> 3);
        const s1 = right(y, 17) ^ right(y, 19) ^ (y >>> 10);
        w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
      }
      const s1 = right(e, 6) ^ right(e, 11) ^ right(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const s0 = right(a, 2) ^ right(a, 13) ^ right(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    const done = [a, b, c, d, e, f, g, h];
    for (let i = 0; i < 8; i++) state[i] = (state[i] + done[i]) | 0;
  }
  return state[0] >>> 0;
};

export const solve = async (question, bits, later) => {
  for (let number = 0; ; number++) {
    const answer = question + ":" + number;
    if (beginning(answer) >>> (32 - bits) === 0) return answer;
    // The page stays at hand. (What can be awaited needs no Promise of the page's.)
    if (number % 2000 === 1999) await { then: (go) => later(go, 0) };
  }
};

const prepare = (field) => {
  const button = field.form.querySelector("button:not([type=button])");
  button.setAttribute("aria-disabled", "true");
  const hold = (event) => event.preventDefault();
  field.form.addEventListener("submit", hold, true);
  solve(field.value, +field.dataset.escProof, (go, after) => setTimeout(go, after)).then((answer) => {
    field.value = answer;
    field.form.removeEventListener("submit", hold, true);
    button.removeAttribute("aria-disabled");
    document.querySelector("[data-esc-proof-wait]").hidden = true;
  });
};
const field = document.querySelector("input[data-esc-proof]");
if (field) {
  prepare(field);
  // The form came back with another question.
  document.addEventListener("esc:changed", () => {
    const next = document.querySelector("input[data-esc-proof]");
    if (next) prepare(next);
  });
}
