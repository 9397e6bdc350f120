// Texts of values, as the program writes them.

const kSuffixes = ["", "K", "M", "B", "T"];

function significant(value, digits) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e15 || size < 1e-6) return value.toExponential(digits - 1);
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

function withSuffix(value, digits) {
  let step = 0;
  while (step + 1 < kSuffixes.length && Math.abs(value) >= 999.95) {
    value /= 1000;
    ++step;
  }
  return [significant(value, digits), kSuffixes[step]];
}

/// A value in base units as a text with its unit.
export function valueText(axis, value, digits = 3) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "-";
  if (axis.scale === "date") return dateText(value);
  if (axis.kind === "fraction") return `${(100 * value).toFixed(1)} %`;
  if (axis.kind === "signed") return `${value > 0 ? "+" : ""}${(100 * value).toFixed(1)} %`;
  if (axis.kind === "count") return Math.round(value).toLocaleString("en-US");
  if (axis.kind === "large") return withSuffix(value, digits).join(" ").trim();
  if (axis.money) {
    const [number, suffix] = withSuffix(Math.abs(value), digits);
    return `${value < 0 ? "-" : ""}$${number}${suffix === "K" ? "k" : suffix}`;
  }
  if (axis.units.length > 0) {
    let best = axis.units[0];
    for (const unit of axis.units) if (Math.abs(value) >= unit[0] && unit[0] >= best[0]) best = unit;
    return `${significant(value / best[1], digits)} ${best[2]}`;
  }
  return significant(value, digits);
}

export function dateText(day) {
  return new Date(Math.floor(day) * 86400e3).toISOString().slice(0, 10);
}
