#include "kernel/base/metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <thread>
#include <vector>

namespace souk::base {
namespace {

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(Metrics, HandlesOfNothingIgnoreWhatTheyGet) {
  Metrics metrics;
  Counter().add();
  Gauge().set(1);
  Histogram().observe(1);
  const Gauge gauge = metrics.gauge("twice", "One thing");
  gauge.set(3);
  metrics.counter("twice", "Another").add();
  metrics.histogram("no name", "Its name is none").observe(1);
  EXPECT_TRUE(has_line(metrics.expose(), "twice 3"));
}

TEST(Metrics, WhatIsNoAmountIsNotCounted) {
  Metrics metrics;
  const Counter counter = metrics.counter("things_total", "Things");
  counter.add(2);
  counter.add(-1);
  counter.add(std::nan(""));
  const Histogram seconds = metrics.histogram("wait_seconds", "Waits");
  seconds.observe(std::nan(""));
  seconds.observe(std::numeric_limits<double>::infinity());
  seconds.observe(0.25);
  const std::string text = metrics.expose();
  EXPECT_TRUE(has_line(text, "things_total 2")) << text;
  EXPECT_TRUE(has_line(text, "wait_seconds_sum 0.25")) << text;
  EXPECT_TRUE(has_line(text, "wait_seconds_count 1")) << text;
}

TEST(Metrics, ThreadsAddUpHoweverOftenItIsRead) {
  Metrics metrics;
  metrics.counter("there_total", "There before any of them").add();
  constexpr int kThreads = 20;  // more than there are shards
  constexpr int kEach = 1'000;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&metrics] {
      // The same metric by its name, from each of them.
      const Counter counter = metrics.counter("asked_total", "Questions", {{"kind", "a"}});
      const Histogram seconds = metrics.histogram("took_seconds", "Time");
      for (int n = 0; n < kEach; ++n) {
        counter.add();
        seconds.observe(n % 2 == 0 ? 0.5 : 20);
      }
    });
  }
  for (int i = 0; i < 10; ++i)
    EXPECT_TRUE(has_line(metrics.expose(), "there_total 1"));
  for (std::thread& thread : threads)
    thread.join();
  for (int read = 0; read < 2; ++read) {
    const std::string text = metrics.expose();
    EXPECT_TRUE(has_line(text, "asked_total{kind=\"a\"} 20000")) << text;
    EXPECT_TRUE(has_line(text, "took_seconds_bucket{le=\"0.25\"} 0")) << text;
    EXPECT_TRUE(has_line(text, "took_seconds_bucket{le=\"0.5\"} 10000")) << text;
    EXPECT_TRUE(has_line(text, "took_seconds_bucket{le=\"10\"} 10000")) << text;
    EXPECT_TRUE(has_line(text, "took_seconds_bucket{le=\"+Inf\"} 20000")) << text;
    EXPECT_TRUE(has_line(text, "took_seconds_sum 205000")) << text;
  }
}

}  // namespace
}  // namespace souk::base
