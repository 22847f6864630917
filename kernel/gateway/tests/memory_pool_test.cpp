#include "kernel/gateway/http/memory_pool.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace souk::gateway {
namespace {

/// Each test has a thread of its own, whose pools are empty.
template <class Body>
void on_a_fresh_thread(Body body) {
  std::thread(body).join();
}

TEST(TextPoolTest, KeepsNeitherTinyNorHugeNorTooMany) {
  on_a_fresh_thread([] {
    TextPool::give(std::string("tiny"));
    TextPool::give(std::string(1U << 20U, 'x'));
    EXPECT_LT(TextPool::take().capacity(), 64U);
    for (int i = 0; i < 1'000; ++i)
      TextPool::give(std::string(100, 'x'));
    int kept = 0;
    while (TextPool::take().capacity() >= 100)
      ++kept;
    EXPECT_GT(kept, 0);
    EXPECT_LT(kept, 1'000);
  });
}

TEST(TextPoolTest, WhatIsTakenIsEmptyAndHasTheMemoryThatWasGiven) {
  on_a_fresh_thread([] {
    std::string text(200, 'x');
    const char* const memory = text.data();
    TextPool::give(std::move(text));
    const std::string taken = TextPool::take();
    EXPECT_EQ(taken, "");
    EXPECT_EQ(taken.data(), memory);
    EXPECT_NE(TextPool::take().data(), memory);
  });
}

TEST(PooledAllocatorTest, BlocksComeBackOnTheThreadThatFreedThem) {
  struct Thing {
    explicit Thing(int given) : number(given) {}
    int number;
    alignas(64) char wide[64] = {};
  };
  std::shared_ptr<Thing> moved;
  on_a_fresh_thread([&] {
    const PooledAllocator<Thing> allocator;
    const void* before = nullptr;
    {
      const auto first = std::allocate_shared<Thing>(allocator, 1);
      before = first.get();
    }
    moved = std::allocate_shared<Thing>(allocator, 2);
    EXPECT_EQ(moved.get(), before);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(moved.get()) % 64, 0U);
    // Beyond what is kept.
    std::vector<std::shared_ptr<Thing>> many;
    for (int i = 0; i < 500; ++i)
      many.push_back(std::allocate_shared<Thing>(allocator, i));
    for (int i = 0; i < 500; ++i)
      EXPECT_EQ(many[static_cast<std::size_t>(i)]->number, i);
  });
  // Its thread has ended; it is freed here.
  EXPECT_EQ(moved->number, 2);
  moved.reset();
}

}  // namespace
}  // namespace souk::gateway
