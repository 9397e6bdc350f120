#include "import/nation_scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "cluster/generator.hpp"
#include "fleet/chip_offer.hpp"
#include "import/scenario_tables.hpp"
#include "import/scenario_writer.hpp"
#include "scenario/preset.hpp"

namespace orrery {
namespace {

constexpr double kRounding = 1e-6;

/// Reads one scenario: where things stand, and what is wrong with them.
class NationReader {
 public:
  NationReader(NationScenario& scenario, Diagnostics& diagnostics) : scenario_(scenario), diagnostics_(diagnostics) {}

  void build(const Span& table) {
    table_ = table;
    copy_plain();
    check_surveys();
    check_shares();
    add_classes();
    add_supply();
    add_jobs();
    check_currency();
  }

 private:
  Span span_of(const std::string& path) const {
    const auto found = scenario_.provenance.find("nation." + path);
    return found == scenario_.provenance.end() ? table_ : found->second.span;
  }
  void wrong(const std::string& message, const std::string& path, const std::string& hint = "") {
    diagnostics_.error(message, span_of(path), hint);
  }
  bool written(const std::string& path) const { return scenario_.provenance.count("nation." + path) > 0; }
  void assume(std::string what) { scenario_.assumptions.push_back(std::move(what)); }

  void copy_plain() {
    const NationInput& in = scenario_.input;
    NationSpec& spec = scenario_.spec;
    spec.name = in.name;
    spec.firms = in.firms;
    check_whole(in.firms, "firms", "firms");
    spec.surveys = in.surveys;
    spec.need_share = in.need_share;
    spec.sigma = in.sigma;
    spec.served_below = in.served_below;
    spec.burst = in.burst;
    spec.reference = in.reference;
    spec.policy = in.policy;
    spec.target = in.target;
    spec.growth = in.growth;
    spec.until = in.until;
    spec.life = in.life;
    spec.prices = {in.purchase, in.power, in.rent, in.currency, in.per_dollar};
    spec.draws = in.draws;
    const auto filled = [&](const char* path, const std::string& what) {
      if (!written(path)) assume(what);
    };
    filled("need_share", "60 to 95 % of the firms need GPUs at all");
    filled("sigma", "the logarithm of needs deviates by 1 to 2.5");
    filled("burst", "a firm's peak is 1 to 2.5 times its mean use");
    filled("served_below", "who gets less than 50 to 90 % of its need lacks compute");
    filled("growth", "needs grow by 1.9 times a year (1.6 to 2.5) after the last survey");
    filled("life", "a GPU is given up after 5 years (3 to 7)");
    filled("purchase", "an H100-equivalent costs $50,000 (38,000 to 52,000) with servers and network");
    filled("power", "an H100-equivalent takes 1.74 kW (1.4 to 1.81) of facility power");
    filled("rent", "an H100 rents at $2.60/h (2.00 to 3.00)");
  }

  /// Of things that are counted a part of one is a slip.
  void check_whole(double number, const std::string& path, const char* what) {
    if (number == std::floor(number)) return;
    wrong(fmt::format("{:g} {}: there is no part of one", number, what), path,
          fmt::format("a whole number, {} or {}", format_count(std::llround(std::floor(number))),
                      format_count(std::llround(std::ceil(number)))));
  }

  void check_surveys() {
    std::vector<NationSurvey>& surveys = scenario_.spec.surveys;
    if (surveys.empty()) wrong("no survey says how many firms lack compute", "surveys", "[[nation.surveys]]");
    if (surveys.size() > 2)
      wrong(fmt::format("{} surveys, of which two are taken", surveys.size()), "surveys[2].date",
            "the first and the last");
    for (std::size_t i = 0; i < surveys.size(); ++i) {
      const std::string path = fmt::format("surveys[{}].", i);
      if (surveys[i].short_share == 0 || surveys[i].short_share == 1)
        wrong("surveys fix needs only where some firms lack compute and some do not", path + "short",
              "above 0 and below 1");
      surveys[i].h100e = equivalents_of(surveys[i].chip, surveys[i].date, path);
      if (!(surveys[i].gpus.quantile(0.001) > 0)) wrong("the firms may have had no GPU", path + "gpus", "above 0");
      if (i > 0 && surveys[i].date <= surveys[i - 1].date)
        wrong(fmt::format("the surveys are out of order: {} after {}", date_text(surveys[i].date),
                          date_text(surveys[i - 1].date)),
              path + "date", "from the first to the last");
    }
    if (!surveys.empty() && scenario_.spec.until < surveys.back().date)
      wrong("`until` is before the last survey", "until", date_text(surveys.back().date));
    if (!surveys.empty() && scenario_.spec.until - surveys.back().date > Seconds(kMostYears * 365.25 * 86400))
      wrong(fmt::format("`until` is more than {} years after the last survey", kMostYears), "until");
  }

