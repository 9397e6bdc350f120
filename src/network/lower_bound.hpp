#pragma once

#include "network/collective.hpp"
#include "network/traffic/placement.hpp"

namespace orrery {

/// A time that no algorithm beats on a fabric of tiers: for each unit of a tier, the bytes that the groups with members
/// inside must pass through its upper links, at the rate of all of those together. Latency is left out. Zero for groups
/// that no tier's border cuts.
///
/// Of a group of R ranks with m inside and payload S: all-reduce S each way (a sum leaves and a sum enters);
/// all-gather (R - m)/R S in; reduce-scatter (R - m)/R S out; broadcast S; all-to-all m (R - m)/R S; send and receive
/// nothing. Units that cut scale-up domains bound nothing: bytes pass their borders on other links too. Looks at the
/// first units of each tier only, which keeps it cheap and a bound.
Seconds cut_time(const Cluster& cluster, const RankChips& chips, Collective collective, const Group& group,
                 Bytes payload);

/// The same where rank r sits on chip r, at once for any number of ranks.
Seconds packed_cut_time(const Cluster& cluster, Collective collective, const Group& group, Bytes payload);

}  // namespace orrery
