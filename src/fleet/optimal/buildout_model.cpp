#include "fleet/optimal/buildout_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace orrery {
namespace {

using U = BuildoutUnits;
using List = BuildoutModel::List;

template <class T>
const T& at(const std::vector<T>& list, int t) {
  return list[static_cast<std::size_t>(t)];
}

class Builder {
 public:
  explicit Builder(const BuildoutProblem& problem) : problem_(problem), steps_(problem.aim.by + 1) {}

  BuildoutModel build() {
    model_.more_money = column("more money", 0);
    model_.more_supply = column("more chips", 0);
    model_.more_power = column("more power", 0);
    add_money();
    for (const BuildoutChip& chip : problem_.chips) add_orders(chip);
    for (const BuildoutSite& site : problem_.sites) add_site(site);
    for (std::size_t c = 0; c < problem_.chips.size(); ++c) add_stock(c);
    add_rental();
    add_output();
    add_balance();
    return std::move(model_);
  }

 private:
  std::size_t list_size() const { return static_cast<std::size_t>(steps_); }
  const std::string& step(int t) const { return at(problem_.steps, t); }

  int column(std::string name, double upper = kUnbounded, bool integer = false) {
    return model_.linear.add_column({std::move(name), 0, upper, 0, integer});
  }
  int row(std::string name, double lower, double upper) {
    return model_.linear.add_row({std::move(name), lower, upper});
  }
  void entry(int r, int c, double coefficient) {
    if (c >= 0) model_.linear.add_entry(r, c, coefficient);
  }
  /// One column a step.
  List columns(const std::string& name, double upper = kUnbounded) {
    List list;
    for (int t = 0; t < steps_; ++t) list.push_back(column(fmt::format("{} in {}", name, step(t)), upper));
    return list;
  }
  /// Rows that define columns: column = what is then entered with a negative sign.
  List define(const List& list, const std::string& name) {
    List rows;
    for (int t = 0; t < steps_; ++t) {
      rows.push_back(row(fmt::format("{} in {}", name, step(t)), 0, 0));
      entry(rows.back(), at(list, t), 1);
    }
    return rows;
  }

  void add_money() {
    model_.capital = columns("capital");
    model_.running = columns("running");
    model_.revenue = columns("revenue");
    model_.drawn = columns("drawn");
    model_.cash = columns("cash");
    // Where all that is left of revenue stays in the plan, nothing leaves it.
    const bool leaves = problem_.money.reinvest < 1;
    model_.paid_out = columns("paid out", leaves ? kUnbounded : 0);
    hardware_ = columns("hardware in service");
    capital_ = define(model_.capital, "capital");
    running_ = define(model_.running, "running");
    revenue_ = define(model_.revenue, "revenue");
    // What hardware in service cost: as before, and what came, less what went.
    in_service_ = define(hardware_, "hardware in service");
    for (int t = 1; t < steps_; ++t) {
      entry(at(in_service_, t), at(hardware_, t - 1), -1);
      entry(at(running_, t), at(hardware_, t - 1), -at(problem_.money.upkeep, t));
    }
  }

  /// Orders with their payment, and the ceiling of what is delivered. An order that can be given later for no more is
  /// never given earlier, so that it is left out.
  void add_orders(const BuildoutChip& chip) {
    List ceilings;
    std::vector<BuildoutModel::Order> orders;
    std::vector<List> of_order(list_size());
    for (int t = 0; t < steps_; ++t) {
      const double most = at(chip.ceiling, t) / U::kChips;
      const int ceiling = row(fmt::format("supply of {} in {}", chip.name, step(t)), -kUnbounded, most);
      entry(ceiling, model_.more_supply, -most);
      ceilings.push_back(ceiling);
      if (most <= 0) continue;
      double cheapest = kUnbounded;
      for (int u = t; u >= 0; --u) {
        const double price = at(chip.price, u).raw();
        if (at(chip.arrival, u) > t || price >= cheapest) continue;
        cheapest = price;
        const int order = column(fmt::format("{} of {} for {}", chip.name, step(u), step(t)));
        orders.push_back({u, t, order});
        of_order[static_cast<std::size_t>(u)].push_back(order);
        entry(ceiling, order, 1);
        pay(chip, orders.back(), price * U::kChips / U::kDollars);
      }
    }
    if (problem_.aim.whole_blocks) add_blocks(chip, of_order);
    model_.orders.push_back(std::move(orders));
    model_.supply.push_back(std::move(ceilings));
  }

