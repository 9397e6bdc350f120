// The pages that the browser opens: what a command answers, with the number of charts that it has at least.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const scenarios = join(dirname(fileURLToPath(import.meta.url)), "../../scenarios");

/// Scenarios of the fleet level and of several levels: by the command that their first lines name, or else by `simulate`.
function scenarioPages() {
  const found = [];
  for (const file of readdirSync(scenarios).sort()) {
    if (!file.endsWith(".toml")) continue;
    const text = readFileSync(join(scenarios, file), "utf8");
    const named = text.split(/\n(?!#)/)[0].match(/^# +orrery (.*?\.toml)(?: {2,}.*)?$/m)?.[1];
    const isFleet = /^\[(fleet|purchase|landlord|market|nation|train)\b/m.test(text);
    const command = named ?? (isFleet ? `simulate scenarios/${file}` : "");
    if (/^(fleet|simulate)\b/.test(command)) found.push({ name: file.slice(0, -".toml".length), args: command.split(" "), charts: 1 });
  }
  return found;
}

export const pages = [
  { name: "plan", args: ["plan", "--model", "llama-3.1-70b", "--cluster", "h100-sxm:512"], charts: 0 },
  { name: "step", args: ["step", "scenarios/gpt3-175b-512-a100.toml", "--set", "layout.recompute=selective"], charts: 0 },
  { name: "network", args: ["network", "--fabric", "superpod-h100", "--gpus", "1024", "--collective", "all_reduce", "--sweep"], charts: 1 },
  { name: "run", args: ["run", "--model", "llama-3.1-405b", "--cluster", "h100-sxm:16384", "--tokens", "1.5e12",
      "--set", "run.replications=40", "--deadline", "12 days", "--optimise", "interval,spares,policy", "--tornado"], charts: 7 },
  { name: "cluster", args: ["cluster", "scenarios/cluster/described-jobs.toml"], charts: 4 },
  { name: "policies", args: ["cluster", "scenarios/cluster/national-pool.toml"], charts: 2 },
  { name: "validate", args: ["validate", "--part", "score"], charts: 1 },
  { name: "history", args: ["fleet", "history"], charts: 0 },
  { name: "catalog", args: ["catalog", "nodes", "h100-sxm"], charts: 0 },
  ...scenarioPages(),
];
