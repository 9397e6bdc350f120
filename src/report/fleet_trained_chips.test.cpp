#include "report/fleet_trained_chips.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>

namespace orrery {
namespace {

/// One model on some kinds of chips; those without a reason train it for 1, 2, 3, ... dollars.
std::pair<TrainedChipsSpec, TrainedChips> one_model(const std::vector<std::string>& kinds,
                                                    const std::vector<std::string>& reasons) {
  TrainedChipsSpec spec;
  spec.date = Date::of(2025, 7, 1);
  TrainedChips study;
  TrainedModelSpec model;
  model.name = "a model";
  std::vector<TrainedCell> cells;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    TrainedChipSpec chip;
    chip.offer = offer_preset(kinds[i]);
    spec.chips.push_back(std::move(chip));
    model.pools.emplace_back();
    TrainedCell cell;
    cell.reason = reasons[i];
    if (cell.reason.empty()) {
      cell.delivery.emplace();
      const double dollars = 1 + static_cast<double>(i);
      cell.owned = {dollars, dollars, dollars};
    }
    cells.push_back(std::move(cell));
    study.chips.emplace_back();
  }
  const auto compared = compared_chips(spec.chips);
  const auto found =
      std::find_if(compared.begin(), compared.end(), [&](std::size_t c) { return cells[c].delivery.has_value(); });
  study.best_per_peak = compared.front();
  study.best.push_back(found == compared.end() ? std::nullopt : std::optional(*found));
  study.cells.push_back(std::move(cells));
  spec.models.push_back(std::move(model));
  return {std::move(spec), std::move(study)};
}

Document document_of(const std::vector<std::string>& kinds, const std::vector<std::string>& reasons) {
  Document document;
  const auto [spec, study] = one_model(kinds, reasons);
  add_trained_chips(spec, study, document);
  return document;
}

bool has(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

const Table* find_table(const Document& document, const std::string& key) {
  const auto found =
      std::find_if(document.tables.begin(), document.tables.end(), [&](const Table& t) { return t.key == key; });
  return found == document.tables.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("trained chips: hand-computed, a chip that cannot is named with its reason, and only the others compared") {
  const Document document = document_of({"h100-sxm", "b200", "tpu-v5p"}, {"no memory", "", ""});
  CHECK(document.answer.front() == "cheapest per trained model, of the chips for sale: b200 for 1 of 1 models");
  CHECK(has(document.answer[2], "per peak operation h100-sxm costs least"));
  CHECK(has(document.answer[1], "a model: b200 $2"));
  CHECK(has(document.answer[1], "own silicon tpu-v5p* $3"));
  CHECK(has(document.answer[1], "left out: h100-sxm (no memory)"));
  const Table* left_out = find_table(document, "left_out");
  REQUIRE(left_out != nullptr);
  REQUIRE(left_out->rows.size() == 1);
  CHECK(cell_text(left_out->rows[0][1]) == "h100-sxm");
  CHECK(cell_text(left_out->rows[0][3]) == "no memory");
  CHECK(find_table(document, "trained_models")->rows.size() == 2);
  CHECK(has(document.notes.back(), "tpu-v5p is not sold: only Google has it"));
  CHECK(has(document.answer[1], "with nothing else for sale to compare it with"));
  // Nothing is left out where all can.
  const Document all = document_of({"h100-sxm", "b200"}, {"", ""});
  CHECK(find_table(all, "left_out") == nullptr);
  CHECK_FALSE(has(all.answer[1], "left out"));
  CHECK(has(all.answer[1], "cheapest in 0 % of the futures"));  // As the study here has it.
}

TEST_CASE("trained chips: hand-computed, chips none of which is for sale, and none that can") {
  const Document own = document_of({"tpu-v5p", "trainium2"}, {"", "no memory"});
  CHECK(own.answer.front() ==
        "cheapest per trained model, of these chips, none of which is for sale: tpu-v5p* for 1 of 1 models");
  const Document none = document_of({"h100-sxm", "b200"}, {"no memory", "no node"});
  CHECK(
      has(none.answer[1],
          "a model cannot be trained on any of the chips for sale; left out: h100-sxm, b200 (each for its own reason"));
}

}  // namespace orrery
