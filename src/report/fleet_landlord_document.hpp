#pragma once

#include <string>
#include <vector>

#include "fleet/landlord/landlord_study.hpp"
#include "report/document.hpp"

namespace orrery {

/// What the answer calls the tenants, and who says how many chips are made.
struct LandlordNames {
  std::string main = "the main tenant", others = "others";
  std::string output_source;
};

/// How much to build, what being short and being empty cost, what staging is worth and which contract makes the project
/// worth building; "not worth building, because" where nothing is.
Document landlord_document(const LandlordSpec& spec, const LandlordQuestion& question, const LandlordStudy& study,
                           const LandlordNames& names, const std::vector<std::string>& assumptions);

/// Whether building anything is worth more than nothing, on average over the futures.
bool worth_building(const LandlordStudy& study);

}  // namespace orrery
