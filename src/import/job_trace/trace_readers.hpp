#pragma once

#include "import/job_trace/row_source.hpp"

namespace orrery {

// One reader a format. Each adds what it finds to `rows`; errors that end the reading go to the input's diagnostics.

void read_canonical_trace(TraceInput& input, JobRows& rows);
void read_swf_trace(TraceInput& input, JobRows& rows);
void read_philly_csv(TraceInput& input, JobRows& rows);
void read_philly_json(TraceInput& input, JobRows& rows);
void read_helios_trace(TraceInput& input, JobRows& rows);
void read_acme_trace(TraceInput& input, JobRows& rows);
void read_alibaba_v2020(TraceInput& input, JobRows& rows);
void read_openb_trace(TraceInput& input, JobRows& rows);
void read_alibaba_v2025(TraceInput& input, JobRows& rows);
void read_alibaba_v2026(TraceInput& input, JobRows& rows);
/// `raw`  Gavel's own .trace files: columns between tabs, without a header.
void read_gavel_trace(TraceInput& input, JobRows& rows, bool raw);
void read_sacct_text(TraceInput& input, JobRows& rows);
void read_sacct_json(TraceInput& input, JobRows& rows);
void read_squeue_text(TraceInput& input, JobRows& rows);
void read_muri_trace(TraceInput& input, JobRows& rows);
void read_chronus_trace(TraceInput& input, JobRows& rows);

/// The format of a text that begins so, or `Auto` where it cannot be told.
TraceFormat guess_format(std::string_view begin, const std::string& name);

}  // namespace orrery