  /// A law of shares, whose range is checked by its mean alone until here.
  void check_share(const Law& law, const std::string& path) {
    if (law.quantile(0.999) > 1 + kRounding)
      wrong(fmt::format("a share may be as high as {}", format_significant(law.quantile(0.999), 3)), path, "at most 1");
  }

  void check_shares() {
    const NationSpec& spec = scenario_.spec;
    check_share(spec.need_share, "need_share");
    check_share(spec.served_below, "served_below");
    if (!(spec.served_below.quantile(0.001) > 0)) wrong("nobody gets less than nothing", "served_below", "above 0");
    if (!(spec.need_share.quantile(0.001) > 0)) wrong("no firm may need GPUs", "need_share", "above 0");
    if (spec.sigma.quantile(0.999) > 6) wrong("needs differ by more than any firms do", "sigma", "below 6");
    if (!(spec.sigma.quantile(0.001) >= 0.01)) wrong("all needs are alike", "sigma", "at least 0.01");
    for (std::size_t i = 0; i < spec.surveys.size(); ++i) {
      const double most = spec.need_share.quantile(0.999);
      if (spec.surveys[i].short_share < most) continue;
      wrong(fmt::format("{} of the firms lack compute, but at most {} need any",
                        format_percent(spec.surveys[i].short_share), format_percent(most)),
            fmt::format("surveys[{}].short", i), "a larger `need_share`");
    }
    if (spec.burst.quantile(0.999) > 1e4 || !(spec.burst.quantile(0.001) > 0))
      wrong("a firm's peak is no multiple of its mean use", "burst", "a factor, as 2");
    const double slowest = spec.growth.quantile(0.001), fastest = spec.growth.quantile(0.999);
    if (fastest > kMostGrowth || slowest < 1.0 / kMostGrowth)
      wrong(fmt::format("in one future of a thousand needs grow {} times a year: nothing does",
                        format_significant(fastest > kMostGrowth ? fastest : slowest, 3)),
            "growth", fmt::format("a factor from 1/{0} to {0}: 1.9 is 90 % more a year", kMostGrowth));
  }

  void add_classes() {
    NationSpec& spec = scenario_.spec;
    spec.sizes.correlation = scenario_.input.size_correlation;
    double sum = 0;
    for (const NationClassInput& its : scenario_.input.classes) {
      sum += its.share;
      if (std::find(spec.classes.begin(), spec.classes.end(), its.name) != spec.classes.end())
        wrong(fmt::format("two classes of firms are called `{}`", its.name), "classes[0].name");
      if (!(its.share > 0)) wrong(fmt::format("no firm is of the class `{}`", its.name), "classes[0].share");
      spec.classes.push_back(its.name);
      spec.sizes.upto.push_back(sum);
    }
    if (spec.classes.empty()) return;
    if (spec.classes.size() > kMostClasses) wrong("too many classes of firms", "classes[0].name", "at most 20");
    if (std::abs(sum - 1) > kRounding)
      wrong(fmt::format("the classes of firms add up to {}", format_percent(sum)), "classes[0].share",
            "their shares are of all firms");
    spec.sizes.upto.back() = 1;
  }

