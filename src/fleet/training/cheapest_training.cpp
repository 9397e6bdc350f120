#include "fleet/training/cheapest_training.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "base/check.hpp"
#include "base/unit_text.hpp"
#include "fleet/chip_cost.hpp"
#include "fleet/training/race.hpp"

namespace orrery {
namespace {

constexpr long long kMostChips = 1LL << 20;
constexpr int kRentPoints = 16;
constexpr int kMostMonths = 120;
constexpr double kLongest = 36525;  ///< Days: a century; later dates say nothing.

/// Sizes of a job: a node times 1, 2, 3, 4, 6, 8, 12, ...
std::vector<long long> sizes_of(int node_chips) {
  std::vector<long long> sizes = {node_chips};
  for (long long unit = 2LL * node_chips; unit <= kMostChips; unit *= 2) {
    sizes.push_back(unit);
    if (unit / 2 * 3 <= kMostChips) sizes.push_back(unit / 2 * 3);
  }
  return sizes;
}

/// One kind of chip: speeds of its sizes are found once.
class ChipSearch {
 public:
  ChipSearch(const CheapestSpec& spec, const CheapestChip& chip)
      : spec_(spec), chip_(chip), sizes_(sizes_of(std::max(1, chip.cluster.node.chips))) {}

  /// The cheapest of all months, and what is done first of those that are too late.
  void search(Tenure tenure);

  std::optional<TrainingChoice> best, nearest;
  std::string why_not;

 private:
  const std::optional<Delivery>& delivery(std::size_t size) {
    const auto known = deliveries_.find(size);
    if (known != deliveries_.end()) return known->second;
    TrainingPool pool;
    pool.cluster = chip_.cluster;
    pool.cluster.chips = sizes_[size];
    pool.spares_besides = true;
    auto made = deliver(chip_.task, pool, spec_.levels);
    if (!made) last_reason_ = made.error().reason;
    return deliveries_.emplace(size, made ? std::optional<Delivery>(std::move(*made)) : std::nullopt).first->second;
  }
  double time_of(const Delivery& delivery) const {
    return Law::spread(delivery.time.p10, delivery.time.p50, delivery.time.p90).quantile(spec_.confidence);
  }
  /// Chips with their spares.
  long long held(const Delivery& delivery) const {
    return delivery.speed.chips_used + delivery.speed.spare_nodes * std::max(1, chip_.cluster.node.chips);
  }
  /// The first size that is done within `available`, of those that take up to `most` chips with their spares; the
  /// number of sizes where none is.
  std::size_t fewest(double available, double most);
  /// The fastest of those that take up to `most` chips, once no size is in time: of all that were tried, the largest
  /// that fits among them, since the search for the fewest goes down to one that fits and then up to the ceiling.
  std::size_t fastest(double most);
  bool fits(std::size_t size, double most);
  TrainingChoice choice(std::size_t size, Tenure tenure, Date ordered, Date start);

