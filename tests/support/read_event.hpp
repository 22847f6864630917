// The simulator's lines as messages, for tests that fold a simulated shop in a plugin.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "kernel/schema/json_to_wire.hpp"
#include "kernel/schema/pool.hpp"
#include "souk/v1/event.pb.h"

namespace souk::testing {

/// An event as a storefront would send it, read as the gateway reads it. Any thread.
inline souk::v1::Event read_event(std::string_view json) {
  static const schema::MessageTable& table =
      *schema::DescriptorPool::builtin().message("souk.v1.Event");
  thread_local std::string wire;
  wire.clear();
  const Status status = schema::json_to_wire(table, json, wire);
  EXPECT_TRUE(status.ok()) << status.message() << "\n" << json;
  souk::v1::Event event;
  EXPECT_TRUE(event.ParseFromString(wire));
  return event;
}

}  // namespace souk::testing
