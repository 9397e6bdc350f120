// `orrery run`: what weeks of training deliver under failures, checkpoints and spares.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <atomic>
#include <csignal>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "base/progress.hpp"
#include "cli/command.hpp"
#include "cli/run_inputs.hpp"
#include "import/fault_trace.hpp"
#include "import/scenario_writer.hpp"
#include "report/replay_document.hpp"
#include "report/run_decision_document.hpp"
#include "report/run_document.hpp"
#include "run/decide.hpp"
#include "run/forecast.hpp"
#include "run/trace_fit.hpp"
#include "step/layout.hpp"

namespace orrery {

RunCommand declare_run(CLI::App& app);

namespace {

std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may set it");

extern "C" void orrery_on_interrupt(int signal) {
  interrupted = true;
  std::signal(signal, SIG_DFL);  // The second one ends the program.
}

/// While it lives, Ctrl-C ends the simulation with what there is.
class Interruptible {
 public:
  Interruptible() : before_(std::signal(SIGINT, orrery_on_interrupt)) {}
  ~Interruptible() { std::signal(SIGINT, before_); }
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

 private:
  void (*before_)(int);
};

/// A bar over `total` replications that also hears of Ctrl-C.
class Bar {
 public:
  Bar(const char* title, int replications, int simulations)
      : progress_(title, static_cast<std::size_t>(replications) * static_cast<std::size_t>(simulations),
                  progress_writer()) {}
  RunProgress follow() {
    return [this](int done) {
      progress_.reached(static_cast<std::size_t>(done));
      return !interrupted;
    };
  }

