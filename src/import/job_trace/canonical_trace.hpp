#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "cluster/job_table.hpp"

namespace orrery {

/// A column of the canonical CSV.
struct CanonicalColumn {
  std::string name;
  std::string help;
};
/// Every column, in the order in which they are written. docs/traces.md has the same list.
const std::vector<CanonicalColumn>& canonical_columns();

/// The table as canonical CSV: a header, then a row a job; columns that the table does not have are left out. What is
/// written reads back as the same table, names numbered anew in the order of the rows.
void write_canonical_csv(const JobTable& jobs, std::ostream& out);

}  // namespace orrery
