#include "report/fleet_landlord_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/unit_table.hpp"
#include "fleet/own_silicon.hpp"
#include "report/fleet_purchase_document.hpp"

namespace orrery {
namespace {

constexpr double kQuarter = kYear / 4;

std::string dollar_text(double amount) {
  return amount < 0 ? "-" + format_money(Dollars(-amount)) : format_money(Dollars(amount));
}
Cell money(double amount) {
  return figure(Dollars(amount));
}
std::string chips_text(double chips) {
  // Three figures: nobody knows the last chip.
  const double size = std::pow(10.0, std::max(0.0, std::floor(std::log10(std::max(1.0, chips))) - 2));
  return format_count(std::llround(chips / size) * std::llround(size));
}
std::string rate_text(double dollars_per_second) {
  return cell_text(figure(DollarsPerSecond(dollars_per_second)));
}

/// Of the facility, at the median for a chip.
Watts built_power(const LandlordSpec& spec, double chips) {
  return Watts(chips * spec.offer.facility_power.quantile(0.5));
}

/// "it takes $188B of capital, 6.3 GW and 3.1 times the h100-sxm that the world makes from 2024-12 to 2027-02"
std::string needs_text(const LandlordSpec& spec, const LandlordPoint& point) {
  const std::string until = month_text(spec.date + Seconds(std::max(spec.lead_time.quantile(0.5), kQuarter)));
  std::string text = fmt::format("it takes {} of capital and {} of facility power, and ", dollar_text(point.capital),
                                 cell_text(figure(built_power(spec, point.chips))));
  if (spec.made <= 0)
    return text + fmt::format("no {} are made from {} to {}: other chips, counted in these, have to be bought",
                              spec.offer.name, month_text(spec.date), until);
  const double share = point.chips / spec.made;
  text += share < 1 ? format_percent(share, 0) + " of" : fmt::format("{:.1f} times", share);
  text += fmt::format(" the {} that the world makes from {} to {}", spec.offer.name, month_text(spec.date), until);
  return share < 1 ? text : text + ": the rest has to be other chips, counted in these";
}

std::vector<Column> point_columns() {
  return {{"chips", "chips"},
          {"capital", "capital"},
          {"power", "power"},
          {"mean_npv", "mean value"},
          {"npv_p10", "10 %"},
          {"npv_p50", "median"},
          {"npv_p90", "90 %"},
          {"mean_regret", "mean regret"},
          {"high_regret", "regret, 90 %"},
          {"shortage", "short"},
          {"tenant_loss", "tenant lost"},
          {"stranded", "stranded"},
          {"unserved", "unserved"},
          {"idle", "idle"},
          {"loses", "loses money"}};
}
std::vector<Cell> point_row(const LandlordSpec& spec, const LandlordPoint& p) {
  return {count(std::llround(p.chips)),
          money(p.capital),
          figure(built_power(spec, p.chips)),
          money(p.mean_npv),
          money(p.npv.p10),
          money(p.npv.p50),
          money(p.npv.p90),
          money(p.mean_regret),
          money(p.high_regret),
          money(p.shortage),
          money(p.tenant_loss),
          money(p.stranded),
          fraction(p.unserved_share, 0),
          fraction(p.idle_share, 0),
          fraction(p.loses, 0)};
}

Table capacity_table(const LandlordSpec& spec, const LandlordStudy& study) {
  Table table{"capacities",
              "new chips ordered now: value over building nothing, and what goes wrong (means)",
              point_columns(),
              {},
              "",
              false};
  for (const LandlordPoint& point : study.points) table.rows.push_back(point_row(spec, point));
  table.note =
      "capital: of chips, servers, network and halls, not discounted, mean; power: of the facility; short: margin on "
      "chip-hours that were wanted and not served; tenant lost: what it costs that the tenant leaves for want of "
      "chips; stranded: full cost of new chip-hours neither used nor paid for";
  return table;
}

Table contract_table(const LandlordStudy& study) {
  Table table{"contracts",
              fmt::format("{} new chips under contracts of so many years", chips_text(study.contract.chips)),
              {{"years", "contract of"},
               {"mean_npv", "mean value"},
               {"npv_p10", "10 %"},
               {"npv_p50", "median"},
               {"npv_p90", "90 %"},
               {"stranded", "stranded"},
               {"idle", "idle"},
               {"loses", "loses money"}},
              {},
              "",
              false};
  for (std::size_t years = 0; years < study.contract.by_years.size(); ++years) {
    const LandlordPoint& p = study.contract.by_years[years];
    table.rows.push_back({years == 0 ? std::string("none") : fmt::format("{} year{}", years, years == 1 ? "" : "s"),
                          money(p.mean_npv), money(p.npv.p10), money(p.npv.p50), money(p.npv.p90), money(p.stranded),
                          fraction(p.idle_share, 0), fraction(p.loses, 0)});
  }
  return table;
}

Table demand_table(const LandlordSpec& spec, const LandlordStudy& study, const LandlordNames& names) {
  Table table{"demand", "chips wanted", {{"quarter", "quarter"}}, {}, "", true};
  const std::pair<const char*, std::string> groups[] = {
      {"main", names.main}, {"others", names.others}, {"standing", "left of what stands"}};
  for (const auto& [key, who] : groups) {
    table.columns.push_back({fmt::format("{}_p10", key), who + ", 10 %"});
    table.columns.push_back({fmt::format("{}_p50", key), "median"});
    table.columns.push_back({fmt::format("{}_p90", key), "90 %"});
  }
  for (std::size_t i = 0; i < study.main.size(); ++i) {
    std::vector<Cell> row = {quarter_text(spec.date + Seconds((static_cast<double>(i) + 0.5) * kQuarter))};
    for (const FutureBand* band : {&study.main[i], &study.others[i], &study.standing[i]})
      for (const double chips : {band->p10, band->p50, band->p90}) row.emplace_back(count(std::llround(chips)));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Chart regret_chart(const LandlordStudy& study) {
  Chart chart;
  chart.key = "regret";
  chart.title = "regret and its parts against new chips ordered now (means over futures)";
  chart.x = {"new chips", Figure::Kind::Large, Dimension::None, ChartAxis::Scale::Linear};
  chart.y = {"discounted", Figure::Kind::Quantity, Dimension::Money, ChartAxis::Scale::Linear};
  const auto add = [&](const char* name, double LandlordPoint::*part) {
    ChartSeries series{name, ChartSeries::Shape::Line, {}, -1};
    for (const LandlordPoint& point : study.points) series.points.push_back({point.chips, point.*part});
    chart.series.push_back(std::move(series));
  };
  add("regret", &LandlordPoint::mean_regret);
  add("regret, 90 %", &LandlordPoint::high_regret);
  add("short", &LandlordPoint::shortage);
  add("tenant lost", &LandlordPoint::tenant_loss);
  add("stranded", &LandlordPoint::stranded);
  return chart;
}

Chart value_chart(const LandlordStudy& study) {
  Chart chart;
  chart.key = "value";
  chart.title = "value of new chips ordered now, with an 80 % band";
  chart.x = {"new chips", Figure::Kind::Large, Dimension::None, ChartAxis::Scale::Linear};
  chart.y = {"net present value", Figure::Kind::Quantity, Dimension::Money, ChartAxis::Scale::Linear};
  ChartSeries series{"median", ChartSeries::Shape::Line, {}, -1}, mean{"mean", ChartSeries::Shape::Line, {}, -1};
  for (const LandlordPoint& p : study.points) {
    series.points.push_back({p.chips, p.npv.p50, p.npv.p10, p.npv.p90});
    mean.points.push_back({p.chips, p.mean_npv});
  }
  chart.series = {std::move(series), std::move(mean)};
  return chart;
}

Chart demand_chart(const LandlordSpec& spec, const LandlordStudy& study, const LandlordNames& names) {
  Chart chart;
  chart.key = "demand";
  chart.title = "chips wanted, with 80 % bands, and what is left of those that stand";
  chart.x = {"quarter", Figure::Kind::Number, Dimension::None, ChartAxis::Scale::Date};
  chart.y = {"chips", Figure::Kind::Large, Dimension::None, ChartAxis::Scale::Log};
  const auto add = [&](std::string name, const std::vector<FutureBand>& bands) {
    ChartSeries series{std::move(name), ChartSeries::Shape::Line, {}, -1};
    for (std::size_t i = 0; i < bands.size(); ++i) {
      const double day = spec.date.days() + (static_cast<double>(i) + 0.5) * kQuarter / kDay;
      series.points.push_back({day, bands[i].p50, bands[i].p10, bands[i].p90});
    }
    chart.series.push_back(std::move(series));
  };
  add(names.main, study.main);
  add(names.others == names.main ? names.others + " (others)" : names.others, study.others);
  add("stand now", study.standing);
  return chart;
}

std::string contract_text(const LandlordSpec& spec, const LandlordStudy& study, const LandlordNames& names) {
  const LandlordContractStudy& contract = study.contract;
  const std::string project = fmt::format("{} chips for {}", chips_text(contract.chips), names.main);
  const std::string terms =
      fmt::format("{} signed at {}, {} take-or-pay", format_percent(spec.contract_share, 0),
                  rate_text(spec.contract_price.quantile(0.5)), format_percent(spec.take_or_pay, 0));
  std::string text;
  if (!contract.years) {
    text = fmt::format("{} are not worth building under any contract up to the life of the chips ({})", project, terms);
  } else if (*contract.years == 0) {
    text = fmt::format("{} are worth building without a contract", project);
  } else {
    text = fmt::format("{} are worth building under a contract of {:.1f} years or more ({})", project, *contract.years,
                       terms);
  }
  if (contract.band && contract.band->p90 > 0)
    text += fmt::format("; 80 % of economic futures where one will do: {:.1f} to {:.1f} years", contract.band->p10,
                        contract.band->p90);
  return text + fmt::format("; of all economic futures none is needed in {}, none is enough in {}",
                            format_percent(contract.without, 0), format_percent(contract.never, 0));
}

/// What the best order rests on: who signs for how much of it, and what it is worth where nobody does.
std::string signed_text(const LandlordSpec& spec, const LandlordStudy& study, const LandlordNames& names) {
  const LandlordPoint& alone = study.uncontracted;
  return fmt::format(
      "the contract: {} signs for {} of them, but for no more than it expects to want, for {:.3g} years at {}, {} "
      "take-or-pay; unsigned the same order is worth {} (80 %: {} to {}) and loses in {} of the futures",
      names.main, format_percent(spec.contract_share, 0), spec.contract_years,
      rate_text(spec.contract_price.quantile(0.5)), format_percent(spec.take_or_pay, 0), dollar_text(alone.mean_npv),
      dollar_text(alone.npv.p10), dollar_text(alone.npv.p90), format_percent(alone.loses, 0));
}

std::string stage_text(const LandlordSpec& spec, const LandlordQuestion& question, const LandlordStudy& study) {
  const double gain = study.staged_npv - study.best().mean_npv;
  if (study.staged.review == 0 || gain <= 0)
    return fmt::format("a second order after {:.3g} years adds nothing to ordering {} now", question.review / 4.0,
                       study.best().chips < 1 ? "nothing" : chips_text(study.best().chips));
  return fmt::format("ordering {} now, and in {} what brings all chips to {} of the demand seen then, is worth {} more",
                     study.staged.first < 1 ? "nothing" : chips_text(study.staged.first),
                     quarter_text(spec.date + Seconds((question.review + 0.5) * kQuarter)),
                     format_percent(study.staged.cover, 0), dollar_text(gain));
}

}  // namespace

bool worth_building(const LandlordStudy& study) {
  return study.best().mean_npv > 0 || study.staged_npv > 0;
}

Document landlord_document(const LandlordSpec& spec, const LandlordQuestion& question, const LandlordStudy& study,
                           const LandlordNames& names, const std::vector<std::string>& assumptions) {
  Document document;
  document.command = "fleet landlord";
  const LandlordPoint& best = study.best();
  const LandlordPoint& nothing = study.points.front();
  const LandlordPoint& careful = study.points[study.least_regret];
  if (!worth_building(study)) {
    const LandlordPoint& least = study.points[1];
    document.answer.push_back(
        fmt::format("not worth building, because even the first {} chips lose {} on average: an hour costs {}, {} of "
                    "them are let at {} for {:.3g} years, and market rents stand at {}",
                    chips_text(least.chips), dollar_text(-least.mean_npv),
                    rate_text((spec.market.cost.operating + spec.market.cost.capital).raw()),
                    format_percent(spec.contract_share, 0), rate_text(spec.contract_price.quantile(0.5)),
                    spec.contract_years, rate_text(spec.market.rent.raw())));
  } else if (study.best().mean_npv > 0) {
    const bool is_signed = spec.contract_share > 0 && spec.contract_years > 0;
    document.answer.push_back(
        fmt::format("build {} {} now{}: worth {} over building nothing on average (80 %: {} to {})",
                    chips_text(study.best().chips), spec.offer.name, is_signed ? ", under contract" : "",
                    dollar_text(best.mean_npv), dollar_text(best.npv.p10), dollar_text(best.npv.p90)));
    if (spec.contract_share > 0 && spec.contract_years > 0) document.answer.push_back(signed_text(spec, study, names));
    document.answer.push_back(needs_text(spec, best));
    document.answer.push_back(fmt::format(
        "then {} of the demand is not served ({} if nothing is built), {} of the new chip-hours stand idle, and "
        "it loses money in {} of the futures",
        format_percent(best.unserved_share, 0), format_percent(nothing.unserved_share, 0),
        format_percent(best.idle_share, 0), format_percent(best.loses, 0)));
    document.answer.push_back(fmt::format("being short costs {} and a tenant lost for want of chips {}, being empty {}",
                                          dollar_text(best.shortage), dollar_text(best.tenant_loss),
                                          dollar_text(best.stranded)));
    document.answer.push_back(fmt::format("the regret that one future in ten exceeds is least at {} chips: {}",
                                          chips_text(careful.chips), dollar_text(careful.high_regret)));
  } else {
    document.answer.emplace_back("build nothing yet: only a later order, once more is seen, is worth it on average");
  }
  if (const std::string note = own_silicon_note(spec.offer); !note.empty()) document.answer.push_back(note);
  document.answer.push_back(stage_text(spec, question, study));
  document.answer.push_back(contract_text(spec, study, names));
  const auto silent = [&](const char* key, Cell value) { document.fields.push_back({key, "", std::move(value)}); };
  silent("chip", spec.offer.name);
  silent("worth_building", worth_building(study));
  silent("best_chips", count(std::llround(study.best().chips)));
  silent("best_npv", money(study.best().mean_npv));
  silent("best_npv_unsigned", money(study.uncontracted.mean_npv));
  silent("capital", money(best.capital));
  silent("power", figure(built_power(spec, best.chips)));
  silent("world_output", count(std::llround(spec.made)));
  silent("least_regret_chips", count(std::llround(careful.chips)));
  silent("staged_first_chips", count(std::llround(study.staged.first)));
  silent("staged_npv", money(study.staged_npv));
  silent("option_value", money(study.staged_npv - study.best().mean_npv));
  silent("project_chips", count(std::llround(study.contract.chips)));
  silent("contract_length", study.contract.years ? Cell{figure(Seconds(*study.contract.years * kYear))} : Cell{});
  silent("contract_length_p10", study.contract.band ? Cell{figure(Seconds(study.contract.band->p10 * kYear))} : Cell{});
  silent("contract_length_p90", study.contract.band ? Cell{figure(Seconds(study.contract.band->p90 * kYear))} : Cell{});
  silent("contract_not_needed", fraction(study.contract.without));
  silent("contract_not_enough", fraction(study.contract.never));
  document.tables = {capacity_table(spec, study), contract_table(study),
                     sensitivity_table("the value of that order depends on", study.inputs, study.sensitivities),
                     demand_table(spec, study, names), rent_score_table()};
  document.charts = {
      regret_chart(study), value_chart(study), demand_chart(spec, study, names),
      sensitivity_chart("net present value, by thirds of each input", study.inputs, study.sensitivities)};
  document.notes.push_back(
      fmt::format("{} futures of {} quarters from {}; economic futures of the contract: 60, of 40 "
                  "walks each",
                  format_count(study.draws), spec.quarters, month_text(spec.date)));
  document.notes.push_back(
      fmt::format("a new chip-hour costs {} at 85 % sold; the market's rent was {} in {}; its premium over cost halves "
                  "every {:.3g} "
                  "years",
                  rate_text((spec.market.cost.operating + spec.market.cost.capital).raw()),
                  rate_text(spec.market.rent.raw()), month_text(spec.market.quoted), spec.market.model.half_life));
  document.notes.push_back(fmt::format("{} {} made in the median lead time: {}", format_count(std::llround(spec.made)),
                                       spec.offer.name,
                                       names.output_source.empty() ? "no output is known" : names.output_source));
  document.notes.emplace_back(
      "chips that stand are taken to have been bought evenly since the chip's launch, and retire at the end of their "
      "life as new ones do");
  document.notes.push_back(rent_score_text());
  if (!spec.serving.empty())
    document.notes.emplace_back("demand of inference is the scenario's series of chip-hours, not modelled");
  document.notes.emplace_back(
      "mean regret is least where the mean value is highest; other landlords' answers, taxes and the tenant's credit "
      "beyond what is collected are left out");
  for (const std::string& assumption : assumptions) document.notes.push_back("assumed: " + assumption);
  return document;
}

}  // namespace orrery
