#pragma once

#include <cstddef>
#include <functional>
#include <istream>
#include <string>
#include <string_view>

#include "import/job_trace/row_source.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// Cuts a JSON text into the elements of one list, in memory that does not grow with it: the list that is the whole
/// text, or that stands under one key of the object that is. Only brackets and strings are looked at; each element is
/// checked when it is read.
class JsonElements {
 public:
  /// `key`  of the list; empty: the text is the list, and an object at the top is an error.
  JsonElements(std::istream& in, std::string key);
  /// The next element's text; false at the end and after an error.
  bool next();
  const std::string& text() const { return text_; }
  std::size_t line() const { return first_line_; }
  /// Whether it has more bytes than `kLargestJson`; its text is then cut.
  bool too_long() const { return too_long_; }
  /// Why it ended before its time; empty where it did not.
  const std::string& problem() const { return problem_; }

 private:
  int get();
  int get_word();
  bool stop(std::string problem);
  bool find_list();
  bool skip_value(int first);
  bool take_value(int first, bool keep);

  std::istream& in_;
  std::string key_, text_, problem_;
  std::size_t line_ = 1, first_line_ = 1;
  bool begun_ = false, over_ = false, too_long_ = false;
};

/// Calls `use` for each element that reads; counts and drops those that do not.
void for_each_element(TraceInput& input, JobRows& rows, const std::string& key,
                      const std::function<void(const Value&, std::size_t)>& use);

}  // namespace orrery
