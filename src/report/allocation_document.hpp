#pragma once

#include "cluster/sharing/allocation_study.hpp"
#include "report/document.hpp"

namespace orrery {

/// How much of a machine's GPUs several placement rules can allocate: which does most, the means over seeds at some
/// loads (all loads for machines), what is free in the end and of use or not by cause, each curve, and the curves
/// drawn.
Document allocation_document(const AllocationStudy& study);

}  // namespace orrery
