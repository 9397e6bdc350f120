#include "cluster/sharing/pod_placer.hpp"

#include <algorithm>

namespace orrery {
std::size_t PodPlacer::PodHash::operator()(const Pod& pod) const {
  // Multiplication by odd constants, mixed by shifts: kinds are few and differ in a few small numbers.
  std::uint64_t hash = 0x9E3779B97F4A7C15ULL;
  for (const std::int64_t part : {std::int64_t{pod.gpus}, std::int64_t{pod.gpu_milli}, std::int64_t{pod.gpu_type},
                                  std::int64_t{pod.pool}, pod.cpu_milli, pod.memory_mib}) {
    hash = (hash ^ static_cast<std::uint64_t>(part)) * 0xBF58476D1CE4E5B9ULL;
    hash ^= hash >> 29U;
  }
  return static_cast<std::size_t>(hash);
}

PodPlacer::PodPlacer(const SharingScore& score, const SharedNodes& nodes, std::size_t most_scores)
    : score_(score),
      nodes_(nodes),
      most_kinds_(std::max<std::size_t>(1, most_scores / static_cast<std::size_t>(std::max(1, nodes.size())))),
      log_(static_cast<std::size_t>(std::max(1, nodes.size())), 0),
      last_change_(static_cast<std::size_t>(nodes.size()), 0) {}

void PodPlacer::changed(std::int32_t place) {
  log_[changes_ % log_.size()] = place;
  ++changes_;
  last_change_[static_cast<std::size_t>(place)] = changes_;
}

void PodPlacer::score(Kind& kind, std::int32_t place) const {
  std::uint8_t& score = kind.scores[static_cast<std::size_t>(place)];
  score = static_cast<std::uint8_t>(nodes_.fits(place, kind.pod) ? score_.score(place, kind.pod) + 1 : 0);
}

PodPlacer::Kind& PodPlacer::slot_of(const Pod& pod) {
  if (const auto found = kind_of_.find(pod); found != kind_of_.end()) return kinds_[found->second];
  std::size_t slot = kinds_.size();
  if (slot < most_kinds_) {
    kinds_.emplace_back();
  } else {
    const auto longest_unused =
        std::min_element(kinds_.begin(), kinds_.end(), [](const Kind& a, const Kind& b) { return a.used < b.used; });
    slot = static_cast<std::size_t>(longest_unused - kinds_.begin());
    kind_of_.erase(longest_unused->pod);
  }
  kind_of_.emplace(pod, slot);
  Kind& kind = kinds_[slot];
  kind.pod = pod;
  kind.scores.assign(static_cast<std::size_t>(nodes_.size()), 0);
  for (std::int32_t place = 0; place < nodes_.size(); ++place) score(kind, place);
  kind.seen = changes_;
  return kind;
}

const PodPlacer::Kind& PodPlacer::scores_of(const Pod& pod) {
  Kind& kind = slot_of(pod);
  kind.used = ++uses_;
  if (changes_ - kind.seen >= log_.size()) {
    for (std::int32_t place = 0; place < nodes_.size(); ++place) {
      if (last_change_[static_cast<std::size_t>(place)] > kind.seen) score(kind, place);
    }
  } else {
    for (std::uint64_t change = kind.seen; change < changes_; ++change) {
      const std::int32_t place = log_[change % log_.size()];
      if (last_change_[static_cast<std::size_t>(place)] == change + 1) score(kind, place);
    }
  }
  kind.seen = changes_;
  return kind;
}

std::uint8_t PodPlacer::best_score(const Kind& kind) {
  std::uint8_t best = 0;
  for (const std::uint8_t score : kind.scores) best = std::max(best, score);
  return best;
}

std::int32_t PodPlacer::best(const Pod& pod, Rng& rng) {
  const Kind& kind = scores_of(pod);
  const std::vector<std::uint8_t>& scores = kind.scores;
  const std::uint8_t best = best_score(kind);
  if (best == 0) return -1;
  if (score_.rule() != SharingRule::Random) {
    return static_cast<std::int32_t>(std::find(scores.begin(), scores.end(), best) - scores.begin());
  }
  std::uint64_t skipped = rng.below(static_cast<std::uint64_t>(std::count(scores.begin(), scores.end(), best)));
  const auto drawn =
      std::find_if(scores.begin(), scores.end(), [&](std::uint8_t s) { return s == best && skipped-- == 0; });
  return static_cast<std::int32_t>(drawn - scores.begin());
}

}  // namespace orrery
