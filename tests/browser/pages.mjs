// The pages that the browser opens: what a command answers, each with the charts that it is expected to have at least.
export const pages = [
  { name: "plan", args: ["plan", "--model", "llama-3.1-70b", "--cluster", "h100-sxm:512"], charts: 0 },
  { name: "step", args: ["step", "scenarios/gpt3-175b-512-a100.toml", "--set", "layout.recompute=selective"], charts: 0 },
  { name: "network", args: ["network", "--fabric", "superpod-h100", "--gpus", "1024", "--collective", "all_reduce", "--sweep"], charts: 1 },
  { name: "run", args: ["run", "--model", "llama-3.1-405b", "--cluster", "h100-sxm:16384", "--tokens", "1.5e12",
      "--set", "run.replications=40", "--deadline", "12 days", "--optimise", "interval,spares,policy", "--tornado"], charts: 4 },
  { name: "cluster", args: ["cluster", "scenarios/cluster/described-jobs.toml"], charts: 4 },
  { name: "policies", args: ["cluster", "scenarios/cluster/national-pool.toml"], charts: 2 },
  { name: "simulate", args: ["simulate", "scenarios/llama-3.1-405b-16k-h100.toml"], charts: 0 },
  { name: "korea", args: ["fleet", "share", "scenarios/korea.toml"], charts: 0 },
  { name: "reliability", args: ["run", "scale", "scenarios/reliability-at-scale.toml"], charts: 0 },
  { name: "validate", args: ["validate", "--part", "score"], charts: 1 },
  { name: "catalog", args: ["catalog", "nodes", "h100-sxm"], charts: 0 },
];
