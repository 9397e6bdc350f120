#include "cluster/generator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "base/check.hpp"
#include "base/random.hpp"

namespace orrery {
namespace {

/// Quantile of the standard normal law (Acklam's rational approximation, relative error below 1.2e-9, which is far
/// below what a millisecond shows).
double normal_quantile(double p) {
  constexpr std::array<double, 6> a = {-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                                       1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
  constexpr std::array<double, 5> b = {-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
                                       6.680131188771972e+01, -1.328068155288572e+01};
  constexpr std::array<double, 6> c = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                                       -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
  constexpr std::array<double, 4> d = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                                       3.754408661907416e+00};
  constexpr double kTail = 0.02425;
  const auto tail = [&](double q) {
    return (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
           ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
  };
  if (p < kTail) return tail(std::sqrt(-2 * std::log(p)));
  if (p > 1 - kTail) return -tail(std::sqrt(-2 * std::log(1 - p)));
  const double q = p - 0.5, r = q * q;
  return (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
         (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
}

/// Numbers 0 .. n-1 with probabilities ~ (k + 1)^-exponent.
class Zipf {
 public:
  Zipf(int n, double exponent) {
    double sum = 0;
    for (int k = 1; k <= n; ++k) cumulative_.push_back(sum += std::pow(k, -exponent));
    for (double& c : cumulative_) c /= sum;
  }
  int draw(double u) const {
    const auto at = std::upper_bound(cumulative_.begin(), cumulative_.end(), u);
    return static_cast<int>(std::min(at, cumulative_.end() - 1) - cumulative_.begin());
  }

 private:
  std::vector<double> cumulative_;
};

/// How many of n jobs each share gets: whole numbers that add up to n, by largest remainders.
std::vector<long long> counts_of(const std::vector<double>& shares, long long n) {
  std::vector<long long> counts;
  std::vector<std::pair<double, std::size_t>> rest;
  long long given = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const double exact = shares[i] * static_cast<double>(n);
    counts.push_back(static_cast<long long>(exact));
    given += counts.back();
    rest.emplace_back(exact - std::floor(exact), i);
  }
  std::stable_sort(rest.begin(), rest.end(), [](const auto& x, const auto& y) { return x.first > y.first; });
  for (std::size_t i = 0; given < n; ++i, ++given) ++counts[rest[i % rest.size()].second];
  return counts;
}

/// Times of n arrivals of a Poisson process with the week's cycle, given that there are n of them: order statistics of
/// uniform draws, as sums of exponential ones, through the inverse of the cycle's integral, which is linear by the
/// hour.
std::vector<Millis> arrivals(const TraceTotals& totals, std::size_t n, double span, Rng rng) {
  std::vector<double> sums;
  sums.reserve(n + 1);
  double sum = 0;
  for (std::size_t i = 0; i <= n; ++i) sums.push_back(sum += rng.exponential(1.0));
  constexpr double kHourSeconds = 3600;
  std::array<double, 168> rate{};
  for (std::size_t h = 0; h < rate.size(); ++h) {
    const double phase = 2 * std::numbers::pi * (static_cast<double>(h % 24) + 0.5 - totals.peak_hour) / 24;
    rate.at(h) = (1 + totals.day_swing * std::cos(phase)) * (h >= 120 ? totals.weekend : 1.0);
  }
  const auto hours = static_cast<std::size_t>(std::ceil(span / kHourSeconds));
  double whole = 0;
  const auto length = [&](std::size_t h) {
    return std::min(kHourSeconds, span - static_cast<double>(h) * kHourSeconds);
  };
  for (std::size_t h = 0; h < hours; ++h) whole += rate.at(h % rate.size()) * length(h);
  std::vector<Millis> times;
  times.reserve(n);
  double before = 0;
  std::size_t h = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double wanted = sums[i] / sum * whole;
    double here = rate.at(h % rate.size()) * length(h);
    while (h + 1 < hours && before + here < wanted) {
      before += here;
      ++h;
      here = rate.at(h % rate.size()) * length(h);
    }
    const double within = here > 0 ? std::min(1.0, (wanted - before) / here) * length(h) : 0;
    times.push_back(static_cast<Millis>((static_cast<double>(h) * kHourSeconds + within) * 1000));
  }
  const Millis first = times.front();
  for (Millis& time : times) time -= first;
  return times;
}

/// Fisher and Yates.
template <class T>
void shuffle(std::vector<T>& list, Rng& rng) {
  for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[rng.below(i)]);
}

constexpr long long kLongestFixed = 8;

/// A job's class: how it ends, and its size.
struct Drawn {
  std::uint16_t ending = 0, size = 0;
  float run_s = 0;  ///< Up to 2^24 s a float is exact to the second; below a day to a few milliseconds.
};

/// Mean run time of a class between its quantiles `low` and `high`, where longer ones last `cap`.
double stratum_mean(double log_mean, double deviation, double cap, double low, double high) {
  constexpr double kFar = 40;
  const auto above = [](double z) { return 0.5 * std::erfc(z / std::numbers::sqrt2); };
  const double cut = (std::log(cap) - log_mean) / deviation;
  const double from = low <= 0 ? -kFar : normal_quantile(low), to = high >= 1 ? kFar : normal_quantile(high);
  const double below_cap = std::exp(log_mean + 0.5 * deviation * deviation) *
                           (above(std::min(from, cut) - deviation) - above(std::min(to, cut) - deviation));
  const double at_cap = cap * std::max(0.0, high - std::max(low, 1 - above(cut)));
  return (below_cap + at_cap) / (high - low);
}

/// All jobs of all classes with stratified run times, in random order.
std::vector<Drawn> drawn_jobs(const TraceLaw& law, const TraceTotals& totals, long long n, Rng& rng) {
  std::vector<double> shares;
  for (const TraceLaw::Ending& ending : law.endings) {
    for (const double share : law.size_shares) shares.push_back(ending.jobs * share);
  }
  const std::vector<long long> counts = counts_of(shares, n);
  std::vector<Drawn> jobs;
  jobs.reserve(static_cast<std::size_t>(n));
  const double cap = totals.max_run.raw();
  for (std::size_t c = 0; c < counts.size(); ++c) {
    const std::size_t ending = c / law.sizes.size(), size = c % law.sizes.size();
    const double log_mean = law.endings[ending].log_means[size];
    const auto count = static_cast<double>(counts[c]);
    for (long long i = 0; i < counts[c]; ++i) {
      const auto low = static_cast<double>(i) / count;
      const double z = normal_quantile(std::clamp(low + rng.uniform01() / count, 1e-12, 1 - 1e-12));
      // The longest few of a class hold so much of its time that they take the mean of their strata.
      const double run = i + kLongestFixed < counts[c]
                             ? std::exp(log_mean + law.log_deviation * z)
                             : stratum_mean(log_mean, law.log_deviation, cap, low, low + 1 / count);
      jobs.push_back({static_cast<std::uint16_t>(ending), static_cast<std::uint16_t>(size),
                      static_cast<float>(std::min(run, cap))});
    }
  }
  shuffle(jobs, rng);
  return jobs;
}

/// The limit that a user writes: the next round time above the run time times a factor that he takes for safe.
Millis round_limit(Millis run, double factor, Millis largest) {
  constexpr std::array<Millis, 13> kRound = {10 * kMinute, 30 * kMinute, kHour,    2 * kHour, 4 * kHour,
                                             8 * kHour,    12 * kHour,   kDay,     2 * kDay,  3 * kDay,
                                             7 * kDay,     14 * kDay,    28 * kDay};
  const auto wanted = static_cast<Millis>(static_cast<double>(run) * factor);
  const auto at = std::lower_bound(kRound.begin(), kRound.end(), wanted);
  return at == kRound.end() ? largest : std::min(largest, *at);
}

}  // namespace

JobTable generated_jobs(const TraceTotals& totals, const GeneratorOptions& options) {
  const long long n = options.jobs > 0 ? options.jobs : totals.jobs;
  ORRERY_CHECK(n > 0 && n < std::numeric_limits<JobId>::max() && totals.jobs > 0, "a table of jobs");
  const TraceLaw law = solved_law(totals);
  const auto stream = [&](const char* purpose) { return Rng::stream(options.seed, purpose, options.replicate); };
  const double span = totals.span.raw() * static_cast<double>(n) / static_cast<double>(totals.jobs);

  JobTable t;
  t.submit = arrivals(totals, static_cast<std::size_t>(n), std::max(1.0, span), stream("cluster/arrivals"));
  Rng draws = stream("cluster/jobs");
  const std::vector<Drawn> jobs = drawn_jobs(law, totals, n, draws);
  const bool shares = law.sizes.front()<1, states = law.endings.size()> 1 || law.endings[0].state != JobState::Unknown;
  const auto rows = static_cast<std::size_t>(n);
  t.run.reserve(rows);
  t.gpus.reserve(rows);
  t.limit.reserve(rows);
  t.user.reserve(rows);
  t.pool.reserve(rows);
  for (int p = 0; p < totals.tenants; ++p) t.pools.add(fmt::format("vc{}", p));
  for (int u = 0; u < totals.users; ++u) t.users.add(fmt::format("u{}", u));
  // Users are dealt out to tenants in turn; each has at least one.
  const Zipf tenant_law(totals.tenants, totals.tenant_zipf);
  const Zipf user_law(std::max(1, totals.users / totals.tenants), totals.user_zipf);
  Rng people = stream("cluster/users");
  std::vector<bool> leaves_default;
  for (int u = 0; u < totals.users; ++u) leaves_default.push_back(people.bernoulli(totals.default_limit));
  const auto largest = static_cast<Millis>(totals.max_run.raw() * 1000);
  for (const Drawn& job : jobs) {
    const double size = law.sizes[job.size];
    t.run.push_back(std::max<Millis>(1, std::llround(static_cast<double>(job.run_s) * 1000)));
    t.gpus.push_back(std::max(1, static_cast<std::int32_t>(size)));
    if (shares) t.gpu_milli.push_back(size < 1 ? static_cast<std::int32_t>(size * 1000) : 1000);
    if (states) t.state.push_back(law.endings[job.ending].state);
    const int tenant = tenant_law.draw(people.uniform01());
    const int user = (tenant + totals.tenants * user_law.draw(people.uniform01())) % totals.users;
    t.pool.push_back(tenant);
    t.user.push_back(user);
    const double factor = 1.0 + 4.0 * people.uniform01();
    t.limit.push_back(leaves_default[static_cast<std::size_t>(user)] ? largest
                                                                     : round_limit(t.run.back(), factor, largest));
  }
  return t;
}

}  // namespace orrery
