// How long it took to build and to train: checks of time.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/unit_table.hpp"
#include "fleet/history/history_model.hpp"
#include "fleet/uncertainty/build_fit.hpp"

namespace orrery {
namespace {

HistoryCheck first_phases() {
  HistoryCheck check{9,
                     "land to first 100 MW",
                     "build times fitted without the site that is predicted; 80 % bands",
                     "the band holds 4 of 5",
                     {},
                     4};
  for (const BuildScore& score : score_build_model(build_evidence())) {
    if (score.phase.kind == BuildKind::Growth) continue;
    HistoryFigure figure{score.phase.site, HistoryMeasure::Time, score.p50.raw(), score.p10.raw(), score.p90.raw()};
    figure.truth = figure.low = figure.high = score.phase.duration().raw();
    figure.rule = HistoryRule::BandHolds;
    figure.forecast = score.phase.status == BuildPhase::Status::Forecast;
    figure.source = "Epoch AI Frontier Data Centers (CC-BY, snapshot 2025-12)";
    if (score.phase.kind == BuildKind::Greenfield) {
      figure = circular(std::move(figure), HistoryCircle::Partly,
                        "the spread is that of Epoch's gigawatt sites, of which this may be one");
    }
    check.figures.push_back(std::move(figure));
  }
  return check;
}

const HistoryRun* find_run(std::span<const HistoryRun> runs, const std::string& id) {
  const auto found = std::find_if(runs.begin(), runs.end(), [&](const HistoryRun& run) { return run.id == id; });
  return found == runs.end() ? nullptr : &*found;
}

/// Training runs of which the days are known.
struct KnownRun {
  const char *id, *fact, *name, *miss;
};
constexpr std::array<KnownRun, 5> kKnownRuns = {{
    {"llama-3.1-405b", "days_llama-3.1-405b", "Llama 3.1 405B", ""},
    {"deepseek-v3", "days_deepseek-v3", "DeepSeek-V3, published layout",
     "the step level has no DualPipe, no dispatch in FP8 and no 12-bit activations, without which the layout is a poor "
     "one: 34 s a step where 19.9 s were published"},
    {kDeepSeekBestLayout, "days_deepseek-v3", "DeepSeek-V3, best layout", ""},
    {"bloom-176b", "days_bloom-176b", "BLOOM 176B",
     "the step is 89 s where 105 s were measured, and hangs of 6 to 18 h that nobody saw are no input; with 105 s it "
     "is "
     "108 days, -8 %"},
    {"llama-65b", "days_llama-65b", "LLaMA-65B", ""},
}};

HistoryCheck training_days(std::span<const HistoryRun> runs) {
  HistoryCheck check{
      11,
      "days of training",
      "the step level in the published layout (LLaMA-65B: the best of the search), the losses of the run "
      "level",
      "within 15 %",
      {}};
  for (const KnownRun& known : kKnownRuns) {
    const HistoryRun* run = find_run(runs, known.id);
    if (run == nullptr) continue;
    HistoryFact fact = history_fact(known.fact);
    for (double* days : {&fact.value, &fact.low, &fact.high}) *days *= kDay;
    HistoryFigure figure{known.name, HistoryMeasure::Time, run->p50.raw(), run->p10.raw(), run->p90.raw()};
    figure.miss = known.miss;
    figure.again = std::string(known.id) == kDeepSeekBestLayout;
    check.figures.push_back(against(std::move(figure), fact, 0.15));
  }
  return check;
}

HistoryCheck deepseek(const HistoryRun& run) {
  const ChipOffer h800 = offer_preset("h800");
  const HistoryFact cost = history_fact("deepseek_cost");
  const double later = history_fact("deepseek_hours").value - history_fact("deepseek_pretraining_hours").value;
  const double price = h800.rent.at(cost.date);  // Dollars a second.
  const auto dollars = [&](Seconds wall) {
    return (wall.raw() * static_cast<double>(run.chips) + later * kHour) * price;
  };
  HistoryFigure figure{"its cost at $2 an hour", HistoryMeasure::Money, dollars(run.p50), dollars(run.p10),
                       dollars(run.p90)};
  figure = against(std::move(figure), cost, 0.02);
  return {12,
          "DeepSeek-V3",
          "GPU-hours of the run level at the published step, later stages as published, rent of the offer",
          "within 2 %",
          {circular(std::move(figure), HistoryCircle::Yes,
                    "the time of a step and the rent are the report's own: only the losses of weeks are predicted")}};
}

}  // namespace

std::vector<HistoryCheck> history_time_checks(std::span<const HistoryRun> runs) {
  std::vector<HistoryCheck> checks{first_phases()};
  HistoryCheck days = training_days(runs);
  if (!days.figures.empty()) checks.push_back(std::move(days));
  if (const HistoryRun* run = find_run(runs, kDeepSeekAtItsStep)) checks.push_back(deepseek(*run));
  return checks;
}

}  // namespace orrery
