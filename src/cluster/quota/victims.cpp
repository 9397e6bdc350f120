#include "cluster/quota/victims.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace orrery {

std::vector<JobId> find_victims(Trial& trial) {
  std::vector<JobId> victims;
  bool fits = trial.fits();
  while (!fits) {
    const JobId victim = trial.next();
    if (victim == kNoJob) break;
    trial.take_away(victim);
    victims.push_back(victim);
    fits = trial.fits();
  }
  if (fits) {
    // Without the last one it did not fit.
    for (std::size_t i = victims.empty() ? 0 : victims.size() - 1; i-- > 0;) {
      const JobId victim = victims[i];
      trial.put_back(victim);
      bool spared = trial.fits();
      if (spared) {
        std::vector<JobId> rest = victims;
        rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
        for (const JobId other : rest) trial.put_back(other);
        spared = trial.allowed(rest);
        for (const JobId other : rest) trial.take_away(other);
        if (spared) victims = std::move(rest);
      }
      if (!spared) trial.take_away(victim);
    }
  }
  for (const JobId victim : victims) trial.put_back(victim);
  if (!fits) victims.clear();
  return victims;
}

void lend_gpus(ClusterEngine& engine, JobId job) {
  engine.placement().give_back(engine.slices(job), engine.expected_end(job));
}

void reclaim_gpus(ClusterEngine& engine, JobId job) {
  const bool back = engine.placement().take_exactly(engine.slices(job), engine.expected_end(job));
  ORRERY_CHECK(back, "what was given back for a trial is still free");
}

}  // namespace orrery
