#include <string>
#include <utility>

#include "run/run_fields.hpp"

namespace orrery {
namespace {

constexpr double kMostRate = 1;  // A second.

const Schema<HazardStep>& hazard_schema() {
  static const Schema<HazardStep> schema = [] {
    Schema<HazardStep> s("hazard", "How many times the base hazard a unit has from an age on.");
    s.quantity("age", &HazardStep::age, bounded("Age from which it holds.", "30 days"))
        .number("factor", &HazardStep::factor, bounded("Times the base.", "5", 0, 1e4));
    return s;
  }();
  return schema;
}

const Schema<FaultClass>& fault_class_schema() {
  using C = FaultClass;
  static const Schema<C> schema = [] {
    Schema<C> s("classes", "A kind of fault: where, how often, what it does, how it is found and mended.");
    FieldOptions name = described("What reports call it.", "gpu");
    name.required = true;
    FieldOptions rate = bounded("Faults of one unit in the long run.", "0.11 /year", 0, kMostRate);
    rate.required = true;
    s.text("name", &C::name, name)
        .text("unit", &C::unit,
              described(
                  "What fails: gpu, node, job (its software), site, server, scale_up, a tier of the fabric or a domain "
                  "of [[run.domains]]; all of its nodes are hit.",
                  "gpu"))
        .quantity("rate", &C::rate, rate)
        .choice("law", &C::law,
                {{"exponential", IntervalLaw::Exponential, "The past says nothing."},
                 {"weibull", IntervalLaw::Weibull, "Shape below 1: early failures and clusters; above: wear."},
                 {"lognormal", IntervalLaw::LogNormal, "Shape: standard deviation of the logarithm."},
                 {"piecewise", IntervalLaw::Piecewise, "Exponential, its hazard by age."},
                 {"periodic", IntervalLaw::Periodic, "All faults of the class evenly spaced."}},
                described("How the times between the faults of one unit are spread.", "weibull"))
        .number("shape", &C::shape, bounded("Of a Weibull or log-normal law.", "0.58", 0.1, 10))
        .list("hazard", &C::hazard, hazard_schema(), described("Of a piecewise law: steps by rising age, from 0.", ""))
        .quantity("age", &C::age, bounded("Of every unit when the run starts.", "30 days"))
        .choice("effect", &C::effect,
                {{"stop", Effect::Stop, "The job, or the group that is hit, stops."},
                 {"slow", Effect::Slow, "The job runs slower."},
                 {"corruption", Effect::Corruption, "Results are wrong from here on."},
                 {"stall", Effect::Stall, "The job stands still for the detection time and goes on."},
                 {"masked", Effect::Masked, "Nothing stops: a redundant part."}},
                described("What it does to the job.", "stop"))
        .number("slow_factor", &C::slow_factor, bounded("Of a slow fault: how many times slower.", "1.1", 1, 1e4))
        .law("lasts", &C::lasts, Dimension::Time,
             bounded("Of a slow fault: until it passes; zero: until it is found.", "exponential(mean 24 min)"))
        .law("detection", &C::detection, Dimension::Time,
             bounded("From the fault until it is known; of a slow fault zero: never.", "30 s"))
        .number("evict", &C::evict,
                bounded("Chance that the hardware leaves service; otherwise it is restarted in place.", "0.7", 0, 1))
        .law("repair", &C::repair, Dimension::Time,
             bounded("Of hardware that has left service.", "lognormal(median 33 h, mean 177 h)"))
        .number(
            "swing", [](C& c) -> double& { return c.swing.deviation; },
            bounded("Standard deviation of a factor on the rate, drawn anew for each period; 0: that of all.", "0.8", 0,
                    10))
        .quantity(
            "swing_period", [](C& c) -> Seconds& { return c.swing.period; }, bounded("That period.", "14 days", 3600))
        .number("burst", &C::burst, bounded("Chance that other nodes go down with it.", "0.05", 0, 1))
        .law("burst_nodes", &C::burst_nodes, Dimension::None,
             bounded("How many others, rounded up.", "exponential(mean 3)", 0, 1e6))
        .text("burst_domain", &C::burst_domain, described("The others lie in the same unit of it.", "rack"))
        .number("refail", &C::refail,
                bounded("Chance that a repaired node fails again in the same way.", "0.26", 0, 0.99))
        .law("refail_after", &C::refail_after, Dimension::Time,
             bounded("How long after it came back.", "exponential(mean 3 days)"));
    return s;
  }();
  return schema;
}

}  // namespace

const Schema<FaultModel>& fault_model_schema() {
  using M = FaultModel;
  static const Schema<M> schema = [] {
    Schema<M> s("faults", "How faults come, are found and mended.");
    s.text("name", &M::name, described("What reports call it.", "prior"))
        .law("scale", &M::scale, Dimension::None,
             bounded("Factor on every rate of hardware, drawn once a replication: clusters differ.",
                     "lognormal(median 1, p90 2.4)", 0, 1e6))
        .number(
            "bad_share", [](M& m) -> double& { return m.bad.share; },
            bounded("Share of bad nodes, a bad batch.", "0.05", 0, 1))
        .number(
            "bad_factor", [](M& m) -> double& { return m.bad.factor; },
            bounded("How many times as often they fail as the others.", "27", 0, 1e4))
        .number(
            "swing", [](M& m) -> double& { return m.swing.deviation; },
            bounded("Standard deviation of a factor on all rates of hardware, drawn anew for each period.", "0.8", 0,
                    10))
        .quantity(
            "swing_period", [](M& m) -> Seconds& { return m.swing.period; }, bounded("That period.", "14 days", 3600))
        .number("false_alarms", &M::false_alarms,
                bounded("Healthy nodes that are evicted, per 1,000 node-days.", "0.1", 0, 1e6))
        .law("check", &M::check, Dimension::Time, bounded("How long an evicted healthy node is away.", "2 h"))
        .number("misdiagnosis", &M::misdiagnosis,
                bounded("Chance that the wrong node is evicted, and the job stops again.", "0.05", 0, 0.99))
        .number("over_eviction", &M::over_eviction,
                bounded("Healthy nodes evicted with each that is faulty.", "0.5", 0, 1000))
        .law("recurs_after", &M::recurs_after, Dimension::Time,
             bounded("Until a job stops again on a fault that was missed.", "10 min"))
        .list("classes", &M::classes, fault_class_schema(), described("Kinds of fault.", ""))
        .ignore("aliases")
        .ignore("preset");
    return s;
  }();
  return schema;
}

}  // namespace orrery