 private:
  Progress progress_;
};

std::string step_sentence(const RunStep& step) {
  return fmt::format("{} a step, {} MFU, {}", format_time(step.result.step_time), format_percent(step.result.mfu_full),
                     describe(step.spec.layout));
}

std::string beside(const RunInputs& inputs) {
  std::vector<std::string> words;
  if (!inputs.optimise.empty()) words.push_back("--optimise " + inputs.optimise);
  if (inputs.tornado) words.emplace_back("--tornado");
  if (!inputs.replay.empty()) words.push_back("--replay " + inputs.replay);
  if (!inputs.nodes.empty()) words.push_back("--nodes " + inputs.nodes);
  if (std::string seed = seed_words(inputs.input); !seed.empty()) words.push_back(std::move(seed));
  return fmt::format("{}", fmt::join(words, " "));
}

/// What the user asked to choose, each study on the same faults.
void add_studies(const RunInputs& inputs, const RunSpec& spec, const RunStep* step, const RunOptions& options,
                 ThreadPool& pool, Document& document) {
  const Studies studies = studies_of(inputs);
  // What was interrupted half-way would compare unequal things: it is left out, and said to be.
  const auto finish = [&](const char* name, auto study, auto add) {
    if (!interrupted) {
      const auto found = study();
      if (!interrupted) {
        add(found);
        return;
      }
    }
    document.warnings.push_back(fmt::format("interrupted before it was done, and left out: {}", name));
  };
  if (studies.interval) {
    finish(
        "the study of intervals",
        [&] {
          Bar bar("intervals", options.replications, 13);
          return study_intervals(spec, options, pool, bar.follow());
        },
        [&](const IntervalStudy& study) { add_interval_study(spec, study, document); });
  }
  if (studies.spares) {
    finish(
        "the study of spares",
        [&] {
          Bar bar("spares", options.replications, 12);
          return study_spares(spec, options, pool, bar.follow());
        },
        [&](const SparesStudy& study) { add_spares_study(spec, study, document); });
  }
  if (studies.policy) {
    const std::vector<RunPolicy> policies = usual_policies(spec, replica_nodes(spec, step));
    finish(
        "the comparison of policies",
        [&] {
          Bar bar("policies", options.replications, static_cast<int>(policies.size()));
          return compare_policies(spec, policies, options, pool, bar.follow());
        },
        [&](const std::vector<PolicyOutcome>& outcomes) { add_policies(spec, outcomes, document); });
  }
  if (inputs.tornado) {
    constexpr int kBars = 12;
    finish(
        "the tornado",
        [&] {
          Bar bar("tornado", options.replications, 2 * kBars + 1);
          return tornado(spec, options, pool, kBars, bar.follow());
        },
        [&](const std::vector<TornadoBar>& bars) { add_tornado(bars, document); });
  }
}

std::shared_ptr<const FaultTrace> trace_of(const RunInputs& inputs, const OutputFlags& flags) {
  if (inputs.replay.empty()) {
    if (!inputs.nodes.empty())
      throw InputError("--nodes counts the nodes of a trace", {}, "it goes with --replay FAULTS");
    return nullptr;
  }
  Diagnostics diagnostics;
  FaultTrace trace =
      read_fault_trace_file(inputs.replay, {inputs.nodes.empty() ? 0 : std::stoi(inputs.nodes), {}}, diagnostics);
  diagnostics.throw_if_errors();
  emit_warnings(diagnostics, flags);
  return std::make_shared<const FaultTrace>(std::move(trace));
}

/// What a replayed trace says, what a model fitted to it says of the time after it, and how far to trust that.
void add_trace(const FaultTrace& trace, std::uint64_t seed, ThreadPool& pool, Document& document) {
  add_replay(trace, document);
  constexpr int kFutures = 200;
  constexpr std::size_t kEnough = 20;  // Faults, below which nothing is fitted.
  if (trace.faults.size() < kEnough || interrupted) return;
  const Seconds horizon = forecast_horizon(trace);
  const Forecast ahead =
      forecast(fit_fault_model(trace), machine_at(trace, trace.length, horizon), seed, kFutures, pool);
  const Seconds at = trace.length - horizon;
  if (cut(trace, Seconds(0), at).faults.size() >= kEnough) {
    const ScoredForecast scored = score_forecast(trace, at, trace.length, seed, kFutures, pool);
    add_forecast(trace, ahead, &scored, document);
  } else {
    add_forecast(trace, ahead, nullptr, document);
  }
}

}  // namespace

RunCommand declare_run(CLI::App& app) {
  const auto inputs = std::make_shared<RunInputs>();
  add_run_options(app, *inputs);
  return [inputs](const OutputFlags& flags) {
    studies_of(*inputs);
    RunScenario scenario = load_run_scenario(*inputs, flags);
    const auto trace = trace_of(*inputs, flags);
    std::optional<RunStep> step;
    Document document;
    if (scenario.needs_step()) {
      step = run_step(scenario, inputs->input, document);
      if (!step) {
        document.command = "run";
        emit(document, flags);
        return kNoFeasibleAnswer;
      }
      scenario.assumptions.insert(scenario.assumptions.end(), scenario.step->assumptions.begin(),
                                  scenario.step->assumptions.end());
    }
    const RunStep* known = step ? &*step : nullptr;
    Diagnostics diagnostics;
    RunSpec spec = run_spec(scenario, known, diagnostics);
    diagnostics.throw_if_errors();
    const std::string again =
        scenario_text(run_scenario_table(scenario, spec, known), "run", beside(*inputs), scenario.assumptions);
    if (!inputs->written.empty()) write_file_atomically(inputs->written, again);
    if (trace) spec = with_replay(std::move(spec), trace);
    const RunOptions options{.replications = scenario.input.replications, .seed = inputs->input.seed};
    ThreadPool pool(static_cast<unsigned>(inputs->input.threads));
    const Interruptible guard;
    RunResult result;
    {
      Bar bar("replications", options.replications, 1);
      result = simulate_run(spec, options, pool, bar.follow());
    }
    RunContext context{scenario.assumptions, known == nullptr ? "" : step_sentence(*known), interrupted,
                       options.replications};
    document = run_document(spec, result, context);
    if (trace) add_trace(*trace, options.seed, pool, document);
    if (result.finished > 0) add_studies(*inputs, spec, known, options, pool, document);
    document.scenario = again;
    emit(document, flags);
    return result.finished > 0 ? kAnswer : kNoFeasibleAnswer;
  };
}

}  // namespace orrery
