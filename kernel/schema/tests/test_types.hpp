// What the room's tests share: a pool of the test schema, and random messages of it.
#pragma once

#include <google/protobuf/message.h>

#include <memory>
#include <random>
#include <string>

#include "kernel/schema/pool.hpp"

namespace souk::schema::testing {

/// The FileDescriptorSet of a generated file with all it imports.
[[nodiscard]] std::string descriptor_set_of(const google::protobuf::FileDescriptor& file);

/// The pool of all_types.proto.
[[nodiscard]] const DescriptorPool& test_pool();
[[nodiscard]] const MessageTable& all_types();
[[nodiscard]] const MessageTable& ruled();

/// Fills random fields with random values, edge cases preferred, sub-messages down to `depth`.
void randomise(google::protobuf::Message& message, std::mt19937_64& random, int depth);

}  // namespace souk::schema::testing
