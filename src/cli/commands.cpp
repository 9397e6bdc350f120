#include "cli/command.hpp"

namespace orrery {

// One a file: src/cli/NAME.cpp.
RunCommand declare_catalog(CLI::App& app);
RunCommand declare_cluster(CLI::App& app);
RunCommand declare_cluster_import(CLI::App& app);
RunCommand declare_cluster_size(CLI::App& app);
RunCommand declare_cluster_when(CLI::App& app);
RunCommand declare_completion(CLI::App& app);
RunCommand declare_fleet(CLI::App& app);
RunCommand declare_fleet_buy(CLI::App& app);
RunCommand declare_fleet_history(CLI::App& app);
RunCommand declare_fleet_landlord(CLI::App& app);
RunCommand declare_fleet_market(CLI::App& app);
RunCommand declare_fleet_plan(CLI::App& app);
RunCommand declare_fleet_share(CLI::App& app);
RunCommand declare_fleet_train(CLI::App& app);
RunCommand declare_network(CLI::App& app);
RunCommand declare_network_expect(CLI::App& app);
RunCommand declare_network_size(CLI::App& app);
RunCommand declare_plan(CLI::App& app);
RunCommand declare_run(CLI::App& app);
RunCommand declare_run_scale(CLI::App& app);
RunCommand declare_schema(CLI::App& app);
RunCommand declare_simulate(CLI::App& app);
RunCommand declare_step(CLI::App& app);
RunCommand declare_validate(CLI::App& app);
RunCommand declare_version(CLI::App& app);

const std::vector<Command>& commands() {
  static const std::vector<Command> all = {
      {"plan", "The best parallel layouts of a model on a machine",
       "orrery plan --model llama-3.1-405b --cluster h100-sxm:16384", declare_plan},
      {"step", "One training step explained: time, breakdown, memory",
       "orrery step --model llama-3.1-8b --cluster h100-sxm:8 --set layout.tp=2", declare_step},
      {"network",
       "What a collective, or jobs that share a fabric, cost; what a fabric is built of",
       "orrery network --fabric superpod-h100 --gpus 1024 --collective all_reduce --sweep",
       declare_network,
       true,
       {{"expect", "The curve that nccl-tests should show, and what a log falls short of",
         "orrery network expect --log all_reduce.log", declare_network_expect, true},
        {"size", "Switches, cables, power and price of a fabric",
         "orrery network size --fabric superpod-h100 --gpus 1024", declare_network_size}}},
      {"run",
       "What a training run of weeks delivers under failures, checkpoints and spares",
       "orrery run --model llama-3.1-405b --cluster h100-sxm:16384 --tokens 15.6e12",
       declare_run,
       true,
       {{"scale", "The same training on machines of several sizes: where more GPUs stop helping, what to mend first",
         "orrery run scale --model llama-3.1-405b --cluster h100-sxm:16384 --tokens 15.6e12 --sizes 16384,98304",
         declare_run_scale, true}}},
      {"cluster",
       "Many tenants share scarce GPUs: who waits how long under which policy",
       "orrery cluster --trace jobs.csv --gpus 2816 --policy fifo,easy,srtf",
       declare_cluster,
       true,
       {{"size", "The smallest machine that keeps a target, as \"p90 wait < 4 h\"",
         "orrery cluster size --trace jobs.csv --gpus 2816 --target \"p90 wait < 4 h\"", declare_cluster_size, true},
        {"when", "When a job that is submitted now would start",
         "orrery cluster when --trace jobs.csv --gpus 2816 --job \"64 GPUs for 12 h\"", declare_cluster_when, true},
        {"import", "Any trace of jobs as canonical CSV, and what is wrong with it",
         "orrery cluster import jobs.swf --out jobs.csv", declare_cluster_import}}},
      {"fleet",
       "What money, power, chips and time can build, who gets it, and what it trains",
       "orrery fleet scenarios/stargate.toml",
       declare_fleet,
       true,
       {{"buy", "Buy chips now, wait, or rent: what each costs, and at which price the answer turns",
         "orrery fleet buy scenarios/chips.toml", declare_fleet_buy, true},
        {"history", "What the models say of the past, beside what happened", "orrery fleet history",
         declare_fleet_history, true},
        {"landlord", "Build for a tenant that may leave: shortage against empty halls",
         "orrery fleet landlord scenarios/landlord.toml", declare_fleet_landlord, true},
        {"market", "All buyers bid for the same chips: who is displaced, at what price",
         "orrery fleet market scenarios/scramble.toml", declare_fleet_market, true},
        {"plan", "The best build-out under the same limits: what to buy and build when, what a little more is worth",
         "orrery fleet plan scenarios/stargate.toml", declare_fleet_plan, true},
        {"share", "Few GPUs among many firms: who lacks compute, and what removes the shortage",
         "orrery fleet share scenarios/korea.toml", declare_fleet_share, true},
        {"train", "Days, cost and energy of trainings on fleets; the cheapest way to train a model by a date",
         "orrery fleet train scenarios/race.toml", declare_fleet_train, true}}},
      {"simulate", "Every level that a scenario names, each fed by those below",
       "orrery simulate scenarios/colossus.toml", declare_simulate, true},
      {"validate", "Predictions against measured rows: errors by family, chip and regime",
       "orrery validate --part score --explain", declare_validate, true},
      {"catalog", "What is known of chips, nodes, fabrics, switches, models and software, with sources",
       "orrery catalog chips h100-sxm", declare_catalog},
      {"schema", "Every input that a scenario may say: path, type, unit, range, default", "orrery schema layout",
       declare_schema},
      {"completion", "Script that completes commands and options in a shell", "source <(orrery completion bash)",
       declare_completion},
      {"version", "Version of the program and of its JSON output", "orrery version --json", declare_version},
  };
  return all;
}

}  // namespace orrery
