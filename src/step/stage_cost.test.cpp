#include "step/stage_cost.hpp"

#include <doctest/doctest.h>

#include "network/hierarchical.hpp"
#include "step/layout.hpp"
#include "step/test_random.hpp"

namespace orrery {

TEST_CASE("stage cost: law, FSDP gathers and scatters the prediction modules too") {
  StepSpec spec;
  spec.model = test::small_models().back();
  REQUIRE(spec.model.mtp_layers == 1);
  spec.cluster = test::h100_cluster(16);
  spec.layout = {.dp = 16, .zero = 3};
  spec.training.global_batch = 16;
  spec.software.overlap_dp = false;  // whole collectives are exposed
  const HierarchicalModel network(spec.cluster);
  const LayoutGroups groups = layout_groups(spec.layout, spec.cluster.node);
  const DataCurves data = data_curves(groups, network);
  const auto exchanged = [&] {
    const LayoutPrices prices = price_layout(spec, layout_curves(groups, network));
    const Chunk all{LayerIndex(spec.model).between(0, spec.model.layers), true, true};
    return chunk_cost(spec, prices, data, all).parts[Part::DataComm];
  };
  const Seconds with = exchanged();
  const LayerParameters module = prediction_parameters(spec.model, spec.layout);
  spec.model.mtp_layers = 0;
  // BF16 gathered forward and backward, FP32 scattered; experts over their own group.
  const Bytes dense(2 * module.dense), experts(2 * module.experts);
  const Seconds more = 2.0 * (data.all_gather.time(dense) + data.expert_all_gather.time(experts)) +
                       data.reduce_scatter.time(2.0 * dense) + data.expert_reduce_scatter.time(2.0 * experts);
  CHECK(more > Seconds{});
  CHECK((with - exchanged()).raw() == doctest::Approx(more.raw()));
}

TEST_CASE("stage cost: law, the largest layer that FSDP gathers may be a prediction module") {
  // One dense layer and a module that is a mixture of experts: 16 experts of 3 x 2048 x 1024 outweigh all else.
  StepSpec spec;
  spec.model = test::small_models().back();
  spec.model.layers = 1;
  spec.cluster = test::h100_cluster(1);
  const StageContent content =
      stage_content(spec, price_layout(spec, {}), {LayerIndex(spec.model).between(0, 1), true, true});
  CHECK(content.layer_parameters == prediction_parameters(spec.model, spec.layout).total());
  CHECK(content.layer_parameters > 16.0 * 3 * 2048 * 1024);
}

}  // namespace orrery