  void pay(const BuildoutChip& chip, const BuildoutModel::Order& order, double price) {
    const double deposit = problem_.money.deposit;
    entry(at(capital_, order.ordered), order.column, -price * deposit);
    entry(at(capital_, order.delivered), order.column, -price * (1 - deposit));
    entry(at(in_service_, order.delivered), order.column, -price);
    const int retired = at(chip.retired, order.delivered);
    if (retired < steps_) entry(at(in_service_, retired), order.column, price);
  }

  void add_blocks(const BuildoutChip& chip, const std::vector<List>& of_order) {
    for (int u = 0; u < steps_; ++u) {
      if (at(of_order, u).empty()) continue;
      constexpr double kMostBlocks = 1e9;
      const int blocks = column(fmt::format("blocks of {} in {}", chip.name, step(u)), kMostBlocks, true);
      const int whole = row(fmt::format("whole blocks of {} in {}", chip.name, step(u)), 0, 0);
      entry(whole, blocks, -1);
      for (const int order : at(of_order, u)) entry(whole, order, U::kChips / chip.block);
    }
  }

  void add_site(const BuildoutSite& site) {
    List halls, feeds;
    for (int t = 0; t < steps_; ++t) {
      halls.push_back(row(fmt::format("halls of {} in {}", site.name, step(t)), -kUnbounded, 0));
      const double most = at(site.feed, t).raw() / U::kWatts;
      feeds.push_back(-1);
      if (!std::isfinite(most)) continue;
      feeds.back() = row(fmt::format("power of {} in {}", site.name, step(t)), -kUnbounded, most);
      entry(feeds.back(), model_.more_power, -most);
    }
    model_.halls.push_back(std::move(halls));
    model_.feed.push_back(std::move(feeds));
    model_.starts.emplace_back();
    for (const BuildoutPhase& phase : site.phases) add_phase(site, phase);
  }

  void add_phase(const BuildoutSite& site, const BuildoutPhase& phase) {
    const int once = row(fmt::format("{} {}", site.name, phase.name), -kUnbounded, 1);
    entry(once, model_.more_power, -1);
    std::vector<BuildoutModel::Start> starts;
    for (std::size_t i = 0; i < phase.starts.size(); ++i) {
      const BuildoutStart& start = phase.starts[i];
      if (start.stands >= steps_) continue;
      const int begun = column(fmt::format("{} {} begun in {}", site.name, phase.name, step(start.step)), kUnbounded,
                               problem_.aim.whole_phases);
      starts.push_back({start.step, start.stands, begun, static_cast<int>(i)});
      entry(once, begun, 1);
      for (int age = 0; age < static_cast<int>(start.shares.size()) && start.step + age < steps_; ++age)
        entry(at(capital_, start.step + age), begun, -at(start.shares, age) * phase.cost.raw() / U::kDollars);
      for (int t = start.stands; t < steps_; ++t)
        entry(at(model_.halls.back(), t), begun, -phase.power.raw() / U::kWatts);
    }
    if (phase.after >= 0) add_order_of_works(site, phase, starts);
    model_.starts.back().push_back(std::move(starts));
  }

  /// Of a phase no more is begun than stands of the one before it, share by share; and what follows on a start of that
  /// one without a pause is no more than this.
  void add_order_of_works(const BuildoutSite& site, const BuildoutPhase& phase,
                          const std::vector<BuildoutModel::Start>& starts) {
    const std::vector<BuildoutModel::Start>& before = at(model_.starts.back(), phase.after);
    for (int t = 0; t < steps_; ++t) {
      int order = -1;
      for (const BuildoutModel::Start& start : starts) {
        if (start.begin > t) continue;
        if (order < 0)
          order = row(fmt::format("{} {} after the one before, {}", site.name, phase.name, step(t)), -kUnbounded, 0);
        entry(order, start.column, 1);
      }
      for (const BuildoutModel::Start& start : before) {
        if (order >= 0 && start.stands < t) entry(order, start.column, -1);
      }
    }
    for (const BuildoutModel::Start& first : before) {
      int pause = -1;
      for (const BuildoutModel::Start& start : starts) {
        if (at(phase.starts, start.index).follows != first.index) continue;
        if (pause < 0) pause = row(fmt::format("{} {} without a pause", site.name, phase.name), -kUnbounded, 0);
        entry(pause, start.column, 1);
      }
      if (pause >= 0) entry(pause, first.column, -1);
    }
  }

