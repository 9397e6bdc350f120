#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "cluster/grants/grant_parameters.hpp"

namespace orrery {
namespace {

constexpr double kMostGpus = 1e9;

const Schema<GrantTenant>& tenant_schema() {
  using T = GrantTenant;
  static const Schema<T> schema = [] {
    Schema<T> s("tenants", "What one tenant gets otherwise than the others.");
    FieldOptions name = described("As in the jobs; `-`: jobs without one.", "lab-7");
    name.required = true;
    s.text("name", &T::name, name)
        .integer("gpus", &T::gpus, otherwise(bounded("GPUs of its block.", "16", 1, kMostGpus), "as all tenants"))
        .number("weight", &T::weight, bounded("Of its credits, over the sum of all weights.", "4", 0, 1e9))
        .number("score", &T::score, bounded("Of its proposal, in a lottery by score; larger first.", "87.5", -1e9, 1e9))
        .integer("most_gpus", &T::most_gpus, otherwise(bounded("GPUs at once.", "64", 1, kMostGpus), "as all tenants"))
        .quantity("longest", &T::longest, otherwise(bounded("Longest run.", "24 h", 1), "as all tenants"));
    return s;
  }();
  return schema;
}

}  // namespace

const Schema<GrantParameters>& grant_schema() {
  using G = GrantParameters;
  static const Schema<G> schema = [] {
    constexpr double kHourSeconds = 3600, kTenYears = 3.2e8;
    Schema<G> s("grants", "Grants of GPUs for a while, or of GPU-hours.");
    s.choice("mode", &G::mode,
             {{"block", GrantMode::Block, "GPUs of its own for a while."},
              {"credits", GrantMode::Credits, "GPU-hours a period, to spend in one queue."}},
             described("What a tenant is granted.", "credits"))
        .integer("gpus", &G::gpus, otherwise(bounded("Of block: GPUs of each.", "8", 0, kMostGpus), "its largest gang"))
        .quantity("length", &G::length, bounded("Of block: for how long.", "120 days", 60))
        .choice("admission", &G::admission,
                {{"first-come", GrantAdmission::FirstCome, "Who applied first; all wait behind the first."},
                 {"lottery", GrantAdmission::Lottery, "Rounds of proposals, until the pool is used up."}},
                described("Of block: who gets one when there are too few.", "lottery"))
        .quantity("round", &G::round, bounded("Of lottery: from one round to the next.", "90 days", kHourSeconds))
        .choice("order", &G::order,
                {{"random", LotteryOrder::Random, "By lot."},
                 {"score", LotteryOrder::Score, "By the tenants' scores, larger first, then by lot."}},
                described("Of lottery: who comes first in a round.", "score"))
        .number("accepted_share", &G::accepted_share,
                bounded("Of lottery: of a round's proposals at most, rounded up.", "0.31", 0, 1))
        .quantity("reclaim_after_idle", &G::reclaim_after_idle,
                  otherwise(bounded("Of block: it goes back when nothing ran for so long.", "14 days"), "never"))
        .number("share", &G::share,
                bounded("Of credits: of the machine's GPU-hours, all tenants together.", "0.8", 0, 100))
        .quantity("period", &G::period,
                  bounded("Of credits: from one grant to the next.", "90 days", kHourSeconds, kTenYears))
        .integer("carry_over", &G::carry_over,
                 bounded("Of credits: periods for which unspent ones are kept after their own.", "1", 0, 1000))
        .choice("charge", &G::charge,
                {{"running", CreditCharge::Running, "As a job runs; it stops when they are used up."},
                 {"reserved", CreditCharge::Reserved, "For the time limit at the start; the rest comes back."}},
                described("Of credits: when they are taken.", "reserved"))
        .boolean("low_priority", &G::low_priority,
                 described("Of credits: whether jobs without run behind all others, which preempt them.", "true"))
        .integer("most_gpus", &G::most_gpus,
                 otherwise(bounded("Of one tenant at once.", "256", 0, kMostGpus), "any number"))
        .quantity("longest", &G::longest,
                  otherwise(bounded("A run that lasts longer is cut and queues anew.", "24 h"), "any time"))
        .list("tenants", &G::tenants, tenant_schema(), described("Tenants that get something else.", ""));
    return s;
  }();
  return schema;
}

void check_grants(const GrantParameters& parameters, const JobTable& jobs, Diagnostics& diagnostics,
                  const Span& where) {
  std::vector<std::string> names;
  for (const GrantTenant& tenant : parameters.tenants) {
    if (std::find(names.begin(), names.end(), tenant.name) != names.end())
      diagnostics.error(fmt::format("grants: tenant `{}` is declared twice", tenant.name), where);
    names.push_back(tenant.name);
    if (tenant.name == kNoTenant || jobs.tenants.find(tenant.name) >= 0) continue;
    const std::string near = did_you_mean(tenant.name, jobs.tenants.list());
    diagnostics.error(fmt::format("grants: no job belongs to the tenant `{}`", tenant.name), where,
                      near.empty() ? "" : fmt::format("did you mean `{}`?", near));
  }
}

}  // namespace orrery
