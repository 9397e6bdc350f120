#pragma once

#include <optional>
#include <string>

namespace orrery {

// What the free text of a measured row states. Everything else in it is for people.

/// The number behind `word` ("shard size 64"), or 0.
long long number_after(const std::string& text, const std::string& word);
/// The number in front of `word` ("2 slice(s)"), or 0.
long long number_before(const std::string& text, const std::string& word);
bool mentions(const std::string& text, const std::string& word);

/// The month in the name of a source's file ("_202506_" gives "2025-06"), or "".
std::string month_of_file(const std::string& source);

/// Which exchanges run under compute, where notes say: "DP/TP/PP comm overlap on", "no TP/DP/P2P overlap", "AsyncTP".
struct StatedOverlaps {
  std::optional<bool> tensor, data, pipeline;

  bool any() const { return tensor || data || pipeline; }
};
StatedOverlaps stated_overlaps(const std::string& notes);

}  // namespace orrery
