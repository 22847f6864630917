// The catalog and what shoppers clicked → a latent space. A function of its arguments and of the
// time it gets; no host, no Protobuf. Any thread.
#pragma once

#include <functional>
#include <memory>

#include "plugins/search/model/latent_space.hpp"
#include "plugins/search/state/behaviour.hpp"
#include "plugins/search/state/segment.hpp"

namespace souk::search {

/// The words of a query that led to a product count as words of the product. See
/// learn_latent_space() for what can go wrong.
[[nodiscard]] Result<std::shared_ptr<const LatentSpace>> train_latent(
    const Corpus& corpus, const BehaviourView& behaviour, const LatentLimits& limits,
    const std::function<bool()>& cancelled, const std::function<void(double)>& progress);

}  // namespace souk::search