  /// Where chips of a kind stand: no more is placed than was delivered, once each, and none is on longer than it lives.
  void add_stock(std::size_t c) {
    const BuildoutChip& chip = problem_.chips[c];
    const std::vector<BuildoutModel::Order>& orders = model_.orders[c];
    model_.place.emplace_back(problem_.sites.size(), List(list_size(), -1));
    model_.on.push_back(model_.place.back());
    if (orders.empty()) return;
    int waiting = -1, expired = -1;
    for (int t = orders.front().delivered; t < steps_; ++t) {
      const std::string when = fmt::format("{} in {}", chip.name, step(t));
      // waiting = waiting before + delivered - placed; expired = expired before + end of life - taken out.
      const int stock = row("stock of " + when, 0, 0);
      entry(stock, waiting, -1);
      waiting = column("waiting " + when);
      entry(stock, waiting, 1);
      int life = -1;
      for (const BuildoutModel::Order& order : orders) {
        if (order.delivered == t) entry(stock, order.column, -1);
        if (at(chip.retired, order.delivered) != t) continue;
        if (life < 0) life = row("life of " + when, 0, 0);
        entry(life, order.column, -1);
      }
      if (life < 0 && expired >= 0) life = row("life of " + when, 0, 0);
      if (life >= 0) {
        entry(life, expired, -1);
        expired = column("expired " + when);
        entry(life, expired, 1);
        add_alive(chip, orders, c, t);
      }
      for (std::size_t s = 0; s < problem_.sites.size(); ++s) {
        const int only = problem_.sites[s].chip;
        if (only < 0 || only == static_cast<int>(c)) add_place(c, s, t, stock, life);
      }
    }
  }

  /// On at all sites is at most what was delivered and is not at the end of its life. Filled by `add_place`.
  void add_alive(const BuildoutChip& chip, const std::vector<BuildoutModel::Order>& orders, std::size_t c, int t) {
    alive_.resize(problem_.chips.size(), List(list_size(), -1));
    int& alive = alive_[c][static_cast<std::size_t>(t)];
    alive = row(fmt::format("alive of {} in {}", chip.name, step(t)), -kUnbounded, 0);
    for (const BuildoutModel::Order& order : orders) {
      if (order.delivered <= t && at(chip.retired, order.delivered) > t) entry(alive, order.column, -1);
    }
  }

  /// on = on before + placed - taken out.
  void add_place(std::size_t c, std::size_t s, int t, int stock, int life) {
    const BuildoutChip& chip = problem_.chips[c];
    const BuildoutSite& site = problem_.sites[s];
    const auto i = static_cast<std::size_t>(t);
    const std::string where = fmt::format("{} at {} in {}", chip.name, site.name, step(t));
    const int place = model_.place[c][s][i] = column("placed " + where);
    const int on = model_.on[c][s][i] = column("on " + where);
    const int before = t > 0 ? model_.on[c][s][i - 1] : -1;
    const int balance = row("chips of " + where, 0, 0);
    entry(balance, on, 1);
    entry(balance, place, -1);
    entry(balance, before, -1);
    entry(stock, place, 1);
    if (life >= 0) {
      const int out = column("taken out " + where);
      entry(balance, out, 1);
      entry(life, out, 1);
      entry(alive_[c][i], on, 1);
    }
    const double power = chip.power.raw() * U::kChips / U::kWatts;
    entry(model_.halls[s][i], on, power);
    if (model_.feed[s][i] >= 0) entry(model_.feed[s][i], on, power);
    entry(at(running_, t), before, -at(site.electricity[c], t).raw() * U::kChips / U::kDollars);
    entry(at(revenue_, t), before, -at(chip.revenue, t).raw() * U::kChips / U::kDollars);
  }

