#include "cluster/job_text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <vector>

#include "base/unit_text.hpp"
#include "cluster/gpu_placement.hpp"

namespace orrery {
namespace {

constexpr const char* kExample = R"(for example "64 GPUs for 12 h of tenant vision")";
constexpr std::size_t kLongest = 1000;
constexpr std::int32_t kMostGpus = 100'000'000;
constexpr double kLongestSeconds = 1e9;

class Reader {
 public:
  Reader(std::string_view text, const std::string& name)
      : source_(std::make_shared<SourceText>(SourceText{name, std::string(text), SourceText::Kind::Override, 1})) {}

  JobRequest read() {
    if (source_->text.size() > kLongest || source_->text.find_first_of("\r\n") != std::string::npos)
      fail({"", 0}, "a job is one short line");
    split();
    job_.gpus = whole(take("how many GPUs?"), 1, kMostGpus);
    const Word unit = take("a number of what?");
    if (unit.text != "GPUs" && unit.text != "GPU") fail(unit, "`GPUs` is expected here");
    const Word word = take("for how long?");
    if (word.text != "for") fail(word, "`for` is expected here");
    job_.run = time();
    while (next_ < words_.size()) clause(take(""));
    return job_;
  }

 private:
  struct Word {
    std::string_view text;
    std::size_t begin = 0;
  };

  void split() {
    const std::string_view text = source_->text;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find_first_of(" \t", begin), text.size());
      if (end > begin) words_.push_back({text.substr(begin, end - begin), begin});
      begin = end + 1;
    }
  }

  [[noreturn]] void fail(const Word& word, std::string message) const {
    throw InputError(std::move(message), {source_, 1, word.begin + 1, std::max<std::size_t>(1, word.text.size())},
                     kExample);
  }

  Word take(const char* question) {
    if (next_ == words_.size()) fail({"", source_->text.size()}, question);
    return words_[next_++];
  }

  std::int32_t whole(const Word& word, std::int32_t least, std::int32_t most) const {
    std::int32_t value = 0;
    const char* end = word.text.data() + word.text.size();
    const auto [stop, error] = std::from_chars(word.text.data(), end, value);
    if (error != std::errc() || stop != end || value < least || value > most)
      fail(word, fmt::format("`{}` is no whole number from {} to {}", word.text, least, most));
    return value;
  }

  /// "12 h", in two words or one.
  Millis time() {
    const Word first = take("for how long?");
    std::string text(first.text);
    auto seconds = parse_quantity(text, Dimension::Time);
    if (!seconds && next_ < words_.size()) {
      text += fmt::format(" {}", words_[next_].text);
      seconds = parse_quantity(text, Dimension::Time);
      if (seconds) ++next_;
    }
    if (!seconds || *seconds < 1 || *seconds > kLongestSeconds) fail(first, fmt::format("`{}` is no time", text));
    return static_cast<Millis>(*seconds * 1000);
  }

  void clause(const Word& word) {
    if (word.text == "of") return clause(take("of which tenant?"));
    const auto name = [&] { return std::string(take("a name is expected here").text); };
    if (word.text == "limit") {
      job_.limit = time();
    } else if (word.text == "tenant") {
      job_.tenant = name();
    } else if (word.text == "user") {
      job_.user = name();
    } else if (word.text == "pool") {
      job_.pool = name();
    } else if (word.text == "on") {
      job_.gpu_type = name();
    } else if (word.text == "priority") {
      job_.priority = whole(take("which priority?"), -1'000'000'000, 1'000'000'000);
    } else {
      fail(word, fmt::format("`{}` is not expected here: limit, tenant, user, pool, on, priority", word.text));
    }
  }

  Source source_;
  std::vector<Word> words_;
  std::size_t next_ = 0;
  JobRequest job_;
};

}  // namespace

JobRequest parse_job_request(std::string_view text, const std::string& name) {
  return Reader(text, name).read();
}

void check_job_request(const JobRequest& request, const JobTable& jobs, const SharedMachine& machine) {
  Diagnostics diagnostics;
  const auto check = [&](const char* what, const std::string& name, const Names& names) {
    if (name.empty() || names.find(name) >= 0) return;
    const std::string near = did_you_mean(name, names.list());
    diagnostics.error(fmt::format("the jobs know no {} `{}`", what, name), {},
                      near.empty() ? "" : fmt::format("did you mean `{}`?", near));
  };
  check("tenant", request.tenant, jobs.tenants);
  check("user", request.user, jobs.users);
  check("pool", request.pool, jobs.pools);
  check("GPU type", request.gpu_type, jobs.gpu_types);
  diagnostics.throw_if_errors();
  Demand demand;
  demand.gpus = request.gpus;
  demand.gpu_type = request.gpu_type.empty() ? -1 : jobs.gpu_types.find(request.gpu_type);
  demand.pool = request.pool.empty() ? -1 : jobs.pools.find(request.pool);
  if (!GpuPlacement(machine, jobs).possible(demand)) {
    throw InputError(fmt::format("{} GPUs are more than the machine has for such a job", request.gpus), {},
                     fmt::format("it has {} in all", machine.gpus()));
  }
}

}  // namespace orrery
