#pragma once

#include <string>
#include <string_view>

#include "fleet/chip_offer.hpp"

namespace orrery {

/// What answers must say of a chip that its maker sells to nobody, asked about by `buyer` ("Google", "G42 for OpenAI"):
/// who has it, and what its price means. Empty where it is for sale, or where the buyer's name has the maker's in it.
std::string own_silicon_note(const ChipOffer& offer, std::string_view buyer = {});

}  // namespace orrery
