#include "scenario/list_changes.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "scenario/preset.hpp"

namespace orrery {

Value with_changes(const Value& list, const Value& changes, Diagnostics& diagnostics) {
  Value result = list;
  Value::Array& elements = *result.array();
  std::vector<std::string> names;
  for (const Value& element : elements) {
    const Value* name = element.find("name");
    names.push_back(name != nullptr && name->string() != nullptr ? *name->string() : "");
  }
  for (const Value::Entry& change : *changes.table()) {
    std::size_t place = elements.size();
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (change.key == names[i] || change.key == std::to_string(i)) place = i;
    }
    if (place == elements.size()) {
      const std::string near = did_you_mean(change.key, names);
      diagnostics.error(
          fmt::format("the list has no `{}`", change.key.substr(0, 40)), change.key_span,
          near.empty() ? fmt::format("it has {}", fmt::join(names, ", ")) : fmt::format("did you mean `{}`?", near));
    } else if (change.value.table() == nullptr) {
      diagnostics.error(fmt::format("`{}` is {}, expected a table", change.key.substr(0, 40), change.value.kind_name()),
                        change.value.span(), "its inputs, such as rate = ...");
    } else {
      elements[place] = merged(elements[place], change.value);
    }
  }
  return result;
}

}  // namespace orrery