  void add_supply() {
    const NationInput& in = scenario_.input;
    if (in.supply.size() > kMostSupplies) wrong("too many supplies", "supply[0].name", "at most 100");
    for (std::size_t i = 0; i < std::min<std::size_t>(in.supply.size(), kMostSupplies); ++i) {
      const NationSupplyInput& from = in.supply[i];
      const std::string path = fmt::format("supply[{}].", i);
      NationSupply supply{from.name,   from.chip,      from.date,  from.gpus, 1,          from.status,
                          from.usable, from.delivered, from.delay, Watts(0),  Dollars(0), from.cost};
      check_whole(from.gpus, path + "gpus", "chips");
      check_share(supply.usable, path + "usable");
      check_share(supply.delivered, path + "delivered");
      if (!scenario_.spec.surveys.empty() && supply.date < scenario_.spec.surveys.back().date)
        wrong(fmt::format("{} comes before the last survey, which has counted it", supply.name), path + "date");
      supply.h100e = equivalents_of(supply.chip, supply.date, path, &supply);
      if (!from.cost.empty()) {
        const auto cost = parse_money_in(from.cost, in.currency, in.per_dollar);
        if (!cost) {
          wrong(cost.error().message, path + "cost", cost.error().hint);
        } else {
          supply.cost = *cost;
        }
      }
      scenario_.spec.supply.push_back(std::move(supply));
    }
  }

  /// H100-equivalents of a chip, which has to be sold by then; also the power of its facility, and its name, of a
  /// supply.
  double equivalents_of(const std::string& chip, Date by, const std::string& path, NationSupply* supply = nullptr) {
    const std::vector<std::string> known = preset_names("offers");
    if (std::find(known.begin(), known.end(), chip) == known.end()) {
      report_unknown_preset("offers", chip, span_of(path + "chip"), diagnostics_);
      return 1;
    }
    const std::vector<ChipOffer> offers = read_offers(nullptr, {chip}, diagnostics_);
    if (offers.empty()) return 1;
    const ChipOffer& offer = offers.front();
    if (supply != nullptr) {
      supply->power = Watts(offer.facility_power.quantile(0.5));
      supply->chip_name = offer.hardware.name;
    }
    if (by < offer.launch) wrong(fmt::format("{} is sold from {} on", chip, date_text(offer.launch)), path + "date");
    if (h100_equivalents(offer) > 0) return h100_equivalents(offer);
    wrong(fmt::format("nothing is known of the 8-bit peak of `{}`", chip), path + "chip");
    return 1;
  }

  void add_jobs() {
    FirmJobLaw& jobs = scenario_.spec.jobs;
    jobs.longest = scenario_.input.longest_run;
    jobs.span = scenario_.input.span;
    Diagnostics of_trace;
    const TraceTotals totals = trace_totals(scenario_.input.jobs, span_of("jobs"), of_trace);
    for (const Diagnostic& d : of_trace.all()) diagnostics_.error(d.message, d.span, d.hint);
    if (!of_trace.has_errors()) jobs.trace = solved_law(totals);
    if (jobs.longest > jobs.span) wrong("a run lasts longer than the replay", "longest_run", "below `span`");
  }

  void check_currency() {
    NationPrices& prices = scenario_.spec.prices;
    if (prices.per_dollar > 0) return;
    if (written("currency") && prices.currency != "USD")
      wrong(fmt::format("nothing says how many {} a dollar is", prices.currency), "currency", "`per_dollar`");
    prices.currency = "USD";
    prices.per_dollar = 1;
  }

  static constexpr int kMostYears = 50, kMostGrowth = 10;
  static constexpr std::size_t kMostClasses = 20, kMostSupplies = 100;
  NationScenario& scenario_;
  Diagnostics& diagnostics_;
  Span table_;
};

}  // namespace

NationScenario read_nation_scenario(const Value& root, Diagnostics& diagnostics) {
  NationScenario scenario;
  if (root.table() == nullptr) {
    diagnostics.error("a scenario is a table", root.span());
    return scenario;
  }
  check_table_names(root, diagnostics);
  const Value* written = root.find("nation");
  if (written == nullptr) {
    diagnostics.error("no nation is given", root.span(), "[nation] in the scenario");
    return scenario;
  }
  if (written->table() == nullptr) {
    diagnostics.error(fmt::format("`nation` is {}, expected a table", written->kind_name()), written->span(),
                      "[nation]");
    return scenario;
  }
  nation_schema().read(*written, scenario.input, diagnostics, &scenario.provenance, "nation");
  NationReader(scenario, diagnostics).build(written->span());
  return scenario;
}

Value nation_scenario_table(const NationScenario& scenario) {
  Value root(Value::Table{}, Span{});
  NationInput input = scenario.input;
  input.currency = scenario.spec.prices.currency;  // Dollars, where no rate is stated.
  input.per_dollar = scenario.spec.prices.per_dollar;
  add_table("nation", nation_schema().write(input), scenario.provenance, root);
  return root;
}

}  // namespace orrery
