#include "souk/snapshot.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

souk_status append(void* user, souk_bytes piece) {
  static_cast<std::string*>(user)->append(piece.data, piece.size);
  return SOUK_OK;
}

souk_status refuse(void*, souk_bytes) { return SOUK_E_RESOURCE_EXHAUSTED; }

/// Gives at most three bytes at a time.
std::int64_t read_little(void* user, char* buffer, std::uint64_t capacity) {
  auto* rest = static_cast<std::string_view*>(user);
  const std::size_t size = std::min({capacity, std::uint64_t{3}, std::uint64_t{rest->size()}});
  if (size > 0) std::memcpy(buffer, rest->data(), size);
  rest->remove_prefix(size);
  return static_cast<std::int64_t>(size);
}

std::string written(void (*write)(souk::Writer&)) {
  std::string out;
  souk::Writer writer(&append, &out);
  write(writer);
  writer.flush();
  EXPECT_TRUE(writer.status().ok());
  return out;
}

TEST(SnapshotReader, AnEmptySnapshotIsAFaultForWhoeverReads) {
  std::string_view rest;
  souk::Reader reader(&read_little, &rest);
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(reader.number<std::uint32_t>(), 0u);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.status().code(), souk::Code::data_loss);
}

TEST(SnapshotReader, FalseSizesAskForNoMemory) {
  const std::string bytes = written([](souk::Writer& w) {
    w.count(std::numeric_limits<std::uint64_t>::max());
    w.text("abc");
  });
  for (const bool as_text : {true, false}) {
    std::string_view rest = bytes;
    souk::Reader reader(&read_little, &rest);
    if (as_text) {
      EXPECT_EQ(reader.text(), "");
    } else {
      EXPECT_TRUE(reader.numbers<std::uint64_t>(std::numeric_limits<std::uint64_t>::max()).empty());
    }
    EXPECT_FALSE(reader.ok());
  }
}

TEST(SnapshotReader, CountsAboveTheLimitAndEndlessCountsAreFaults) {
  std::string_view many = "\x65";
  souk::Reader limited(&read_little, &many);
  EXPECT_EQ(limited.count(100), 0u);
  EXPECT_FALSE(limited.ok());

  std::string_view endless = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";
  souk::Reader overlong(&read_little, &endless);
  EXPECT_EQ(overlong.count(), 0u);
  EXPECT_FALSE(overlong.ok());
}

TEST(SnapshotReader, EveryPrefixIsAFault) {
  const std::string whole = written([](souk::Writer& w) {
    w.number(std::int64_t{-5});
    w.text("hello");
    w.numbers(std::vector<double>{1.5, 2.5});
    w.boolean(true);
  });
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::string_view rest = std::string_view(whole).substr(0, size);
    souk::Reader reader(&read_little, &rest);
    static_cast<void>(reader.number<std::int64_t>());
    static_cast<void>(reader.text());
    static_cast<void>(reader.numbers<double>(10));
    static_cast<void>(reader.boolean());
    EXPECT_FALSE(reader.ok()) << size;
  }
}

TEST(Snapshot, WhatIsWrittenIsRead) {
  const std::string bytes = written([](souk::Writer& w) {
    w.number(std::uint8_t{200});
    w.number(-1.25);
    w.number(std::int32_t{-7});
    w.count(0);
    w.count(127);
    w.count(128);
    w.count(std::numeric_limits<std::uint64_t>::max());
    w.text("");
    w.text(std::string(200'000, 'x'));
    w.boolean(false);
  });
  std::string_view rest = bytes;
  souk::Reader reader(&read_little, &rest);
  EXPECT_EQ(reader.number<std::uint8_t>(), 200);
  EXPECT_EQ(reader.number<double>(), -1.25);
  EXPECT_EQ(reader.number<std::int32_t>(), -7);
  EXPECT_EQ(reader.count(), 0u);
  EXPECT_EQ(reader.count(), 127u);
  EXPECT_EQ(reader.count(), 128u);
  EXPECT_EQ(reader.count(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(reader.text(), "");
  EXPECT_EQ(reader.text().size(), 200'000u);
  EXPECT_FALSE(reader.boolean());
  EXPECT_TRUE(reader.at_end());
}

TEST(Snapshot, AMapGivesTheSameBytesWhateverItsHistory) {
  std::unordered_map<std::string, int> forward;
  std::unordered_map<std::string, int> backward;
  for (int i = 0; i < 1000; ++i)
    forward["k" + std::to_string(i)] = i;
  backward.reserve(50'000);
  for (int i = 1999; i >= 0; --i)
    backward["k" + std::to_string(i)] = i;
  for (int i = 1000; i < 2000; ++i)
    backward.erase("k" + std::to_string(i));
  std::string outs[2];
  int n = 0;
  for (const auto* map : {&forward, &backward}) {
    souk::Writer writer(&append, &outs[n++]);
    writer.map(*map, [](souk::Writer& w, const std::string& key, int value) {
      w.text(key);
      w.number(value);
    });
    writer.flush();
  }
  EXPECT_EQ(outs[0], outs[1]);
  std::map<std::string, int> back;
  std::string_view rest = outs[0];
  souk::Reader reader(&read_little, &rest);
  reader.map(1000, [&](souk::Reader& r) {
    std::string key = r.text();
    back[std::move(key)] = r.number<int>();
  });
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(back, (std::map<std::string, int>(forward.begin(), forward.end())));
}

TEST(SnapshotWriter, TheHostsRefusalStaysAndStopsTheWriting) {
  souk::Writer writer(&refuse, nullptr);
  writer.raw(std::string(200'000, 'x'));
  writer.flush();
  EXPECT_EQ(writer.status().code(), souk::Code::resource_exhausted);
}

}  // namespace
