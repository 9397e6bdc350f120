#include "fleet/own_silicon.hpp"

#include <fmt/format.h>

namespace orrery {

std::string own_silicon_note(const ChipOffer& offer, std::string_view buyer) {
  if (offer.owner.empty() || buyer.find(offer.owner) != std::string_view::npos) return {};
  return fmt::format("{} is not sold: only {} has it, and its price is what it costs to make", offer.name, offer.owner);
}

}  // namespace orrery
