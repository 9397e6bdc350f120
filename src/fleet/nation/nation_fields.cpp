#include "fleet/nation/nation_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace orrery {
namespace {

constexpr double kDaySeconds = 86400, kYearSeconds = 365.25 * kDaySeconds;
constexpr double kMostGpus = 1e9;

const Schema<NationSurvey>& survey_schema() {
  using S = NationSurvey;
  static const Schema<S> schema =
      Schema<S>("surveys", "A survey of the firms.")
          .date("date", &S::date, {.help = "What its answers are of.", .example = "2023-12-31", .required = true})
          .number("short", &S::short_share,
                  bounded("Share of all firms that said that they lack compute.", "0.532", 0, 1, true))
          .law("gpus", &S::gpus, Dimension::None, bounded("Chips that the firms had then.", "1961", 1, kMostGpus, true))
          .text("chip", &S::chip, described("What they are: a preset of presets/offers.", "h100-sxm"));
  return schema;
}

const Schema<NationSupplyInput>& supply_schema() {
  using S = NationSupplyInput;
  static const Schema<S> schema =
      Schema<S>("supply", "GPUs that were bought, planned or promised.")
          .text("name", &S::name, {.help = "What reports call it.", .example = "2025 purchase", .required = true})
          .text("chip", &S::chip, described("What they are: a preset of presets/offers.", "b200"))
          .date("date", &S::date, {.help = "When they are announced for.", .example = "2025-12", .required = true})
          .number("gpus", &S::gpus, bounded("Chips.", "13136", 1, kMostGpus, true))
          .choice("status", &S::status,
                  {{"confirmed", ValueStatus::Confirmed, "They are there."},
                   {"estimate", ValueStatus::Estimate, "Somebody reckoned."},
                   {"forecast", ValueStatus::Forecast, "Somebody expects them."},
                   {"plan", ValueStatus::Plan, "Announced: no capacity yet."}},
                  described("How far they are to be trusted.", "plan"))
          .law("usable", &S::usable, Dimension::None,
               bounded("Share of them that these firms can use.", "uniform(0.2, 0.4)", 0, 1))
          .law("delivered", &S::delivered, Dimension::None,
               bounded("Share of them that comes at all.", "uniform(0.7, 1)", 0, 1))
          .law("delay", &S::delay, Dimension::Time,
               bounded("Beyond the date.", "spread(3 weeks, 26 weeks, 104 weeks)", 0, 50 * kYearSeconds))
          .text("cost", &S::cost, described("Of all of them: in dollars or in `currency`.", "1.459 T KRW"));
  return schema;
}

const Schema<NationClassInput>& class_schema() {
  using C = NationClassInput;
  static const Schema<C> schema =
      Schema<C>("classes", "Firms of a size.")
          .text("name", &C::name, {.help = "People.", .example = "10 to 99", .required = true})
          .number("share", &C::share, bounded("Of all firms.", "0.54", 0, 1, true));
  return schema;
}

std::vector<Choice<NationPolicy>> policies() {
  return {{"fifo", NationPolicy::Fifo, "One queue, first come, first served."},
          {"blocks", NationPolicy::Blocks, "Whole blocks to those who come first, as GPUs that firms own."},
          {"quotas", NationPolicy::Quotas, "As many GPUs for each, and no more."},
          {"fair-share", NationPolicy::FairShare, "One pool; whoever has had least is next."},
          {"credits", NationPolicy::Credits, "As many GPU-hours for each, and what is left over to whoever asks."},
          {"small-first", NationPolicy::SmallFirst, "Firms that need least go first, and stop others."}};
}

}  // namespace

