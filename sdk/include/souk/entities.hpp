// Present state of products, customers, accounts, orders and stock, for jobs and rare look-ups. A
// fold keeps what it needs from the events instead, and is refused here.
#pragma once

#include <string_view>
#include <utility>

#include "souk/bytes.hpp"
#include "souk/ext/entities.h"
#include "souk/host.hpp"
#include "souk/result.hpp"

namespace souk {
inline namespace abi1 {

/// Reads one entity into its message, e.g. `find_entity<souk::v1::Product>(host, "product", id)`.
/// `kind`: product, customer, account, order, inventory. not_found when there is none. It reads the
/// database, and returns when that has answered.
template <class M>
Result<M> find_entity(const Host& host, std::string_view kind, std::string_view id) {
  const auto* entities = host.extension<souk_entities_v1>(SOUK_EXT_ENTITIES);
  if (entities == nullptr) return Status(Code::unsupported, "this host has no entities");
  struct Answer {
    souk_status status = SOUK_E_INTERNAL;
    M message;
  } answer;
  entities->get(
      host.raw(), to_bytes(kind), to_bytes(id),
      [](void* user, souk_status status, souk_bytes bytes) noexcept {
        auto* out = static_cast<Answer*>(user);
        out->status = status;
        if (status == SOUK_OK && !detail::parse(out->message, bytes))
          out->status = SOUK_E_DATA_LOSS;
      },
      &answer);
  if (answer.status == SOUK_OK) return std::move(answer.message);
  return Status(static_cast<Code>(answer.status), "the entity was not read");
}

}  // namespace abi1
}  // namespace souk
