#include "cluster/effects/max_min.hpp"

#include <algorithm>
#include <cstddef>

#include "base/check.hpp"
#include "cluster/effects/linear_program.hpp"

namespace orrery {

std::vector<std::vector<double>> max_min_shares(const std::vector<AllocationClass>& classes,
                                                const std::vector<long long>& capacity) {
  const std::size_t types = capacity.size();
  std::vector<std::vector<double>> shares(classes.size(), std::vector<double>(types, 0));
  double all = 0;
  for (const long long gpus : capacity) all += static_cast<double>(gpus);

  // Variables: the least throughput, then the share of each class on each type where it runs.
  struct Variable {
    std::size_t row, type;
    double worth;
  };
  std::vector<Variable> variables;
  std::vector<std::size_t> able;
  for (std::size_t row = 0; row < classes.size(); ++row) {
    const AllocationClass& jobs = classes[row];
    ORRERY_CHECK(jobs.rates.size() == types && jobs.weight > 0, "a class has a rate on each type");
    double equal = 0;
    for (std::size_t type = 0; type < types; ++type)
      equal += jobs.rates[type] * static_cast<double>(capacity[type]) / std::max(1.0, all);
    if (!(equal > 0)) continue;
    able.push_back(row);
    for (std::size_t type = 0; type < types; ++type) {
      if (jobs.rates[type] > 0 && jobs.gpus <= capacity[type])
        variables.push_back({row, type, jobs.rates[type] / equal / jobs.weight * jobs.gpus});
    }
  }
  LinearProgram program;
  program.objective.assign(variables.size() + 1, 0);
  program.objective[0] = 1;
  program.then.assign(variables.size() + 1, 0);
  for (const std::size_t row : able) {
    std::vector<double> least(variables.size() + 1, 0), time(variables.size() + 1, 0);
    bool anywhere = false;
    for (std::size_t i = 0; i < variables.size(); ++i) {
      if (variables[i].row != row) continue;
      anywhere = true;
      least[i + 1] = -variables[i].worth;
      time[i + 1] = 1;
    }
    if (!anywhere) continue;
    least[0] = 1;
    program.rows.push_back(std::move(least));
    program.limits.push_back(0);
    program.rows.push_back(std::move(time));
    program.limits.push_back(1);
  }
  for (std::size_t type = 0; type < types; ++type) {
    std::vector<double> used(variables.size() + 1, 0);
    for (std::size_t i = 0; i < variables.size(); ++i) {
      const AllocationClass& jobs = classes[variables[i].row];
      if (variables[i].type == type) used[i + 1] = 1.0 * jobs.jobs * jobs.gpus;
    }
    program.rows.push_back(std::move(used));
    program.limits.push_back(static_cast<double>(capacity[type]));
  }
  for (std::size_t i = 0; i < variables.size(); ++i)
    program.then[i + 1] = variables[i].worth * classes[variables[i].row].jobs;
  if (variables.empty()) return shares;
  const std::vector<double> solution = maximise(program);
  ORRERY_CHECK(!solution.empty(), "throughput has a bound");
  for (std::size_t i = 0; i < variables.size(); ++i)
    shares[variables[i].row][variables[i].type] = std::clamp(solution[i + 1], 0.0, 1.0);
  return shares;
}

}  // namespace orrery
