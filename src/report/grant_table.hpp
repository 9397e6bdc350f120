#pragma once

#include <span>

#include "cluster/grants/grant_scheduler.hpp"
#include "report/document.hpp"

namespace orrery {

/// Who was granted what, when, and what of it lay idle: a sentence and a table by tenant.
void add_grants(std::span<const GrantRecord> grants, Document& document);

}  // namespace orrery
