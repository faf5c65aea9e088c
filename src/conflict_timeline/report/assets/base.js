// Small tools: elements, dates and numbers in words. Texts only ever become text nodes.

const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";

/** An element; children are elements or texts, and nothing is ever read as markup. */
function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") made.className = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** A name in a direction of its own, whatever script it is in. */
const name_ = (text) => el("bdi", { dir: "auto" }, text);
/** The same where there are no elements: between isolates (UAX 9). */
const isolated = (text) => `\u2068${text}\u2069`;
const collate = new Intl.Collator(undefined, { numeric: true }).compare;
const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
const number = (value) => value.toLocaleString("en-GB");
const many = (count, noun, plural) => `${number(count)} ${count === 1 ? noun : plural || `${noun}s`}`;

const MONTHS = "January February March April May June July August September October November December".split(" ");

/** A day counted from the report's first as [year, month, day]. */
function civil(day) {
  const date = new Date((FIRST - 719163 + day) * 864e5); // 719163 is the ordinal of 1970-01-01
  return [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
}
/** The day of a civil date, counted from the report's first. */
const dayOf = (year, month, date) => Math.round(Date.UTC(year, month, date) / 864e5) + 719163 - FIRST;

function dateText(day, short) {
  const [year, month, date] = civil(day);
  return `${date} ${short ? MONTHS[month].slice(0, 3) : MONTHS[month]} ${year}`;
}
function isoText(day) {
  const [year, month, date] = civil(day);
  return [String(year).padStart(4, "0"), String(month + 1).padStart(2, "0"), String(date).padStart(2, "0")].join("-");
}

/** Two days as a window in words: "in May 2017", "16 to 22 October 2017", "by 9 October 2017". */
function windowText(first, last) {
  if (first === null && last === null) return "at any time";
  if (first === null) return `by ${dateText(last)}`;
  if (last === null) return `from ${dateText(first)} on`;
  const [y1, m1, d1] = civil(first), [y2, m2, d2] = civil(last);
  if (first === last) return dateText(first);
  const closes = dayOf(y2, m2 + 1, 1) - 1 === last;
  if (y1 === y2 && d1 === 1 && closes) {
    if (m1 === m2) return `in ${MONTHS[m1]} ${y1}`;
    if (m1 === 0 && m2 === 11) return `in ${y1}`;
  }
  if (y1 === y2 && m1 === m2) return `${d1} to ${d2} ${MONTHS[m1]} ${y1}`;
  if (y1 === y2) return `${d1} ${MONTHS[m1]} to ${dateText(last)}`;
  return `${dateText(first)} to ${dateText(last)}`;
}
const whenText = (first, last, doubt) =>
  `${doubt & 1 ? "about " : ""}${doubt & 2 ? "perhaps " : ""}${windowText(first, last)}`;

/** A number as low, best and high; open is open, never zero. */
function amount(low, best, high) {
  if (low === null && best === null && high === null) return "number not given";
  const closed = [low, best, high].filter((n) => n !== null);
  const least = low === null ? null : Math.min(...closed), most = high === null ? null : Math.max(...closed);
  let text;
  if (least === null && most === null) return `about ${number(best)}`;
  if (least === most) return number(least);
  if (most === null) text = `${number(least)} or more`;
  else if (least === null || least === 0) text = `up to ${number(most)}`;
  else text = `${number(least)} to ${number(most)}`;
  return best === null || best === least || best === most ? text : `${text}, best ${number(best)}`;
}

/** A link, if it leads to the web and nowhere else. */
function link(address, ...children) {
  let url = null;
  try {
    url = new URL(address);
  } catch {
    return el("span", {}, ...children);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return el("span", {}, ...children);
  return el("a", { href: url.href, rel: "noopener noreferrer external", target: "_blank" }, ...children);
}
