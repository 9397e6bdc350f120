#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/date.hpp"
#include "base/law.hpp"
#include "base/quantity.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// One model of the comparison by trained model: [[purchase.models]].
struct PurchaseModelInput {
  std::string name;   ///< What reports call it; empty: that of the preset.
  std::string model;  ///< A preset model.
  double tokens = 0;
  std::optional<double> batch;     ///< Sequences.
  std::optional<double> sequence;  ///< Tokens.
  double h100s = 1024;  ///< The pool's dense BF16 peak, in H100s; other chips are as many as have the same peak.
};

/// The declared inputs of buying, waiting and renting: [purchase] in a scenario.
struct PurchaseInput {
  std::string chip;
  Date date;
  Seconds horizon;
  std::optional<Date> wait_until;
  bool rents_meanwhile = true;
  std::optional<double> busy_chips;  ///< One of these three says how much is needed.
  std::optional<double> chip_hours;
  std::optional<Flops> compute;
  std::optional<Law> mfu, goodput;  ///< With `compute`.
  Law use;
  double rented_use = 1;
  Law resale;
  std::optional<Law> price;          ///< Dollars a chip at `date`; otherwise the offer's.
  std::optional<Law> rent;           ///< Dollars a second of a chip at `date`; otherwise the market's.
  std::optional<Seconds> half_life;  ///< Of a premium on the rental market.
  std::optional<double> volatility;  ///< Of it; otherwise fitted.
  int draws = 1000;
  std::vector<std::string> chips;  ///< Of the comparison by trained model.
  std::vector<PurchaseModelInput> models;
};

const Schema<PurchaseInput>& purchase_schema();

}  // namespace orrery