const Schema<NationInput>& nation_schema() {
  using N = NationInput;
  static const Schema<N> schema = [] {
    Schema<N> s("nation", "A nation with few GPUs and many firms.");
    s.text("name", &N::name, described("What reports call it.", "Korea"))
        .number("firms", &N::firms, bounded("Firms of the survey.", "1441", 1, 1e7, true))
        .list("surveys", &N::surveys, survey_schema(),
              {.help = "One or two, of which the last fixes needs and both their growth.", .required = true})
        .law("need_share", &N::need_share, Dimension::None,
             bounded("Share of the firms with any need of GPUs.", "uniform(0.6, 0.95)", 0.001, 1))
        .law("sigma", &N::sigma, Dimension::None,
             bounded("Standard deviation of the logarithm of needs.", "uniform(1, 2.5)", 0.01, 4))
        .law("served_below", &N::served_below, Dimension::None,
             bounded("Who gets less than this of its need lacks compute.", "uniform(0.5, 0.9)", 0.01, 1))
        .law("burst", &N::burst, Dimension::None,
             bounded("A firm's peak over its mean use: the block that it asks for.", "uniform(1, 2.5)", 0.01, 1000))
        .choice("reference", &N::reference, policies(),
                described("How GPUs were shared when the surveys were made.", "blocks"))
        .choice("policy", &N::policy, policies(), described("How they are to be shared.", "fair-share"))
        .number("target", &N::target, bounded("Share of the firms that may lack compute.", "0.3", 0, 1))
        .law("growth", &N::growth, Dimension::None,
             bounded("Factor a year on needs after the last survey.", "spread(1.6, 1.9, 2.5)", 0.1, 10))
        .date("until", &N::until, described("The last day that is looked at.", "2030-12-31"))
        .law("life", &N::life, Dimension::Time,
             bounded("Until a GPU is given up.", "spread(3 years, 5 years, 7 years)", kDaySeconds, 100 * kYearSeconds))
        .list("supply", &N::supply, supply_schema(), {.help = "What comes after the last survey."})
        .list("classes", &N::classes, class_schema(), {.help = "Sizes of firms, smallest first; they add up to 1."})
        .number("size_correlation", &N::size_correlation,
                bounded("Of size and need, as of two normal values.", "0.5", -0.99, 0.99))
        .law("purchase", &N::purchase, Dimension::Money,
             bounded("Of an H100-equivalent, with servers and network.", "spread($38000, $50000, $52000)", 0, 1e9))
        .law("power", &N::power, Dimension::Power,
             bounded("Facility power of an H100-equivalent.", "spread(1.4 kW, 1.74 kW, 1.81 kW)", 0, 1e6))
        .law("rent", &N::rent, Dimension::MoneyRate, bounded("Of an H100 abroad.", "spread($2/h, $2.6/h, $3/h)", 0, 1))
        .text("currency", &N::currency, described("The nation's, by its code of three letters.", "KRW"))
        .number("per_dollar", &N::per_dollar,
                {.help = "Of that currency to a dollar.",
                 .example = "1450",
                 .minimum = 1e-9,
                 .maximum = 1e9,
                 .default_text = "none: answers are in dollars"})
        .text("jobs", &N::jobs, described("Trace whose law of sizes and run times the jobs of firms follow.", "philly"))
        .quantity("longest_run", &N::longest_run, bounded("Longer runs are cut.", "3 days", 60, kYearSeconds))
        .quantity("span", &N::span, bounded("Time that the replay covers.", "28 days", kDaySeconds, kYearSeconds))
        .integer("draws", &N::draws, bounded("Sets of values that are tried.", "400", 10, 100'000));
    return s;
  }();
  return schema;
}

Expected<Dollars, UnitError> parse_money_in(const std::string& text, const std::string& currency, double per_dollar) {
  const auto is_letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  const std::string usual = per_dollar > 0 ? fmt::format("as \"$1.2B\", \"1.2 B USD\" or \"1.2 T {}\"", currency)
                                           : std::string("as \"$1.2B\" or \"1.2 B USD\"");
  const auto fail = [&](std::string message, std::string hint) {
    return Unexpected<UnitError>(UnitError{std::move(message), std::move(hint)});
  };
  const std::size_t from = text.find_last_of(' ');
  std::string code = from == std::string::npos ? "" : text.substr(from + 1);
  double rate = 1;
  std::string amount = text;
  if (code.size() > 1 && std::all_of(code.begin(), code.end(), is_letter)) {
    if (code != "USD") {
      if (code != currency) return fail(fmt::format("unknown currency `{}`", code.substr(0, 20)), usual);
      if (!(per_dollar > 0))
        return fail(fmt::format("nothing says how many {} a dollar is", code), "`per_dollar` in [nation]");
      rate = per_dollar;
    }
    amount = text.substr(0, from);
    if (amount.find('$') != std::string::npos) return fail(fmt::format("`{}` names two currencies", text), usual);
    std::erase(amount, ' ');
    amount.insert(0, "$");
  }
  const auto dollars = parse_quantity(amount, Dimension::Money);
  if (!dollars) return fail(dollars.error().message, usual);
  if (*dollars < 0) return fail("less than nothing was paid", usual);
  return Dollars(*dollars / rate);
}

}  // namespace orrery
