#include "cluster/waiting_jobs.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <map>
#include <tuple>

#include "cluster/placement.hpp"

namespace orrery {
namespace {

using ShapeKey =
    std::tuple<std::int32_t, std::int32_t, std::int32_t, std::int32_t, std::int32_t, std::int64_t, std::int64_t>;

ShapeKey shape_key(const Demand& d) {
  return {d.gpus, d.workers, d.gpu_type, d.pool, d.gpu_milli, d.cpu_milli, d.memory_mib};
}

}  // namespace

WaitingJobs::WaitingJobs(const JobTable& jobs, std::span<const JobId> rows, const Options& options)
    : jobs_(jobs),
      options_(options),
      class_of_(jobs.size(), -1),
      place_of_(jobs.size(), -1),
      members_(rows.begin(), rows.end()),
      floor_(-std::numeric_limits<double>::infinity()) {
  std::map<ShapeKey, std::int32_t> shape_numbers;
  std::map<std::pair<std::int32_t, std::int32_t>, std::int32_t> class_numbers;  // By shape and account.
  std::vector<std::int32_t> sizes;
  std::int32_t accounts = 1;
  for (const JobId job : rows) {
    const Demand demand = demand_of(jobs, job);
    const ShapeKey key = options_.by_shape ? shape_key(demand) : ShapeKey{};
    const auto [shape, new_shape] = shape_numbers.try_emplace(key, this->shapes());
    // Part of a GPU is found where no whole one is free.
    const std::int32_t gpus = demand.gpu_milli < 1000 ? 0 : demand.gpus;
    if (new_shape) shapes_.emplace_back().gpus = gpus;
    Shape& its = shapes_[index(shape->second)];
    its.gpus = std::min(its.gpus, gpus);
    const std::int32_t account = options_.account ? options_.account(job) : 0;
    accounts = std::max(accounts, account + 1);
    const auto [found, new_class] =
        class_numbers.try_emplace({shape->second, account}, static_cast<std::int32_t>(classes_.size()));
    if (new_class) {
      Class made;
      made.shape = shape->second;
      made.account = account;
      made.place = static_cast<std::int32_t>(its.classes.size());
      its.classes.push_back(found->second);
      classes_.push_back(std::move(made));
      sizes.push_back(0);
    }
    class_of_[index(job)] = found->second;
    ++sizes[index(found->second)];
  }
  levels_.assign(index(accounts), 0.0);
  // Members of a class next to each other, in its order: by value, then by row, of which the latter is how they come.
  std::vector<std::int32_t> next(classes_.size());
  std::int32_t begin = 0;
  for (std::size_t c = 0; c < classes_.size(); ++c) {
    classes_[c].begin = next[c] = begin;
    classes_[c].limits = MinTree(index(sizes[c]));
    begin += sizes[c];
  }
  for (const JobId job : rows) members_[index(next[index(class_of_[index(job)])]++)] = job;
  for (std::size_t c = 0; c < classes_.size(); ++c) {
    const auto first = members_.begin() + classes_[c].begin;
    const auto by_value = [&](JobId a, JobId b) { return options_.value(a) < options_.value(b); };
    if (!std::is_sorted(first, first + sizes[c], by_value)) std::stable_sort(first, first + sizes[c], by_value);
    for (std::int32_t place = 0; place < sizes[c]; ++place) place_of_[index(first[place])] = place;
  }
  number_by_gpus();
  for (Shape& shape : shapes_) {
    shape.leaves = std::bit_ceil(shape.classes.size());
    shape.nodes.assign(2 * shape.leaves, Leaf{});
  }
  active_ = NodeSet(shapes_.size());
  tops_.assign(2 * std::bit_ceil(std::max<std::size_t>(1, shapes_.size())), Leaf{});
}

void WaitingJobs::number_by_gpus() {
  std::stable_sort(shapes_.begin(), shapes_.end(), [](const Shape& a, const Shape& b) { return a.gpus < b.gpus; });
  for (std::size_t shape = 0; shape < shapes_.size(); ++shape)
    for (const std::int32_t c : shapes_[shape].classes) classes_[index(c)].shape = static_cast<std::int32_t>(shape);
}

double WaitingJobs::rank(JobId job) const {
  const Class& its = classes_[index(class_of_[index(job)])];
  return levels_[index(its.account)] - std::max(options_.value(job), floor_);
}

bool WaitingJobs::before(JobId a, JobId b) const {
  return ranked(a).before(ranked(b));
}

WaitingJobs::Leaf WaitingJobs::better(const Leaf& a, const Leaf& b) {
  return {b.best.before(a.best) ? b.best : a.best, std::min(a.least, b.least)};
}

WaitingJobs::Leaf WaitingJobs::leaf(const Class& of) const {
  const std::int32_t place = of.limits.first(kNever);
  if (place < 0) return {};
  return {ranked(members_[index(of.begin + place)]), of.limits.least()};
}

void WaitingJobs::refresh(const Class& of) {
  Shape& shape = shapes_[index(of.shape)];
  std::size_t node = shape.leaves + index(of.place);
  shape.nodes[node] = leaf(of);
  for (node /= 2; node > 0; node /= 2) shape.nodes[node] = better(shape.nodes[2 * node], shape.nodes[2 * node + 1]);
  refresh_top(of.shape);
}

void WaitingJobs::refresh_top(std::int32_t shape) {
  std::size_t node = tops_.size() / 2 + index(shape);
  const bool was_active = tops_[node].best.job != kNoJob;
  tops_[node] = shapes_[index(shape)].nodes[1];
  const bool is_active = tops_[node].best.job != kNoJob;
  if (was_active && !is_active) active_.erase(index(shape));
  if (!was_active && is_active) active_.insert(index(shape));
  for (node /= 2; node > 0; node /= 2) tops_[node] = better(tops_[2 * node], tops_[2 * node + 1]);
}

void WaitingJobs::insert(JobId job) {
  Class& its = classes_[index(class_of_[index(job)])];
  const Millis limit = options_.limit ? options_.limit(job) : 0;
  its.limits.set(index(place_of_[index(job)]), std::min(limit, MinTree::kAbsent - 1));
  refresh(its);
  ++size_;
}

void WaitingJobs::erase(JobId job) {
  Class& its = classes_[index(class_of_[index(job)])];
  its.limits.set(index(place_of_[index(job)]), MinTree::kAbsent);
  refresh(its);
  --size_;
}

WaitingJobs::Ranked WaitingJobs::search(const Shape& shape, std::size_t node, Millis most, Ranked best) const {
  const Leaf& here = shape.nodes[node];
  if (here.least > most || !here.best.before(best)) return best;
  if (node >= shape.leaves) {
    const Class& its = classes_[index(shape.classes[node - shape.leaves])];
    const Ranked found = ranked(members_[index(its.begin + its.limits.first(most))]);
    return found.before(best) ? found : best;
  }
  // The better half first: the other one is then often out at once.
  const bool right_first = shape.nodes[2 * node + 1].best.before(shape.nodes[2 * node].best);
  best = search(shape, 2 * node + (right_first ? 1 : 0), most, best);
  return search(shape, 2 * node + (right_first ? 0 : 1), most, best);
}

JobId WaitingJobs::first(std::int32_t shape, Millis most) const {
  const Shape& its = shapes_[index(shape)];
  if (most == kNever || its.nodes[1].best.job == kNoJob) return its.nodes[1].best.job;
  return search(its, 1, most, {}).job;
}

void WaitingJobs::set_levels(const std::vector<double>& account_levels, double floor) {
  levels_ = account_levels;
  floor_ = floor;
  for (Shape& shape : shapes_) {
    for (std::size_t c = 0; c < shape.classes.size(); ++c) {
      Ranked& best = shape.nodes[shape.leaves + c].best;
      if (best.job != kNoJob) best.rank = rank(best.job);
    }
    for (std::size_t node = shape.leaves - 1; node > 0; --node)
      shape.nodes[node] = better(shape.nodes[2 * node], shape.nodes[2 * node + 1]);
  }
  for (std::int32_t shape = next_shape(0); shape >= 0; shape = next_shape(shape + 1)) refresh_top(shape);
}

}  // namespace orrery
