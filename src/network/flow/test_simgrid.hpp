#pragma once

#include <sys/wait.h>
#include <unistd.h>
#include <simgrid/s4u.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "network/flow/flow_problem.hpp"

namespace orrery::test {

/// Source and destination of each flow.
using FlowEnds = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

struct SimgridRun {
  std::vector<double> finish;  ///< By flow, in seconds.
  double seconds = 0;          ///< Wall time of the simulation, without building the platform.
};

/// Runs every flow at once in SimGrid, in a child process, since a process can have one engine only. Max-min fair
/// without TCP's factors: what network.md calls the settings for RDMA-like fabrics, with precision tightened.
/// `build`: makes the platform and returns its hosts.
template <class Build>
SimgridRun simgrid_run(const FlowEnds& ends, const std::vector<double>& bytes, Build build) {
  int channel[2];
  if (pipe(channel) != 0) throw std::runtime_error("no pipe");
  std::fflush(stdout);  // What is buffered would be printed by the child too.
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no process");
  if (child == 0) {
    close(channel[0]);
    namespace sg = simgrid::s4u;
    std::vector<std::string> arguments = {"simgrid", "--log=root.thres:critical"};
    std::vector<char*> argv = {arguments[0].data(), arguments[1].data(), nullptr};
    int argc = 2;
    sg::Engine engine(&argc, argv.data());
    for (const char* setting : {"network/model:CM02", "network/crosstraffic:0", "network/TCP-gamma:0",
                                "network/weight-S:0", "surf/precision:1e-12", "maxmin/precision:1e-9"})
      sg::Engine::set_config(setting);
    const std::vector<sg::Host*> hosts = build();
    std::vector<double> result(ends.size() + 1);
    sg::Actor::create("flows", hosts[0], [&] {
      std::vector<sg::CommPtr> flows;
      flows.reserve(ends.size());
      for (std::size_t f = 0; f < ends.size(); ++f)
        flows.push_back(
            sg::Comm::sendto_async(hosts[ends[f].first], hosts[ends[f].second], static_cast<std::uint64_t>(bytes[f])));
      sg::Comm::wait_all(flows);
      for (std::size_t f = 0; f < ends.size(); ++f) result[f] = flows[f]->get_finish_time();
    });
    const auto start = std::chrono::steady_clock::now();
    engine.run();
    result.back() = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const char* at = reinterpret_cast<const char*>(result.data());
    for (std::size_t left = result.size() * sizeof(double); left > 0;) {
      const ssize_t n = write(channel[1], at, left);
      if (n <= 0) _exit(1);
      at += n;
      left -= static_cast<std::size_t>(n);
    }
    _exit(0);
  }
  close(channel[1]);
  SimgridRun run;
  run.finish.resize(ends.size() + 1);
  char* at = reinterpret_cast<char*>(run.finish.data());
  std::size_t left = run.finish.size() * sizeof(double);
  while (left > 0) {
    const ssize_t n = read(channel[0], at, left);
    if (n <= 0) break;
    at += n;
    left -= static_cast<std::size_t>(n);
  }
  close(channel[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (left > 0) throw std::runtime_error("SimGrid ended early");
  run.seconds = run.finish.back();
  run.finish.pop_back();
  return run;
}

/// The links and paths of a problem, given to SimGrid as explicit routes between hosts. Flows of one pair of hosts have
/// one path; usage is 1.
inline SimgridRun simgrid_explicit(const FlowProblem& problem, std::uint32_t hosts, const FlowEnds& ends) {
  return simgrid_run(ends, problem.bytes, [&] {
    namespace sg = simgrid::s4u;
    sg::NetZone* zone = sg::create_full_zone("fabric");
    std::vector<sg::Host*> host(hosts);
    for (std::uint32_t h = 0; h < hosts; ++h) host[h] = zone->create_host("h" + std::to_string(h), 1e9)->seal();
    std::vector<sg::LinkInRoute> links;
    for (std::size_t l = 0; l < problem.capacity.size(); ++l)
      links.emplace_back(zone->create_link("l" + std::to_string(l), problem.capacity[l])->set_latency(0)->seal());
    std::map<std::pair<std::uint32_t, std::uint32_t>, bool> routed;
    for (std::size_t f = 0; f < ends.size(); ++f) {
      if (std::exchange(routed[ends[f]], true)) continue;
      std::vector<sg::LinkInRoute> route;
      for (const std::uint32_t l : problem.path(f)) route.push_back(links[l]);
      zone->add_route(host[ends[f].first]->get_netpoint(), host[ends[f].second]->get_netpoint(), nullptr, nullptr,
                      route, false);
    }
    zone->seal();
    return host;
  });
}

/// SimGrid's own fat tree with its d-mod-k routing, one cable a pair of nodes.
inline SimgridRun simgrid_fat_tree(const std::vector<std::uint32_t>& down, const std::vector<std::uint32_t>& up,
                                   double bandwidth, double latency, const FlowEnds& ends,
                                   const std::vector<double>& bytes) {
  return simgrid_run(ends, bytes, [&] {
    namespace sg = simgrid::s4u;
    std::vector<sg::Host*> hosts;
    const sg::ClusterCallbacks callbacks(
        [&](sg::NetZone* zone, const std::vector<unsigned long>&,
            unsigned long id) -> std::pair<simgrid::kernel::routing::NetPoint*, simgrid::kernel::routing::NetPoint*> {
          hosts.push_back(zone->create_host("h" + std::to_string(id), 1e9)->seal());
          return {hosts.back()->get_netpoint(), nullptr};
        });
    const auto levels = static_cast<unsigned>(down.size());
    sg::create_fatTree_zone(
        "fabric", nullptr,
        {levels, {down.begin(), down.end()}, {up.begin(), up.end()}, std::vector<unsigned>(levels, 1)}, callbacks,
        bandwidth, latency, sg::Link::SharingPolicy::SPLITDUPLEX)
        ->seal();
    return hosts;
  });
}

}  // namespace orrery::test
