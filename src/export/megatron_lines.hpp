#pragma once

#include <string>

#include "export/megatron_args.hpp"

namespace orrery {

/// Collects arguments (a number, a text or a switch) and notes.
class MegatronLines {
 public:
  explicit MegatronLines(MegatronArgs& args) : args_(args) {}
  void set(const char* name, const std::string& value);
  void set(const char* name, long long value);
  void set_if(bool on, const char* name);
  void note(const std::string& text) { args_.notes.push_back(text); }
  void note_if(bool on, const char* text) {
    if (on) args_.notes.emplace_back(text);
  }

 private:
  MegatronArgs& args_;
};

/// How many stages and chunks, and which layers each holds.
void write_megatron_pipeline(const StepSpec& spec, MegatronLines& lines);

/// What is computed again.
void write_megatron_recompute(const StepSpec& spec, MegatronLines& lines);

/// Kernels, overlap and graphs: the switches of the software profile.
void write_megatron_software(const StepSpec& spec, MegatronLines& lines);

}  // namespace orrery
