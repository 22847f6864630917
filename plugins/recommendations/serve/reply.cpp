#include "plugins/recommendations/serve/reply.hpp"

#include <algorithm>
#include <string>

#include "plugins/recommendations/serve/notes.hpp"
#include "plugins/recommendations/serve/reasons.hpp"
#include "plugins/recommendations/state/hashing.hpp"
#include "plugins/recommendations/state/variant_text.hpp"

namespace souk::recommendations {
namespace {

using souk::v1::RecommendReply;

/// What the answer was, for the events that come of it; see AttributionToken.
void write_token(const StoreState& state, const Recommender& done, std::string_view request_id,
                 std::string& out) {
  thread_local AttributionToken token;
  const Question& question = done.question;
  const std::uint64_t salt = state.last_sequence.load(std::memory_order_relaxed) ^
                             static_cast<std::uint64_t>(question.now_us);
  token.clear();
  token.issued_s = static_cast<std::uint32_t>(question.now_us / 1'000'000);
  token.request = hash_of(request_id, salt);
  token.placement = question.wish.placement;
  for (const Pick& pick : done.selection.picks())
    token.add(state.items.name(pick.item), static_cast<std::uint8_t>(pick.kind));
  token.write(out);
}

// Sets with their members in order of joining, prices added up. A set one of whose prices is not
// known has no total: half a sum would be a promise.
void write_bundles(const StoreState& state, const Recommender& done, RecommendReply& reply) {
  const Question& question = done.question;
  for (const BundleSearch::Bundle& bundle : done.bundles()) {
    auto* out = reply.add_bundles();
    std::int64_t total =
        question.product == kNoItem ? 0 : state.catalog.price_minor(question.product);
    bool priced = total >= 0;
    for (std::size_t m = 0; m < bundle.size; ++m) {
      const ItemId item = done.bundle_nodes()[bundle.nodes[m]].item;
      out->add_product_ids()->assign(state.items.name(item));
      const std::int64_t price = state.catalog.price_minor(item);
      priced = priced && price >= 0;
      total += std::max<std::int64_t>(price, 0);
    }
    if (priced) {
      out->mutable_total_price()->set_amount(total);
      out->mutable_total_price()->set_currency(question.currency);
    }
    out->set_score(bundle.score);
    write_bundle_reason(state, done, bundle, *out->mutable_reason());
  }
}

// What each source gave; and, once the blender has learned, what each trait gave to the logarithm
// of the factor that the sum of the sources is multiplied by.
void write_parts(const Pick& pick, souk::v1::RecommendedItem& item) {
  for (std::size_t source = 0; source < kSources; ++source) {
    if (pick.parts[source] == 0) continue;
    auto* part = item.add_parts();
    part->set_source(std::string(name_of(static_cast<Source>(source))));
    part->set_value(static_cast<double>(pick.parts[source]));
  }
  for (std::size_t trait = 0; trait < pick.traits.size(); ++trait) {
    if (pick.traits[trait] == 0) continue;
    auto* part = item.add_parts();
    part->set_source(std::string(name_of(static_cast<Trait>(trait))));
    part->set_value(static_cast<double>(pick.traits[trait]));
  }
}

}  // namespace

void write_reply(const StoreState& state, const Recommender& done, std::string_view request_id,
                 RecommendReply& reply) {
  const Question& question = done.question;
  for (const Pick& pick : done.selection.picks())
    state.items.prefetch_entry(pick.item);
  for (const Pick& pick : done.selection.picks())
    state.items.prefetch_text(pick.item);
  for (const Pick& pick : done.selection.picks()) {
    auto* item = reply.add_items();
    const std::string_view name = state.items.name(pick.item);
    item->mutable_product_id()->assign(name);
    item->set_score(pick.score);
    write_reason(state, question, pick, *item->mutable_reason());
    if (const ItemId because = named_because(state, question, pick); because != kNoItem) {
      item->mutable_because_product_id()->assign(state.items.name(because));
    }
    if (pick.variant != kNoItem) {
      item->mutable_variant_id()->assign(
          VariantText(state.catalog.words().name(pick.variant)).id());
    }
    if (question.explain) write_parts(pick, *item);
  }
  if (!question.wish.placement.empty()) {
    reply.mutable_placement()->assign(question.wish.placement);
  }
  reply.mutable_kind()->assign(name_of(done.answered()));
  if (!done.bundles().empty()) write_bundles(state, done, reply);
  write_token(state, done, request_id, *reply.mutable_attribution_token());
  write_note(state, done, *reply.mutable_note());
  if (question.explain) write_explanation(state, done, *reply.mutable_explanation());
}

}  // namespace souk::recommendations
