#include "cluster/described_fields.hpp"

#include "step/step_fields.hpp"

namespace orrery {

const Schema<DescribedInput>& described_schema() {
  using D = DescribedInput;
  constexpr double kLongest = 1e10;
  const auto says = [](const char* help, const char* example, double minimum, double maximum) {
    return bounded(help, example, minimum, maximum);
  };
  static const Schema<D> schema = [&] {
    Schema<D> s("described", "Jobs that are described instead of recorded: train this model for these tokens.");
    FieldOptions gpus = says("Of one job.", "64", 1, 1e6);
    gpus.required = true;
    FieldOptions name = described("What reports call this kind of job.", "pretrain-8b");
    name.required = true;
    s.text("name", &D::name, name)
        .text("model", &D::model,
              described("A preset, a Hugging Face config.json or a TOML file: its step time is simulated.",
                        "llama-3.1-8b"))
        .text("software", &D::software, described("Software profile.", "megatron-2024"))
        .text("node", &D::node,
              described("Node or chip that the step is simulated on; otherwise `gpu_type`.", "h100-sxm"))
        .number("tokens", &D::tokens, says("To train on.", "15e9", 1, 1e18))
        .number("steps", &D::steps, says("To do, instead of tokens.", "1000", 1e-3, 1e12))
        .quantity("run", &D::run,
                  says("Run time instead, on the job's own GPUs packed closely.", "3 h", 1e-3, kLongest))
        .integer("gpus", &D::gpus, gpus)
        .text("gpu_type", &D::gpu_type,
              described("Type of the machine that it runs on alone; otherwise any.", "h100-sxm"))
        .text("tenant", &D::tenant, described("Whose it is.", "research"))
        .text("user", &D::user, described("Who submits it.", "ann"))
        .text("pool", &D::pool, described("Partition that it asks for.", "batch"))
        .integer("priority", &D::priority, says("Larger goes first.", "10", -1e9, 1e9))
        .number("limit_factor", &D::limit_factor, says("Time limit over run time; 0: it states none.", "1.5", 0, 1000))
        .quantity("submit", &D::submit, says("When the first one comes.", "2 h", 0, kLongest))
        .integer("count", &D::count, says("How many.", "30", 1, 1e7))
        .quantity("every", &D::every, says("From one to the next.", "1 day", 0, kLongest))
        .number("per_day", &D::per_day, says("At random times instead: how many a day on average,", "40", 0, 1e7))
        .number("days", &D::days, says("over so many days.", "14", 0, 1e5))
        .optional_table("training", &D::training, training_schema(), described("As of the step level.", ""))
        .optional_table("layout", &D::layout, layout_schema(),
                        described("As of the step level; without it the best is searched.", ""));
    return s;
  }();
  return schema;
}

}  // namespace orrery
