#include "import/nccl_machine.hpp"

#include <fmt/format.h>

#include <cctype>
#include <vector>

#include "base/check.hpp"
#include "scenario/preset.hpp"

namespace orrery {
namespace {

/// Words of letters and digits, lower case.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) {
      words.back() += static_cast<char>(std::tolower(byte));
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

}  // namespace

std::string chip_of_device(const std::string& model) {
  const std::vector<std::string> words = words_of(model);
  Diagnostics ignored;
  std::string chip;
  for (const std::string& word : words) {
    if (word.find_first_of("0123456789") == std::string::npos) continue;  // makers and families
    if (chip.empty() && find_preset("chips", word, ignored)) chip = word;
  }
  // Kinds of one chip: "h100-pcie", "a100-40gb".
  for (const std::string& word : words) {
    const std::string kind = fmt::format("{}-{}", chip, word);
    if (!chip.empty() && word != chip && find_preset("chips", kind, ignored)) return kind;
  }
  return chip;
}

std::optional<Collective> collective_of_run(const NcclRun& run) {
  if (run.collective == "all_reduce") return Collective::AllReduce;
  if (run.collective == "all_gather") return Collective::AllGather;
  if (run.collective == "reduce_scatter") return Collective::ReduceScatter;
  if (run.collective == "broadcast") return Collective::Broadcast;
  if (run.collective == "alltoall") return Collective::AllToAll;
  if (run.collective == "sendrecv") return Collective::SendReceive;
  return std::nullopt;
}

std::string collective_word(Collective collective) {
  switch (collective) {
    case Collective::AllReduce:
      return "all_reduce";
    case Collective::AllGather:
      return "all_gather";
    case Collective::ReduceScatter:
      return "reduce_scatter";
    case Collective::Broadcast:
      return "broadcast";
    case Collective::AllToAll:
      return "all_to_all";
    case Collective::SendReceive:
      return "send_receive";
  }
  ORRERY_CHECK(false, "every collective has a word");
}

}  // namespace orrery