  const CheapestSpec& spec_;
  const CheapestChip& chip_;
  std::vector<long long> sizes_;
  std::map<std::size_t, std::optional<Delivery>> deliveries_;
  std::string last_reason_;
};

bool ChipSearch::fits(std::size_t size, double most) {
  const auto& made = delivery(size);
  return made && static_cast<double>(held(*made)) <= most;
}

std::size_t ChipSearch::fewest(double available, double most) {
  const auto allowed = static_cast<std::size_t>(
      std::upper_bound(sizes_.begin(), sizes_.end(), static_cast<long long>(most)) - sizes_.begin());
  if (available <= 0 || allowed == 0) return sizes_.size();
  // Begin where a usual utilisation would be in time, so that few sizes are searched.
  const double peak = chip_.cluster.chip.peak(NumberFormat::Bf16).raw();
  const double guess = chip_.task.compute.raw() / (available * peak * 0.36);
  const auto usual = static_cast<std::size_t>(
      std::lower_bound(sizes_.begin(), sizes_.end(), static_cast<long long>(std::min(guess, 1e18))) - sizes_.begin());
  const auto in_time = [&](std::size_t at) { return fits(at, most) && time_of(*delivery(at)) <= available; };
  // Where the ceiling leaves no room for the spares of a size, or no layout divides it, a smaller one may do.
  std::size_t size = std::min(usual, allowed - 1);
  while (size > 0 && !fits(size, most)) --size;
  if (in_time(size)) {
    while (size > 0 && in_time(size - 1)) --size;
    return size;
  }
  while (++size < allowed) {
    if (in_time(size)) return size;
  }
  return sizes_.size();
}

std::size_t ChipSearch::fastest(double most) {
  std::size_t found = sizes_.size();
  for (const auto& [size, made] : deliveries_) {
    if (!fits(size, most)) continue;
    if (found == sizes_.size() || time_of(*made) < time_of(*delivery(found))) found = size;
  }
  return found;
}

TrainingChoice ChipSearch::choice(std::size_t size, Tenure tenure, Date ordered, Date start) {
  const Delivery& made = *delivery(size);
  const ChipOffer& offer = chip_.offer;
  TrainingChoice result;
  result.offer = offer.name;
  result.tenure = tenure;
  result.chips = made.speed.chips_used;
  result.spares = held(made) - result.chips;
  result.ordered = ordered;
  result.start = start;
  result.time = made.time;
  // A day that has begun has to be over.
  result.done = start + Seconds(std::min(std::ceil(time_of(made) / 86400), kLongest) * 86400);
  result.mfu = made.mfu.p50;
  result.goodput = made.goodput.p50;
  std::vector<double> hours;
  if (tenure == Tenure::Buy) {
    hours = hourly_costs(offer, std::max(ordered, offer.launch), spec_.economics, spec_.use, spec_.seed);
    result.hour = chip_cost(offer, std::max(ordered, offer.launch), values_of(spec_.economics), spec_.use).total();
  } else {
    for (int i = 0; i < kRentPoints; ++i)
      hours.push_back(offer.rent.at(start, (i + 0.5) / kRentPoints, (i + 0.5) / kRentPoints));
    result.hour = DollarsPerSecond(offer.rent.at(start));
  }
  const double held = static_cast<double>(result.chips + result.spares) / static_cast<double>(result.chips);
  result.cost = product_band({made.effort, hours, {held}});
  return result;
}

void ChipSearch::search(Tenure tenure) {
  const ChipOffer& offer = chip_.offer;
  best.reset();
  nearest.reset();
  why_not.clear();
  const std::string name = fmt::format("{} to {}", offer.name, tenure == Tenure::Buy ? "buy" : "rent");
  if (tenure == Tenure::Rent && offer.rent.empty()) {
    why_not = fmt::format("{}: no quotes of it are known by {}", name, date_text(spec_.from));
    return;
  }
  if (tenure == Tenure::Buy && !offer.owner.empty() && offer.owner != spec_.buyer) {
    why_not = fmt::format("{}: {}'s own", name, offer.owner);
    return;
  }
  Date month = spec_.from;
  bool launched = false;
  double most_ever = 0;
  for (int i = 0; i < kMostMonths && month < spec_.by; ++i, month = next_month(month)) {
    Date start = month;
    if (tenure == Tenure::Buy)
      start = std::max(month + Seconds(offer.lead_time.at(month, spec_.confidence)), offer.launch);
    if (tenure == Tenure::Rent && month < offer.launch) continue;
    if (start >= spec_.by) continue;
    launched = true;
    const double most = spec_.most_share * offer.output_at(start) / 4;
    most_ever = std::max(most_ever, most);
    const std::size_t size = fewest((spec_.by - start).raw(), most);
    if (size < sizes_.size()) {
      TrainingChoice made = choice(size, tenure, month, start);
      if (!best || made.cost.p50 < best->cost.p50) best = std::move(made);
    } else if (const std::size_t late = fastest(most); late < sizes_.size()) {
      TrainingChoice made = choice(late, tenure, month, start);
      if (!nearest || made.done < nearest->done) nearest = std::move(made);
    }
  }
  if (best) return;
  if (!launched) {
    why_not = fmt::format("{}: none is {} before {}", name, tenure == Tenure::Buy ? "delivered" : "there",
                          date_text(spec_.by));
  } else if (nearest) {
    why_not = fmt::format("{}: done on {} at the earliest, {} chips", name, date_text(nearest->done),
                          format_count(nearest->chips));
  } else if (!last_reason_.empty()) {
    why_not = fmt::format("{}: {}", name, last_reason_);
  } else {
    why_not = fmt::format("{}: {:.3g} % of what a quarter brings are {} at most, too few", name, 100 * spec_.most_share,
                          format_count(std::llround(std::floor(most_ever))));
  }
}

/// What one kind of chip comes to.
struct ChipOutcome {
  std::vector<TrainingChoice> choices, late;
  std::vector<std::string> excluded;
};

ChipOutcome outcome_of(const CheapestSpec& spec, CheapestChip chip) {
  ChipOutcome outcome;
  chip.offer = known_at(std::move(chip.offer), spec.from);
  ChipSearch search(spec, chip);
  for (const Tenure tenure : {Tenure::Buy, Tenure::Rent}) {
    search.search(tenure);
    if (search.best) outcome.choices.push_back(*search.best);
    if (!search.best && search.nearest) outcome.late.push_back(*search.nearest);
    if (!search.why_not.empty()) outcome.excluded.push_back(search.why_not);
  }
  return outcome;
}

}  // namespace

const char* tenure_name(Tenure tenure) {
  return tenure == Tenure::Buy ? "buy" : "rent";
}

CheapestTraining cheapest_training(const CheapestSpec& spec, ThreadPool& pool) {
  ORRERY_CHECK(spec.from < spec.by, "a deadline lies after the decision");
  const auto outcomes =
      pool.parallel_map(spec.chips.size(), [&](std::size_t i) { return outcome_of(spec, spec.chips[i]); });
  CheapestTraining result;
  for (const ChipOutcome& outcome : outcomes) {
    result.choices.insert(result.choices.end(), outcome.choices.begin(), outcome.choices.end());
    result.excluded.insert(result.excluded.end(), outcome.excluded.begin(), outcome.excluded.end());
    for (const TrainingChoice& late : outcome.late) {
      if (!result.nearest || late.done < result.nearest->done) result.nearest = late;
    }
  }
  std::stable_sort(result.choices.begin(), result.choices.end(),
                   [](const TrainingChoice& a, const TrainingChoice& b) { return a.cost.p50 < b.cost.p50; });
  if (!result.choices.empty()) result.nearest.reset();
  if (result.choices.size() > 1)
    result.choices.front().turns_at = result.choices[1].cost.p50 / result.choices.front().cost.p50;
  return result;
}

}  // namespace orrery
