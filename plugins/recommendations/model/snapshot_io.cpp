#include "plugins/recommendations/model/snapshot_io.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace souk::recommendations {
namespace {
constexpr std::size_t kChunk = std::size_t{1} << 16;

void store(unsigned char* to, std::uint64_t value, unsigned size) {
  for (unsigned i = 0; i < size; ++i)
    to[i] = static_cast<unsigned char>(value >> (8 * i));
}

std::uint64_t fetch(const unsigned char* from, unsigned size) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i)
    value |= std::uint64_t{from[i]} << (8 * i);
  return value;
}

bool write_number(ByteSink& sink, std::uint64_t value, unsigned size) {
  unsigned char raw[8];
  store(raw, value, size);
  return sink.write(std::as_bytes(std::span(raw, size)));
}
}  // namespace

SnapshotWriter::SnapshotWriter(ByteSink& sink, std::string_view magic, std::uint32_t version)
    : sink_(sink), checksum_(version) {
  buffer_.reserve(kChunk);
  ok_ = sink_.write(std::as_bytes(std::span(magic.data(), 4))) && write_number(sink_, version, 4);
}

void SnapshotWriter::f64(double value) { u64(std::bit_cast<std::uint64_t>(value)); }

void SnapshotWriter::text(std::string_view value) {
  u32(static_cast<std::uint32_t>(value.size()));
  bytes(value.data(), value.size());
}

void SnapshotWriter::number(std::uint64_t value, unsigned size) {
  unsigned char raw[8];
  store(raw, value, size);
  bytes(raw, size);
}

void SnapshotWriter::bytes(const void* data, std::size_t size) {
  const auto* from = static_cast<const std::byte*>(data);
  while (size > 0) {
    const std::size_t part = std::min(size, kChunk - buffer_.size());
    buffer_.insert(buffer_.end(), from, from + part);
    from += part;
    size -= part;
    if (buffer_.size() == kChunk) flush();
  }
}

void SnapshotWriter::flush() {
  if (buffer_.empty()) return;
  checksum_ = XXH3_64bits_withSeed(buffer_.data(), buffer_.size(), checksum_);
  ok_ = ok_ && write_number(sink_, buffer_.size(), 4) && sink_.write(buffer_);
  buffer_.clear();
}

Status SnapshotWriter::finish() {
  flush();
  ok_ = ok_ && write_number(sink_, 0, 4) && write_number(sink_, checksum_, 8);
  if (!ok_) return Status(Code::data_loss, "the snapshot's sink refused bytes");
  return {};
}

SnapshotReader::SnapshotReader(ByteSource& source, std::string_view magic, std::uint32_t version)
    : source_(source), checksum_(version) {
  unsigned char head[8] = {};
  if (!fill(head, 8)) return;
  if (std::memcmp(head, magic.data(), 4) != 0) {
    fail("it does not begin with " + std::string(magic));
  } else if (const std::uint64_t wrote = fetch(head + 4, 4); wrote != version) {
    fail(std::string(magic) + " has format version " + std::to_string(wrote) + ", readable is " +
         std::to_string(version));
  }
}

void SnapshotReader::fail(std::string reason) {
  if (status_.ok()) status_ = Status(Code::data_loss, "corrupt snapshot: " + std::move(reason));
}

bool SnapshotReader::fill(void* into, std::size_t size) {
  auto* to = static_cast<std::byte*>(into);
  for (std::size_t done = 0; ok() && done < size;) {
    const std::size_t got = source_.read({to + done, size - done});
    if (got == 0) fail("it ends too early");
    done += got;
  }
  return ok();
}

void SnapshotReader::next_chunk() {
  chunk_.clear();
  used_ = 0;
  unsigned char raw[4] = {};
  if (!fill(raw, 4)) return;
  const std::uint64_t size = fetch(raw, 4);
  if (size > kChunk) return fail("a chunk is longer than any that is written");
  ended_ = size == 0;
  chunk_.resize(size);
  if (!fill(chunk_.data(), size) || ended_) return;
  checksum_ = XXH3_64bits_withSeed(chunk_.data(), size, checksum_);
}

bool SnapshotReader::take(void* into, std::size_t size) {
  auto* to = static_cast<std::byte*>(into);
  while (size > 0) {
    if (used_ == chunk_.size()) {
      if (ok() && !ended_) next_chunk();
      if (ok() && ended_) fail("it holds fewer fields than it announces");
      if (!ok()) return false;
    }
    const std::size_t part = std::min(size, chunk_.size() - used_);
    std::memcpy(to, chunk_.data() + used_, part);
    used_ += part;
    to += part;
    size -= part;
  }
  return ok();
}

std::uint64_t SnapshotReader::number(unsigned size) {
  unsigned char raw[8] = {};
  return take(raw, size) ? fetch(raw, size) : 0;
}

double SnapshotReader::f64() { return std::bit_cast<double>(u64()); }

std::uint32_t SnapshotReader::count(std::uint32_t max, std::string_view what) {
  const std::uint32_t value = u32();
  if (ok() && value > max) {
    fail(std::string(what) + " is " + std::to_string(value) + ", allowed are at most " +
         std::to_string(max));
    return 0;
  }
  return value;
}

std::string SnapshotReader::text(std::uint32_t max_bytes) {
  const std::uint32_t size = count(max_bytes, "the length of a text");
  std::string value(size, '\0');
  if (!take(value.data(), size)) value.clear();
  return value;
}

Status SnapshotReader::finish() {
  if (ok() && used_ != chunk_.size()) fail("it holds more fields than it announces");
  if (ok()) next_chunk();
  if (ok() && !ended_) fail("it holds more fields than it announces");
  unsigned char raw[8] = {};
  if (fill(raw, 8) && fetch(raw, 8) != checksum_) fail("its checksum does not match its contents");
  return status_;
}

std::size_t BufferSource::read(std::span<std::byte> into) {
  const std::size_t size = std::min(into.size(), rest_.size());
  std::copy_n(rest_.begin(), size, into.begin());
  rest_ = rest_.subspan(size);
  return size;
}

}  // namespace souk::recommendations
