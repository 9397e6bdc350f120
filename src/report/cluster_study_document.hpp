#pragma once

#include "cluster/study.hpp"
#include "report/document.hpp"

namespace orrery {

/// The smallest machine that keeps a target, what was tried, and the knee.
Document cluster_size_document(const SizeStudy& study);

/// When a job starts: an 80 % interval, and what it waits for.
Document cluster_when_document(const StartForecast& forecast);

}  // namespace orrery
