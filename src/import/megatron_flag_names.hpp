#pragma once

#include <string>
#include <vector>

namespace orrery {

/// What is known of an argument of Megatron-LM by its name.
enum class MegatronFlagKind {
  Unknown,
  Value,          ///< One value follows.
  List,           ///< Values follow, up to the next argument.
  Switch,         ///< Nothing follows.
  NotModelled,    ///< Changes a step's time or memory, and is not priced.
  WithoutEffect,  ///< Known, and without a say in what is asked here.
};

/// `name` without dashes, with hyphens: "tensor-model-parallel-size".
MegatronFlagKind megatron_flag_kind(const std::string& name);

/// What a misspelt argument may have meant ("--num-layers", ...): only those that change an answer are worth it.
const std::vector<std::string>& megatron_flags_with_effect();

}  // namespace orrery
