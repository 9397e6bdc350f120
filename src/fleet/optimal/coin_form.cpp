#include "fleet/optimal/coin_form.hpp"

#include <CoinFinite.hpp>
#include <algorithm>
#include <cstddef>
#include <tuple>

namespace orrery {

double coin_bound(double bound) {
  return std::clamp(bound, -COIN_DBL_MAX, COIN_DBL_MAX);
}

CoinForm coin_form(const LinearModel& model) {
  CoinForm form;
  form.columns = static_cast<int>(model.columns().size());
  form.rows = static_cast<int>(model.rows().size());
  form.sign = model.maximise ? -1 : 1;
  for (const LinearModel::Column& column : model.columns()) {
    form.column_lower.push_back(coin_bound(column.lower));
    form.column_upper.push_back(coin_bound(column.upper));
    form.objective.push_back(form.sign * column.objective);
  }
  for (const LinearModel::Row& row : model.rows()) {
    form.row_lower.push_back(coin_bound(row.lower));
    form.row_upper.push_back(coin_bound(row.upper));
  }
  std::vector<LinearModel::Entry> entries = model.entries();
  std::stable_sort(entries.begin(), entries.end(), [](const LinearModel::Entry& a, const LinearModel::Entry& b) {
    return std::tie(a.column, a.row) < std::tie(b.column, b.row);
  });
  form.starts.push_back(0);
  std::size_t next = 0;
  for (int column = 0; column < form.columns; ++column) {
    for (; next < entries.size() && entries[next].column == column; ++next) {
      const LinearModel::Entry& entry = entries[next];
      const bool same = static_cast<int>(form.row_of.size()) > form.starts.back() && form.row_of.back() == entry.row;
      if (same) {
        form.coefficients.back() += entry.coefficient;
      } else {
        form.row_of.push_back(entry.row);
        form.coefficients.push_back(entry.coefficient);
      }
    }
    form.starts.push_back(static_cast<int>(form.row_of.size()));
  }
  return form;
}

}  // namespace orrery