  void add_rental() {
    model_.rented.assign(list_size(), -1);
    if (problem_.rental.price.empty()) return;
    for (int t = 0; t < steps_; ++t) {
      const int rented = column("rented in " + step(t), at(problem_.rental.ceiling, t) / U::kChips);
      model_.rented[static_cast<std::size_t>(t)] = rented;
      entry(at(running_, t), rented, -at(problem_.rental.price, t).raw() * U::kChips / U::kDollars);
    }
  }

  /// What the fleet is and does: H100-equivalents at the end of a step, operations of what was on at its beginning.
  void add_output() {
    model_.h100e = columns("H100e");
    model_.flop = columns("operations");
    model_.value = column("operations by their worth");
    const List h100e = define(model_.h100e, "H100e"), flop = define(model_.flop, "operations");
    const int value = row("operations by their worth", 0, 0);
    entry(value, model_.value, 1);
    for (int t = 0; t < steps_; ++t) {
      if (t > 0) entry(at(flop, t), at(model_.flop, t - 1), -1);
      const auto computes = [&](int from, FlopsPerSecond each) {
        const double operations = (each * at(problem_.lengths, t)).raw() * U::kChips / U::kFlops;
        entry(at(flop, t), from, -operations);
        entry(value, from, -operations * at(problem_.aim.flop_worth, t));
      };
      for (std::size_t c = 0; c < problem_.chips.size(); ++c) {
        for (const List& on : model_.on[c]) {
          entry(at(h100e, t), at(on, t), -problem_.chips[c].h100e);
          if (t > 0) computes(at(on, t - 1), problem_.chips[c].usable);
        }
      }
      computes(at(model_.rented, t), problem_.rental.usable);
    }
  }

  /// cash = cash before + equity + drawn + revenue - capital - running - interest - repayment - paid out.
  void add_balance() {
    const BuildoutMoney& money = problem_.money;
    std::vector<double> left(list_size(), 1.0);  // Of what was drawn in each step, not yet paid back.
    for (int t = 0; t < steps_; ++t) {
      const double equity = at(money.equity, t).raw() / U::kDollars;
      const int balance = row("money in " + step(t), equity, equity);
      model_.balance.push_back(balance);
      entry(balance, model_.more_money, -equity);
      entry(balance, at(model_.cash, t), 1);
      if (t > 0) entry(balance, at(model_.cash, t - 1), -1);
      entry(balance, at(model_.drawn, t), -1);
      entry(balance, at(model_.capital, t), 1);
      entry(balance, at(model_.paid_out, t), 1);
      // Of what is left of revenue, a share leaves the plan: paid out >= (1 - reinvest) x what is left.
      const int out = row("paid out in " + step(t), money.reinvest < 1 ? 0 : -kUnbounded, kUnbounded);
      entry(out, at(model_.paid_out, t), 1);
      const auto flows = [&](int from, double amount) {
        entry(balance, from, amount);
        entry(out, from, amount * (1 - money.reinvest));
      };
      flows(at(model_.running, t), 1);
      flows(at(model_.revenue, t), -1);
      for (int u = 0; u < t; ++u) {
        double& owed = left[static_cast<std::size_t>(u)];
        const double repaid = std::min(owed, at(money.repaid, t));
        flows(at(model_.drawn, u), owed * at(money.interest, t) + repaid);
        owed -= repaid;
      }
      add_debt(t);
    }
  }

  void add_debt(int t) {
    const double promised = at(problem_.money.promised, t).raw() / U::kDollars;
    const int promise = row("debt by " + step(t), -kUnbounded, promised);
    entry(promise, model_.more_money, -promised);
    for (int u = 0; u <= t; ++u) entry(promise, at(model_.drawn, u), 1);
    const int share = row("share of debt in " + step(t), -kUnbounded, 0);
    entry(share, at(model_.drawn, t), 1);
    entry(share, at(model_.capital, t), -problem_.money.debt_share);
    model_.promise.push_back(promise);
    model_.debt_share.push_back(share);
  }

  const BuildoutProblem& problem_;
  int steps_;
  BuildoutModel model_;
  List hardware_;                                  ///< Columns: what hardware in service cost.
  List capital_, running_, revenue_, in_service_;  ///< Rows that define these columns.
  BuildoutModel::Table alive_;                     ///< [chip][step], where lives end before the plan does.
};

}  // namespace

BuildoutModel buildout_model(const BuildoutProblem& problem) {
  return Builder(problem).build();
}

}  // namespace orrery
