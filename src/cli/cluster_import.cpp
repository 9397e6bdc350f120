// `orrery cluster import`: any trace as canonical CSV, and what was done to get there.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <memory>
#include <string>

#include "base/file.hpp"
#include "cli/cluster_inputs.hpp"
#include "cli/command.hpp"
#include "cli/trace_tables.hpp"
#include "import/job_trace/canonical_trace.hpp"

namespace orrery {

RunCommand declare_cluster_import(CLI::App& app);

RunCommand declare_cluster_import(CLI::App& app) {
  struct Import {
    std::string trace, format = "auto", speeds, out;
  };
  const auto inputs = std::make_shared<Import>();
  app.add_option("trace", inputs->trace, "The file; gzip and xz are unpacked")->required();
  add_format_option(app, inputs->format);
  app.add_option("--speeds", inputs->speeds, "Throughputs that a Gavel trace needs (Gavel's JSON)")
      ->group("Input")
      ->type_name("FILE");
  app.add_option("--out", inputs->out, "Canonical CSV to write; without it the trace is only checked")
      ->group("Output")
      ->type_name("FILE");
  return [inputs](const OutputFlags& flags) {
    Diagnostics diagnostics;
    const JobTrace trace = read_trace(inputs->trace, inputs->format, inputs->speeds, diagnostics);
    diagnostics.throw_if_errors();
    Document document;
    document.command = "cluster import";
    document.answer.push_back(
        fmt::format("{} jobs of {} rows, {} left out", trace.jobs.size(), trace.report.rows, trace.report.dropped()));
    add_trace_report(trace.report, document);
    add_trace_audit(audit_trace(trace.jobs, {}), document);
    for (Table& table : document.tables) table.detail = false;
    if (!inputs->out.empty()) {
      StagedFile file(inputs->out);
      write_canonical_csv(trace.jobs, file.stream());
      file.commit();
      document.answer.push_back(fmt::format("written to {}", inputs->out));
    }
    emit(document, flags);
    return kAnswer;
  };
}

}  // namespace orrery
