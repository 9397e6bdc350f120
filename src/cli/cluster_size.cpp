// `orrery cluster size`: the smallest machine on which the jobs keep a target.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <cmath>
#include <memory>
#include <string>

#include "base/progress.hpp"
#include "base/thread_pool.hpp"
#include "cli/cluster_inputs.hpp"
#include "cli/command.hpp"
#include "cluster/size_study.hpp"
#include "cluster/target_text.hpp"
#include "report/cluster_study_document.hpp"

namespace orrery {

RunCommand declare_cluster_size(CLI::App& app);

RunCommand declare_cluster_size(CLI::App& app) {
  const auto inputs = std::make_shared<ClusterInputs>();
  const auto target = std::make_shared<std::string>("p90 wait < 4 h");
  add_cluster_options(app, *inputs, "Policy, as easy [that of the scenario, or fifo]");
  app.add_option("--target", *target,
                 "What has to hold: p90, mean, max of wait, turnaround, slowdown; utilisation [p90 wait < 4 h]")
      ->group("Input")
      ->type_name("TEXT");
  return [inputs, target](const OutputFlags& flags) {
    const Target wanted = parse_target(*target);
    if (wanted.quantity == Target::Quantity::Utilisation && !wanted.at_most)
      throw InputError("the smaller a machine, the fuller it is", {}, "ask for a wait: \"p90 wait < 4 h\"");
    const ClusterCase loaded = load_cluster(*inputs, flags);
    if (loaded.policies.size() != 1) throw InputError("a machine is sized for one policy", {}, "name it with --policy");
    ThreadPool pool(static_cast<unsigned>(inputs->input.threads));
    Progress progress("machines", 0, progress_writer());
    const SizeStudy study =
        study_size(loaded.spec, loaded.policies.front(), wanted, outcome_options(loaded), pool, [&](int done) {
          progress.reached(static_cast<std::size_t>(done));
          return true;
        });
    if (!study.points.empty() && std::isnan(study.points.back().value.mean))
      throw InputError("no job that counts is one that the target is of", {}, *target);
    Document document = cluster_size_document(study);
    if (study.left_out > 0) {
      document.warnings.push_back(
          fmt::format("{} jobs are left out: they could start on no machine of this kind, or the policy "
                      "refuses them",
                      study.left_out));
    }
    document.notes.insert(document.notes.end(), loaded.scenario.assumptions.begin(), loaded.scenario.assumptions.end());
    emit(document, flags);
    return study.answer >= 0 ? kAnswer : kNoFeasibleAnswer;
  };
}

}  // namespace orrery
