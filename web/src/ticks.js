import { dateText, valueText } from "./text.js";

/// Ticks, as [value, label], of an axis that the program has not planned: one that a reader looks at more closely, or
/// that has little room.
export function ticksBetween(axis, low, high, most) {
  if (axis.scale === "date") return dates(low, high, most);
  const all = axis.scale === "linear" ? steps(low, high, most) : powers(axis, low, high, most);
  return all.map((value) => [value, tickText(axis, value, high - low)]);
}

/// The ticks of an axis as a whole: those that the program planned, where there is room for them.
export function wholeTicks(axis, most) {
  if (axis.ticks.length <= most) return axis.ticks;
  if (axis.scale === "date") return dates(axis.low, axis.high, most);
  const every = Math.ceil(axis.ticks.length / most);
  return axis.ticks.filter((_, i) => i % every === 0);
}

function tickText(axis, value, span) {
  const digits = value === 0 ? 1 : Math.ceil(Math.log10(Math.abs(value) / (span / 10)));
  return valueText(axis, value, Math.min(9, Math.max(2, digits)));
}

function steps(low, high, most) {
  const wanted = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((size) => size >= wanted);
  const all = [];
  for (let k = Math.ceil(low / step); k * step <= high; ++k) all.push(k * step);
  return all;
}

function powers(axis, low, high, most) {
  const base = axis.scale === "log2" ? 2 : 10;
  const all = [];
  for (let e = Math.floor(Math.log(low) / Math.log(base)); base ** e <= high; ++e) {
    for (const digit of base === 10 ? [1, 2, 5] : [1]) if (digit * base ** e >= low && digit * base ** e <= high) all.push(digit * base ** e);
  }
  const every = Math.ceil(all.length / most);
  return all.length < 2 ? steps(low, high, most) : all.filter((_, i) => i % every === 0);
}

/// At days, months, quarters or years, and named as exactly as that needs.
function dates(low, high, most) {
  const all = [];
  for (const days of [1, 2, 7, 14]) {
    if ((high - low) / days > most) continue;
    for (let day = Math.ceil(low / days) * days; day <= high; day += days) all.push([day, dateText(day)]);
    return all;
  }
  const first = new Date(low * 86400e3);
  for (const months of [1, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 12000]) {
    if ((high - low) / (30.44 * months) > most) continue;
    const start = Math.floor((12 * first.getUTCFullYear() + first.getUTCMonth()) / months) * months;
    for (let month = start; ; month += months) {
      const day = Date.UTC(Math.floor(month / 12), month % 12, 1) / 86400e3;
      if (day > high) return all;
      if (day >= low) all.push([day, monthText(month, months)]);
    }
  }
  return all;
}

function monthText(month, step) {
  const year = Math.floor(month / 12);
  if (step % 12 === 0) return `${year}`;
  return step % 3 === 0 ? `${year}-Q${(month % 12) / 3 + 1}` : `${year}-${String((month % 12) + 1).padStart(2, "0")}`;
}
