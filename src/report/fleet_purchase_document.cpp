#include "report/fleet_purchase_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/unit_table.hpp"
#include "fleet/own_silicon.hpp"

namespace orrery {
namespace {

constexpr double kMonth = kYear / 12;
constexpr std::size_t kMostInputs = 10;

std::string rate_text(double dollars_per_second) {
  return cell_text(figure(DollarsPerSecond(dollars_per_second)));
}
Cell hourly(double dollars_an_hour) {
  return figure(DollarsPerSecond(dollars_an_hour / kHour));
}

/// The last quote before which the rental model is tried, and the quotes that it is then scored on.
const Date kRentSplit = Date::of(2024, 9, 1);

std::vector<RentScore> all_rent_scores(bool next) {
  const ChipOffer h100 = offer_preset("h100-sxm");
  return next ? score_next_rents(h100, landlord_economics()) : score_rents(h100, landlord_economics(), kRentSplit);
}

long long inside(const std::vector<RentScore>& scores) {
  return std::count_if(scores.begin(), scores.end(), [](const RentScore& score) { return score.inside(); });
}

/// What a reader calls an input: "economics.cost_of_capital" is the cost of capital.
std::string input_label(std::string name) {
  constexpr std::string_view kTable = "economics.";
  if (name.starts_with(kTable)) name.erase(0, kTable.size());
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

/// The month that is waited for: months are of equal length, so that its first day may be the last of the one before.
std::string wait_text(const PurchaseSpec& spec) {
  return month_text(spec.date + Seconds((spec.wait + 0.25) * kMonth));
}

/// "buying is cheaper below $31k a chip (now $26k; 80 %: ...)", or that it never turns.
std::string turning_text(const PurchaseSpec& spec, const TurningPoint& point) {
  using Input = TurningPoint::Input;
  const auto band = [&](auto text) {
    if (!point.band || point.band->p10 == point.band->p90) return std::string();
    return fmt::format("; 80 %: {}{} to {}{}", point.open_low ? "below " : "", text(point.band->p10),
                       point.open_high ? "beyond " : "", text(point.band->p90));
  };
  const auto turn = [&](const char* what, const char* unit, auto text) {
    if (!point.at) {
      return fmt::format("no {} makes {} cheaper (now {}{})", what, point.always ? "renting" : "buying",
                         text(point.now), unit);
    }
    return fmt::format("buying is cheaper than renting {} a {} of {}{} (now {}{})", point.below ? "below" : "above",
                       what, text(*point.at), unit, text(point.now), band(text));
  };
  switch (point.input) {
    case Input::Price:
      return turn("purchase price", " a chip", [](double x) { return format_money(Dollars(x)); });
    case Input::Rent:
      return turn("rent", "", rate_text);
    case Input::Use:
      return turn("use", " of own chips", [](double x) { return format_percent(x, 0); });
    case Input::Months:
      if (!point.at) return fmt::format("no need of up to {:.0f} months is long enough to buy for", point.now);
      return fmt::format("buying is cheaper than renting for needs of {:.0f} months or more (here {:.0f})", *point.at,
                         point.now);
    case Input::PriceFactor:
      break;
  }
  const std::string date = wait_text(spec);
  if (!point.at)
    return fmt::format("{} than {}, whatever chips cost a year later",
                       point.always ? "waiting until " + date + " is cheaper" : std::string("buying now is cheaper"),
                       point.always ? std::string("buying now") : "waiting until " + date);
  return fmt::format(
      "waiting until {} is cheaper than buying now if chips cost {} or less of their price a year later "
      "(expected {}{})",
      date, format_percent(*point.at, 0), format_percent(point.now, 0),
      band([](double x) { return format_percent(x, 0); }));
}

Table options_table(const PurchaseSpec& spec, const PurchaseStudy& study) {
  Table table{"options",
              "what each option costs, discounted to the decision",
              {{"option", "option"},
               {"p10", "10 %"},
               {"p50", "median"},
               {"p90", "90 %"},
               {"per_hour", "an hour of use"},
               {"per_hour_p10", ""},
               {"per_hour_p90", ""},
               {"cheapest", "cheapest in"},
               {"chips", "chips bought"},
               {"purchases", "purchases"}},
              {},
              "",
              false};
  for (const PurchaseOptionStudy& option : study.options) {
    table.rows.push_back({option_name(spec, option.option), figure(Dollars(option.total.p10)),
                          figure(Dollars(option.total.p50)), figure(Dollars(option.total.p90)),
                          hourly(option.per_hour.p50), hourly(option.per_hour.p10), hourly(option.per_hour.p90),
                          fraction(option.cheapest, 0), count(std::llround(std::ceil(option.median.chips - 1e-9))),
                          count(option.median.purchases)});
  }
  return table;
}

Table parts_table(const PurchaseSpec& spec, const PurchaseStudy& study) {
  Table table{"parts",
              "what they are made of, with every input at its median",
              {{"option", "option"},
               {"hardware", "hardware"},
               {"resale", "sold at the end"},
               {"facility", "halls"},
               {"energy", "energy"},
               {"operations", "staff and spares"},
               {"rent", "rent"},
               {"total", "total"}},
              {},
              "",
              false};
  for (const PurchaseOptionStudy& option : study.options) {
    const PurchaseCost& cost = option.median;
    table.rows.push_back({option_name(spec, option.option), figure(Dollars(cost.hardware)),
                          figure(Dollars(cost.resale)), figure(Dollars(cost.facility)), figure(Dollars(cost.energy)),
                          figure(Dollars(cost.operations)), figure(Dollars(cost.rent)), figure(Dollars(cost.total()))});
  }
  return table;
}

Table turning_table(const PurchaseStudy& study) {
  Table table{"turning_points",
              "",
              {{"input", ""}, {"now", ""}, {"turns_at", ""}, {"p10", ""}, {"p90", ""}, {"share_of_futures", ""}},
              {},
              "",
              true};
  using Input = TurningPoint::Input;
  for (const TurningPoint& point : study.turning) {
    const auto cell = [&](double x) -> Cell {
      switch (point.input) {
        case Input::Price:
          return figure(Dollars(x));
        case Input::Rent:
          return figure(DollarsPerSecond(x));
        case Input::Months:
          return figure(Seconds(x * kMonth));
        case Input::Use:
        case Input::PriceFactor:
          break;
      }
      return fraction(x);
    };
    constexpr std::array<const char*, 5> kNames = {"purchase price", "rent", "use", "price a year later",
                                                   "length of the need"};
    table.rows.push_back({std::string(kNames[static_cast<std::size_t>(point.input)]), cell(point.now),
                          point.at ? cell(*point.at) : Cell{}, point.band ? cell(point.band->p10) : Cell{},
                          point.band ? cell(point.band->p90) : Cell{}, fraction(point.turns)});
  }
  return table;
}

Table over_time_table(const PurchaseSpec& spec, const PurchaseStudy& study) {
  Table table{
      "over_time", "money spent so far, discounted; the last month holds what is sold", {{"month", "month"}}, {}, "",
      true};
  for (const char* name : {"buy", "wait", "rent"})
    for (const char* q : {"p10", "p50", "p90"})
      table.columns.push_back({fmt::format("{}_{}", name, q), fmt::format("{}, {}", name, q)});
  for (const char* q : {"p10", "p50", "p90"})
    table.columns.push_back({fmt::format("rent_of_a_chip_{}", q), fmt::format("rent of a chip, {}", q)});
  for (std::size_t month = 0; month < study.rents.size(); ++month) {
    std::vector<Cell> row = {month_text(spec.date + Seconds((static_cast<double>(month) + 0.5) * kMonth))};
    for (const PurchaseOptionStudy& option : study.options) {
      const FutureBand& band = option.cumulative[month];
      for (const double x : {band.p10, band.p50, band.p90}) row.emplace_back(figure(Dollars(x)));
    }
    const FutureBand& rent = study.rents[month];
    for (const double x : {rent.p10, rent.p50, rent.p90}) row.emplace_back(figure(DollarsPerSecond(x)));
    table.rows.push_back(std::move(row));
  }
  return table;
}

ChartSeries band_series(std::string name, const PurchaseSpec& spec, const std::vector<FutureBand>& bands) {
  ChartSeries series{std::move(name), ChartSeries::Shape::Line, {}, -1};
  for (std::size_t month = 0; month < bands.size(); ++month) {
    const double day = spec.date.days() + (static_cast<double>(month) + 1) * kMonth / kDay;
    series.points.push_back({day, bands[month].p50, bands[month].p10, bands[month].p90});
  }
  return series;
}

Chart cost_chart(const PurchaseSpec& spec, const PurchaseStudy& study) {
  Chart chart;
  chart.key = "cost_over_time";
  chart.title = "money spent so far, discounted, with 80 % bands; hardware is sold in the last month";
  chart.x = {"month", Figure::Kind::Number, Dimension::None, ChartAxis::Scale::Date};
  chart.y = {"spent", Figure::Kind::Quantity, Dimension::Money, ChartAxis::Scale::Linear};
  for (const PurchaseOptionStudy& option : study.options)
    chart.series.push_back(band_series(option_name(spec, option.option), spec, option.cumulative));
  return chart;
}

Chart rent_chart(const PurchaseSpec& spec, const PurchaseStudy& study) {
  Chart chart;
  chart.key = "rents";
  chart.title = "rent of a chip: quotes, and what may come, with an 80 % band";
  chart.x = {"date", Figure::Kind::Number, Dimension::None, ChartAxis::Scale::Date};
  chart.y = {"rent", Figure::Kind::Quantity, Dimension::MoneyRate, ChartAxis::Scale::Linear};
  chart.series.push_back(band_series("expected", spec, study.rents));
  ChartSeries quotes{"quotes", ChartSeries::Shape::Markers, {}, -1};
  for (const DatedValue& quote : spec.offer.rent.points) {
    quotes.points.push_back({static_cast<double>(quote.date.days()), quote.value.quantile(0.5),
                             quote.value.quantile(0.1), quote.value.quantile(0.9)});
  }
  if (!quotes.points.empty()) chart.series.push_back(std::move(quotes));
  return chart;
}

std::string need_text(const PurchaseSpec& spec) {
  const PurchaseValues medians = purchase_values(spec, {}, nullptr);
  return fmt::format("{} chips of {} at work for {:.3g} years from {}", format_count(std::llround(medians.busy)),
                     spec.offer.name, spec.months / 12.0, month_text(spec.date));
}

}  // namespace

std::string option_name(const PurchaseSpec& spec, PurchaseOption option) {
  switch (option) {
    case PurchaseOption::Buy:
      return "buying now";
    case PurchaseOption::Wait:
      return "waiting until " + wait_text(spec);
    case PurchaseOption::Rent:
      break;
  }
  return "renting";
}

std::string money_band_text(const FutureBand& band) {
  return fmt::format("{} (80 %: {} to {})", format_money(Dollars(band.p50)), format_money(Dollars(band.p10)),
                     format_money(Dollars(band.p90)));
}

Chart sensitivity_chart(const std::string& title, const std::vector<std::string>& inputs,
                        const std::vector<Sensitivity>& sensitivities) {
  Chart chart;
  chart.key = "tornado";
  chart.title = title;
  chart.y = {"mean over futures", Figure::Kind::Quantity, Dimension::Money, ChartAxis::Scale::Linear};
  chart.horizontal = true;
  ChartSeries low{"lowest third of the input", ChartSeries::Shape::Bars, {}, -1};
  ChartSeries high{"highest third", ChartSeries::Shape::Bars, {}, -1};
  for (std::size_t i = 0; i < sensitivities.size() && i < kMostInputs; ++i) {
    chart.categories.push_back(input_label(inputs[static_cast<std::size_t>(sensitivities[i].input)]));
    low.points.push_back({static_cast<double>(i), sensitivities[i].low});
    high.points.push_back({static_cast<double>(i), sensitivities[i].high});
  }
  chart.series = {std::move(low), std::move(high)};
  return chart;
}

Table sensitivity_table(const std::string& title, const std::vector<std::string>& inputs,
                        const std::vector<Sensitivity>& sensitivities) {
  Table table{"sensitivities",
              title,
              {{"input", "input"},
               {"low", "mean in its lowest third"},
               {"high", "in its highest third"},
               {"first_order", "share of the variance"}},
              {},
              "",
              false};
  for (std::size_t i = 0; i < sensitivities.size() && i < kMostInputs; ++i) {
    const Sensitivity& s = sensitivities[i];
    table.rows.push_back({input_label(inputs[static_cast<std::size_t>(s.input)]), figure(Dollars(s.low)),
                          figure(Dollars(s.high)), fraction(s.first_order, 0)});
  }
  return table;
}

Table rent_score_table() {
  Table table{"rent_check",
              "rents of H100s: each quote against the model fitted on earlier ones",
              {{"known_until", "known until"},
               {"date", "quote of"},
               {"quoted", "quoted"},
               {"p10", "10 %"},
               {"p50", "median"},
               {"p90", "90 %"},
               {"inside", "inside"}},
              {},
              "",
              true};
  for (const bool next : {false, true}) {
    for (const RentScore& s : all_rent_scores(next)) {
      table.rows.push_back({month_text(s.from), month_text(s.date), figure(s.quoted), figure(s.band.p10),
                            figure(s.band.p50), figure(s.band.p90), s.inside()});
    }
  }
  return table;
}

std::string rent_score_text() {
  const auto later = all_rent_scores(false), next = all_rent_scores(true);
  return fmt::format(
      "the rental model, fitted on quotes until {}, holds {} of {} later quotes of H100s in its 80 % band; "
      "quote by quote {} of {} (--explain shows them)",
      month_text(kRentSplit), inside(later), later.size(), inside(next), next.size());
}

Document purchase_document(const PurchaseSpec& spec, const PurchaseStudy& study,
                           const std::vector<std::string>& assumptions) {
  Document document;
  document.command = "fleet buy";
  const PurchaseOptionStudy& best = study.options[study.best];
  document.answer.push_back(fmt::format("{}{} is cheapest: {}, {} an hour of use",
                                        best.cheapest < 0.6 ? "a close call: " : "", option_name(spec, best.option),
                                        money_band_text(best.total), rate_text(best.per_hour.p50 / kHour)));
  document.answer.push_back("for " + need_text(spec));
  if (const std::string note = own_silicon_note(spec.offer); !note.empty()) document.answer.push_back(note);
  std::vector<std::string> shares;
  for (const PurchaseOptionStudy& option : study.options)
    shares.push_back(fmt::format("{} in {}", option_name(spec, option.option), format_percent(option.cheapest, 0)));
  document.answer.push_back(
      fmt::format("cheapest of {} futures: {}", format_count(study.draws), fmt::join(shares, ", ")));
  const bool buys = study.options.front().delivered;
  for (const TurningPoint& point : study.turning)
    if (buys) document.answer.push_back(turning_text(spec, point));
  for (const PurchaseOptionStudy& option : study.options) {
    if (!option.delivered)
      document.answer.push_back(
          fmt::format("{} cannot be done: the hardware would come after the need is over; it is "
                      "rented for instead",
                      option_name(spec, option.option)));
  }
  const auto silent = [&](const char* key, Cell value) { document.fields.push_back({key, "", std::move(value)}); };
  silent("chip", spec.offer.name);
  silent("date", date_text(spec.date));
  silent("months", count(spec.months));
  silent("best", option_name(spec, best.option));
  silent("buy_less_rent_p10", figure(Dollars(study.buy_less_rent.p10)));
  silent("buy_less_rent_p50", figure(Dollars(study.buy_less_rent.p50)));
  silent("buy_less_rent_p90", figure(Dollars(study.buy_less_rent.p90)));
  silent("market_premium", number(std::exp(spec.market.premium)));
  silent("market_volatility", number(spec.market.model.volatility));
  document.tables.push_back(options_table(spec, study));
  document.tables.push_back(parts_table(spec, study));
  document.tables.push_back(
      sensitivity_table("what buying costs more than renting depends on", study.inputs, study.sensitivities));
  document.tables.push_back(turning_table(study));
  document.tables.push_back(over_time_table(spec, study));
  document.tables.push_back(rent_score_table());
  document.charts = {
      cost_chart(spec, study), rent_chart(spec, study),
      sensitivity_chart("buying less renting, by thirds of each input", study.inputs, study.sensitivities)};

  const double life = values_of(spec.economics).hardware_life.raw() / kYear;
  document.notes.push_back(
      fmt::format("rents: {} in {}, {:.2g} times the capital cost of an hour over operating cost (a market {} full by "
                  "the model){}; "
                  "the premium halves every {:.3g} years, with a volatility of {:.2g} from {} quotes",
                  rate_text(spec.market.rent.raw()), month_text(spec.market.quoted), std::exp(spec.market.premium),
                  format_percent(utilisation_of(spec.market.model, spec.market.premium), 0),
                  spec.market.borrowed ? ", the premium of H100s, for want of recent quotes" : "",
                  spec.market.model.half_life, spec.market.model.volatility, spec.market.quotes));
  document.notes.push_back(rent_score_text());
  if (spec.months / 12.0 > life)
    document.notes.push_back(
        fmt::format("the need is longer than the life of the hardware ({:.3g} years): it is bought "
                    "again at the prices of that day",
                    life));
  if (!spec.rents_meanwhile)
    document.notes.emplace_back(
        "what is not worked until own chips are there is made up for on more of them; what it is "
        "worth to have results earlier is not counted");
  document.notes.push_back(
      fmt::format("used hardware loses {} of its value a year (Cottier et al., arXiv:2405.21015v2: "
                  "0.14 orders of magnitude)",
                  format_percent(values_of(spec.economics).value_decline, 0)));
  for (const std::string& assumption : assumptions) document.notes.push_back("assumed: " + assumption);
  return document;
}

}  // namespace orrery
