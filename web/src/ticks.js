import { valueText } from "./text.js";

/// Ticks of a part of an axis that the program has not planned: where a reader has looked closer.
export function ticksBetween(axis, low, high, most) {
  const all =
    axis.scale === "date" ? dates(low, high, most) : axis.scale === "linear" ? steps(low, high, most) : powers(axis, low, high, most);
  return all.map((value) => [value, tickText(axis, value, high - low)]);
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

function dates(low, high, most) {
  const all = [];
  for (const days of [1, 2, 7, 14]) {
    if ((high - low) / days > most) continue;
    for (let day = Math.ceil(low / days) * days; day <= high; day += days) all.push(day);
    return all;
  }
  const first = new Date(low * 86400e3);
  for (const months of [1, 3, 6, 12, 24, 60, 120, 240, 600, 1200]) {
    if ((high - low) / (30.44 * months) > most) continue;
    const start = Math.floor((12 * first.getUTCFullYear() + first.getUTCMonth()) / months) * months;
    for (let m = start; ; m += months) {
      const day = Date.UTC(Math.floor(m / 12), m % 12, 1) / 86400e3;
      if (day > high) return all;
      if (day >= low) all.push(day);
    }
  }
  return all;
}
