#include "fleet/capacity/chip_books.hpp"

#include <algorithm>
#include <cmath>

namespace orrery {
namespace {

constexpr double kSliver = 1e-6;  // Of a chip.

void clear(std::vector<double>& values) {
  std::fill(values.begin(), values.end(), 0.0);
}

}  // namespace

FleetChipBooks::FleetChipBooks(const FleetModel& model, const FleetValues& values)
    : m_(&model), v_(&values), has_sites_(model.chips.size() + 1) {
  const std::size_t chips = model.chips.size(), steps = model.steps;
  for (const FleetModel::Site& site : model.sites) {
    // Listed orders are for whoever takes their chip.
    const bool alone = site.chip != FleetModel::kAnyChip && model.buying != FleetBuying::Plan;
    groups_.push_back(alone ? site.chip + 1 : 0);
    has_sites_[groups_.back()] = true;
  }
  for (std::size_t i = 0; i < 2 * chips; ++i) {
    books_.emplace_back();
    books_.back().chip = i % chips;
    books_.back().group = i < chips ? 0 : i - chips + 1;
  }
  arriving_.resize(2 * chips * steps);
  arriving_owed_.resize(2 * chips * steps);
  cohort_.resize(2 * chips * steps);
  cohort_cost_.resize(2 * chips * steps);
  booked_.resize(chips * steps);
  on_.resize(model.sites.size() * chips);
  used_.resize(model.sites.size());
  money_gap_.resize((chips + 1) * steps);
  supply_gap_.resize((chips + 1) * steps);
}

void FleetChipBooks::reset() {
  for (Book& book : books_) book = {book.chip, book.group, 0, 0, 0, 0, 0};
  for (auto* rows :
       {&arriving_, &arriving_owed_, &cohort_, &cohort_cost_, &booked_, &on_, &used_, &money_gap_, &supply_gap_}) {
    clear(*rows);
  }
  ordered_ = retired_ = owed_ = hardware_ = unpaid_power_ = unsupplied_power_ = 0;
}

double FleetChipBooks::unit_cost(std::size_t chip, std::size_t step) const {
  return v_->price[chip * m_->steps + step] * (1 + v_->cluster);
}

std::size_t FleetChipBooks::first_choice(std::size_t group, std::size_t step) const {
  if (group > 0) return group - 1;
  const std::size_t chips = m_->chips.size();
  for (std::size_t i = 0; i < chips; ++i) {
    const std::size_t chip = m_->ranks[step * chips + i];
    if (m_->chips[chip].planned_ceiling[step] > 0) return chip;
  }
  // Nothing is sold yet: the first that will be.
  return m_->newest.back();
}

double FleetChipBooks::cost_per_watt(std::size_t group, std::size_t step) const {
  if (m_->buying == FleetBuying::Plan) return 0;
  const std::size_t chip = first_choice(group, step);
  return unit_cost(chip, step) / v_->power[chip];
}

double FleetChipBooks::h100e_per_watt(std::size_t group, std::size_t step) const {
  const std::size_t chip = first_choice(group, step);
  return m_->chips[chip].h100e / v_->power[chip];
}

double FleetChipBooks::it_per_watt(std::size_t group, std::size_t step) const {
  const std::size_t chip = first_choice(group, step);
  return m_->chips[chip].it_power / v_->power[chip];
}

double FleetChipBooks::unordered(std::size_t step, double by, const FleetWorks& works) const {
  double sum = 0;
  if (m_->buying == FleetBuying::Plan) {
    for (const FleetModel::Order& order : m_->orders) {
      if (order.step > step && m_->begin[order.step] < by) sum += order.count * unit_cost(order.chip, step);
    }
    return sum;
  }
  for (std::size_t group = 0; group < group_count(); ++group) {
    if (!has_sites_[group]) continue;
    double begun = 0;
    for (std::size_t site = 0; site < groups_.size(); ++site) {
      if (groups_[site] == group) begun += works.begun_power(site);
    }
    sum += std::max(0.0, begun - committed(group, step)) * cost_per_watt(group, step);
  }
  return sum;
}

/// Power of a group's chips that are on, idle and on their way, without those that reach the end of their planned life
/// by the end of a step.
double FleetChipBooks::committed(std::size_t group, std::size_t until) const {
  const double life = m_->chip_life.planned();
  double power = 0;
  for (std::size_t b = 0; b < books_.size(); ++b) {
    const Book& book = books_[b];
    if (book.group != group) continue;
    double count = book.transit + book.idle + book.on;
    for (std::size_t j = 0; j < until && m_->begin[j + 1] + life <= m_->begin[until + 1]; ++j)
      count -= cohort_[b * m_->steps + j];
    power += std::max(0.0, count) * v_->power[book.chip];
  }
  return power;
}

double FleetChipBooks::enter(std::size_t b, std::size_t step, double count, FleetPurse& purse) {
  Book& book = books_[b];
  double cost = count * unit_cost(book.chip, step);
  if (m_->deposit > 0) {
    const double paid = std::min(m_->deposit * cost, purse.payable());
    if (paid < m_->deposit * cost) {  // What has no deposit is not ordered.
      count *= paid / (m_->deposit * cost);
      cost = paid / m_->deposit;
    }
    purse.pay_hardware(paid, v_->cluster);
  }
  const double rest = cost * (1 - m_->deposit);
  const std::size_t arrival = m_->step_of(m_->begin[step] + v_->lead[book.chip * m_->steps + step]);
  if (arrival < m_->steps) {
    row(arriving_, b, arrival) += count;
    row(arriving_owed_, b, arrival) += rest;
  }
  book.transit += count;
  ordered_ += count;
  owed_ += rest;
  return count;
}

void FleetChipBooks::order_for(std::size_t group, std::size_t step, const FleetWorks& works, FleetPurse& purse) {
  const double now = m_->begin[step];
  const std::size_t chips = m_->chips.size();
  for (std::size_t i = 0; i < chips; ++i) {
    const std::size_t chip = group > 0 ? group - 1 : m_->ranks[step * chips + i];
    if (group > 0 && i > 0) break;
    const std::size_t arrival = m_->step_of(now + m_->chips[chip].planned_lead[step]);
    if (arrival >= m_->steps) continue;
    const double by = m_->begin[arrival + 1];
    const double ceiling = m_->chips[chip].planned_ceiling[arrival];
    double wanted = 0;
    for (std::size_t site = 0; site < groups_.size(); ++site) {
      if (groups_[site] == group) wanted += works.expected(site, arrival);
    }
    const double need = std::max(0.0, wanted - committed(group, arrival)) / v_->power[chip];
    const double late = books_[chip].waiting + books_[chips + chip].waiting;
    const double supply = std::max(0.0, ceiling - row(booked_, chip, arrival) - late);
    const double capital = purse.capital_of(purse.pledged(by), purse.promised(by, now));
    const double funds =
        std::max(0.0, capital - works.unpaid_until(by, now) - owed_) / std::max(1e-9, unit_cost(chip, step));
    const double count = std::min({need, supply, funds});
    const double gap = (need - count) * v_->power[chip];
    row(money_gap_, group, arrival) = funds < supply ? gap : 0;
    row(supply_gap_, group, arrival) = funds < supply ? 0 : gap;
    if (count <= kSliver) continue;
    row(booked_, chip, arrival) += enter(book_of(group, chip), step, count, purse);
  }
}

void FleetChipBooks::order(std::size_t step, const FleetWorks& works, FleetPurse& purse) {
  if (m_->buying == FleetBuying::Plan) {
    for (const FleetModel::Order& order : m_->orders) {
      if (order.step == step && order.count > 0) enter(order.chip, step, order.count, purse);
    }
    return;
  }
  for (std::size_t group = group_count(); group-- > 0;) {
    if (has_sites_[group]) order_for(group, step, works, purse);
  }
}

void FleetChipBooks::deliver(std::size_t step, FleetPurse& purse) {
  unpaid_power_ = unsupplied_power_ = 0;
  const std::size_t chips = m_->chips.size();
  for (std::size_t chip = 0; chip < chips; ++chip) {
    double ceiling = v_->ceiling[chip * m_->steps + step];
    for (const std::size_t b : {chips + chip, chip}) {
      Book& book = books_[b];
      book.waiting += row(arriving_, b, step);
      book.waiting_owed += row(arriving_owed_, b, step);
      if (book.waiting <= kSliver) continue;
      double count = std::min(book.waiting, ceiling);
      unsupplied_power_ += (book.waiting - count) * v_->power[chip];
      double cost = book.waiting_owed * count / book.waiting;
      if (const double payable = purse.payable(); cost > payable) {
        unpaid_power_ += count * (1 - payable / cost) * v_->power[chip];
        count *= payable / cost;
        cost = payable;
      }
      if (count <= kSliver) continue;
      purse.pay_hardware(cost, v_->cluster);
      ceiling -= count;
      book.waiting -= count;
      book.waiting_owed = std::max(0.0, book.waiting_owed - cost);
      owed_ = std::max(0.0, owed_ - cost);
      book.transit = std::max(0.0, book.transit - count);
      book.idle += count;
      row(cohort_, b, step) += count;
      const double full = cost / (1 - m_->deposit);
      row(cohort_cost_, b, step) += full;
      hardware_ += full;
    }
  }
}

void FleetChipBooks::retire(std::size_t step) {
  const std::size_t chips = m_->chips.size();
  for (std::size_t b = 0; b < books_.size(); ++b) {
    Book& book = books_[b];
    for (std::size_t j = 0; j < step && m_->begin[j + 1] + v_->chip_life <= m_->begin[step + 1]; ++j) {
      double& cohort = row(cohort_, b, j);
      if (cohort <= 0) continue;
      const double from_on = std::min(cohort, book.on);
      if (book.on > 0) {
        const double keep = 1 - from_on / book.on;
        for (std::size_t site = 0; site < groups_.size(); ++site) {
          if (groups_[site] != book.group) continue;
          double& on = on_[site * chips + book.chip];
          used_[site] = std::max(0.0, used_[site] - on * (1 - keep) * v_->power[book.chip]);
          on *= keep;
        }
      }
      book.on -= from_on;
      book.idle = std::max(0.0, book.idle - (cohort - from_on));
      retired_ += cohort;
      hardware_ = std::max(0.0, hardware_ - row(cohort_cost_, b, j));
      cohort = row(cohort_cost_, b, j) = 0;
    }
  }
}

void FleetChipBooks::place(std::size_t step, const FleetWorks& works) {
  const std::size_t chips = m_->chips.size();
  for (std::size_t site = 0; site < groups_.size(); ++site) {
    double room = works.energised(site, m_->begin[step + 1]) - used_[site];
    for (std::size_t i = 0; i < chips && room > 0; ++i) {
      const std::size_t chip = m_->newest[i];
      if (m_->sites[site].chip != FleetModel::kAnyChip && m_->sites[site].chip != chip) continue;
      Book& book = books_[book_of(groups_[site], chip)];
      const double count = std::min(book.idle, room / v_->power[chip]);
      book.idle = book.idle - count > kSliver ? book.idle - count : 0;
      book.on += count;
      on_[site * chips + chip] += count;
      used_[site] += count * v_->power[chip];
      room -= count * v_->power[chip];
    }
  }
}

double FleetChipBooks::unordered_for_money(std::size_t step) const {
  double sum = 0;
  for (std::size_t group = 0; group < group_count(); ++group) sum += money_gap_[group * m_->steps + step];
  return sum;
}

double FleetChipBooks::unordered_for_supply(std::size_t step) const {
  double sum = 0;
  for (std::size_t group = 0; group < group_count(); ++group) sum += supply_gap_[group * m_->steps + step];
  return sum;
}

FleetChipBooks::Totals FleetChipBooks::totals() const {
  Totals t;
  t.ordered = ordered_;
  t.retired = retired_;
  t.hardware = hardware_;
  for (const Book& book : books_) {
    t.transit += book.transit;
    t.idle += book.idle;
  }
  for (std::size_t site = 0; site < groups_.size(); ++site) {
    for (std::size_t c = 0; c < m_->chips.size(); ++c) {
      const double count = on_[site * m_->chips.size() + c];
      const FleetModel::Chip& chip = m_->chips[c];
      const double meter = count * chip.it_power * v_->draw_factor;
      t.on += count;
      t.h100e += count * chip.h100e;
      t.peak += count * chip.peak;
      t.power += count * v_->power[c];
      t.meter += meter;
      t.electricity += meter * v_->electricity[site];
    }
  }
  return t;
}

}  // namespace orrery
