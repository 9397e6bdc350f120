#include "validate/score.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/statistics.hpp"

namespace orrery {
namespace {

bool in_part(bool fit_part, Side side) {
  return side == Side::Both || fit_part == (side == Side::Fit);
}

}  // namespace

std::uint32_t ScoreBook::Names::operator()(const std::string& name) {
  const auto [place, is_new] = index.try_emplace(name, static_cast<std::uint32_t>(text.size()));
  if (is_new) text.push_back(name);
  return place->second;
}

void ScoreBook::add(const RowScore& score) {
  Sample s;
  s.family = names_(score.family);
  s.chip = names_(score.chip);
  // A row without a group is a configuration of its own.
  s.group = names_(score.group.empty() ? "id " + score.id : score.family + " " + score.group);
  s.memory = score.memory;
  s.direct = score.direct;
  s.regime = names_(score.regime);
  s.fit_part = score.fit_part;
  s.skipped = !score.skipped.empty();
  if (s.skipped) {
    s.reason = names_(score.skipped);
  } else {
    s.set = names_(score.layout_set);
    s.layout = names_(score.layout);
    s.measured = score.measured_base;
    s.predicted = score.predicted_base;
    s.low = score.low_base;
    s.high = score.high_base;
  }
  samples_.push_back(s);
}

std::size_t ScoreBook::rows(Side side) const {
  return static_cast<std::size_t>(
      std::count_if(samples_.begin(), samples_.end(), [side](const Sample& s) { return in_part(s.fit_part, side); }));
}

std::map<std::string, std::size_t> ScoreBook::skipped(Side side) const {
  std::map<std::string, std::size_t> rows;
  for (const Sample& s : samples_) {
    if (s.skipped && in_part(s.fit_part, side)) ++rows[names_.text[s.reason]];
  }
  return rows;
}

std::size_t ScoreBook::scored(Side side) const {
  return static_cast<std::size_t>(std::count_if(
      samples_.begin(), samples_.end(), [side](const Sample& s) { return !s.skipped && in_part(s.fit_part, side); }));
}

std::vector<std::vector<std::uint32_t>> ScoreBook::grouped(const std::vector<std::uint32_t>& members,
                                                           bool memory) const {
  std::vector<std::vector<std::uint32_t>> result;
  std::unordered_map<std::uint32_t, std::size_t> place;
  for (const std::uint32_t i : members) {
    const Sample& s = samples_[i];
    if (s.skipped || s.memory != memory) continue;
    const auto [where, is_new] = place.try_emplace(s.group, result.size());
    if (is_new) result.emplace_back();
    result[where->second].push_back(i);
  }
  if (memory) return result;
  for (auto& rows : result) {
    const auto is_direct = [this](std::uint32_t i) { return samples_[i].direct; };
    if (std::any_of(rows.begin(), rows.end(), is_direct)) std::erase_if(rows, std::not_fn(is_direct));
  }
  return result;
}

Summary ScoreBook::summarise(std::string name, bool memory, const std::vector<std::uint32_t>& members) const {
  Summary summary;
  summary.name = std::move(name);
  summary.memory = memory;
  std::size_t scored = 0;
  for (const std::uint32_t i : members) {
    const Sample& s = samples_[i];
    if (s.memory != memory) continue;
    ++summary.rows;
    if (s.skipped) {
      ++summary.skipped;
    } else {
      ++scored;
      summary.row_mape += std::abs(s.predicted / s.measured - 1);
    }
  }
  if (scored > 0) summary.row_mape /= static_cast<double>(scored);
  std::vector<double> errors;
  for (const auto& rows : grouped(members, memory)) {
    const double n = static_cast<double>(rows.size());
    double magnitude = 0;
    for (const std::uint32_t i : rows) {
      const Sample& s = samples_[i];
      const double error = s.predicted / s.measured - 1;
      magnitude += std::abs(error) / n;
      summary.bias += error / n;
      summary.coverage += (s.low <= s.measured && s.measured <= s.high ? 1.0 : 0.0) / n;
      summary.width += (s.high - s.low) / s.predicted / n;
      summary.winkler += winkler_score(s.low, s.high, s.measured, 0.8) / s.measured / n;
    }
    errors.push_back(magnitude);
    summary.mape += magnitude;
    summary.worst = std::max(summary.worst, magnitude);
  }
  summary.configurations = errors.size();
  if (!errors.empty()) {
    const double n = static_cast<double>(errors.size());
    for (double* mean : {&summary.mape, &summary.bias, &summary.coverage, &summary.width, &summary.winkler}) *mean /= n;
  }
  summary.median = errors.empty() ? 0 : median(errors);
  return summary;
}

std::vector<Summary> ScoreBook::summaries(GroupBy by, Side side) const {
  std::map<std::string, std::vector<std::uint32_t>> members;
  for (std::uint32_t i = 0; i < samples_.size(); ++i) {
    const Sample& s = samples_[i];
    if (!in_part(s.fit_part, side)) continue;
    std::string name = "all";
    if (by == GroupBy::Family) name = names_.text[s.family];
    if (by == GroupBy::Chip) name = names_.text[s.chip];
    if (by == GroupBy::Regime) {
      if (s.skipped) continue;  // A row without a prediction has no regime.
      name = names_.text[s.regime];
    }
    members[name].push_back(i);
  }
  std::vector<Summary> result;
  for (const bool memory : {false, true}) {
    for (const auto& [name, rows] : members) {
      Summary summary = summarise(name, memory, rows);
      if (summary.rows > 0) result.push_back(std::move(summary));
    }
  }
  return result;
}

std::vector<Ranking> ScoreBook::rankings(std::size_t at_least, Side side) const {
  struct Times {
    double measured = 0, predicted = 0;
    int count = 0;
  };
  std::vector<std::uint32_t> all(samples_.size());
  for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
  std::map<std::pair<std::string, std::uint32_t>, std::map<std::string, Times>> sets;
  for (const auto& rows : grouped(all, false)) {
    for (const std::uint32_t i : rows) {
      const Sample& s = samples_[i];
      if (!in_part(s.fit_part, side)) continue;
      Times& times = sets[{names_.text[s.set], s.family}][names_.text[s.layout]];
      times.measured += s.measured;
      times.predicted += s.predicted;
      ++times.count;
    }
  }
  std::vector<Ranking> result;
  for (const auto& [key, layouts] : sets) {
    if (layouts.size() < at_least) continue;
    std::vector<double> measured, predicted;
    for (const auto& [text, times] : layouts) {
      measured.push_back(times.measured / times.count);
      predicted.push_back(times.predicted / times.count);
    }
    const auto pick = std::min_element(predicted.begin(), predicted.end()) - predicted.begin();
    const double best = *std::min_element(measured.begin(), measured.end());
    result.push_back({key.first, names_.text[key.second], layouts.size(),
                      measured[static_cast<std::size_t>(pick)] / best - 1, kendall_tau_b(predicted, measured)});
  }
  return result;
}

std::vector<ScoreBook::Configuration> ScoreBook::configurations() const {
  std::vector<std::uint32_t> all(samples_.size());
  for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
  std::vector<Configuration> result;
  for (const bool memory : {false, true}) {
    for (const auto& rows : grouped(all, memory)) {
      const Sample& first = samples_[rows.front()];
      Configuration configuration{names_.text[first.regime], memory, first.fit_part, 0};
      for (const std::uint32_t i : rows) {
        configuration.log_ratio +=
            std::log(samples_[i].measured / samples_[i].predicted) / static_cast<double>(rows.size());
      }
      result.push_back(configuration);
    }
  }
  return result;
}

}  // namespace orrery
