// Bytes of a model's snapshot: little-endian, framed, and never trusted when read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "souk/result.hpp"

namespace souk::recommendations {

/// Where a snapshot goes. False from write() ends the save with DATA_LOSS.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  [[nodiscard]] virtual bool write(std::span<const std::byte> bytes) = 0;
};

/// Where a snapshot comes from. read() fills a prefix of `into` and returns its length; 0 is the
/// end.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  [[nodiscard]] virtual std::size_t read(std::span<std::byte> into) = 0;
};

/// Writes one section: magic (4 characters), format version (u32), then the fields in chunks (u32
/// length, bytes), a chunk of length 0, and a checksum (u64): XXH3 of each chunk seeded with that
/// of the chunk before, the first with the version. Errors are kept and reported by finish().
class SnapshotWriter {
 public:
  SnapshotWriter(ByteSink& sink, std::string_view magic, std::uint32_t version);
  SnapshotWriter(const SnapshotWriter&) = delete;
  SnapshotWriter& operator=(const SnapshotWriter&) = delete;

  void u8(std::uint8_t value) { number(value, 1); }
  void u32(std::uint32_t value) { number(value, 4); }
  void u64(std::uint64_t value) { number(value, 8); }
  void i64(std::int64_t value) { number(static_cast<std::uint64_t>(value), 8); }
  /// IEEE 754 bits.
  void f64(double value);
  /// Length (u32) and bytes.
  void text(std::string_view value);
  /// Appends the checksum, flushes, and says whether everything reached the sink.
  [[nodiscard]] Status finish();

 private:
  void number(std::uint64_t value, unsigned bytes);
  void bytes(const void* data, std::size_t size);
  void flush();

  ByteSink& sink_;
  std::vector<std::byte> buffer_;
  std::uint64_t checksum_;
  bool ok_ = true;
};

/// Reads what SnapshotWriter wrote. After the first fault every read returns zero and ok() is
/// false; callers check ok() before they act on a size, and finish() at the end. Nothing is
/// allocated by a size that was read: callers bound it first, and then grow as bytes actually
/// arrive.
class SnapshotReader {
 public:
  SnapshotReader(ByteSource& source, std::string_view magic, std::uint32_t version);
  SnapshotReader(const SnapshotReader&) = delete;
  SnapshotReader& operator=(const SnapshotReader&) = delete;

  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  std::int64_t i64() { return static_cast<std::int64_t>(number(8)); }
  double f64();
  /// Empty and a fault when longer than `max_bytes`.
  std::string text(std::uint32_t max_bytes);
  /// A u32 that must not exceed `max`; `what` names it in the error.
  std::uint32_t count(std::uint32_t max, std::string_view what);

  [[nodiscard]] bool ok() const { return status_.ok(); }
  /// Marks the snapshot as faulty for a reason its reader found.
  void fail(std::string reason);
  /// Checks that all fields were read and the checksum, and reports the first fault. The source
  /// stands behind the section then.
  [[nodiscard]] Status finish();

 private:
  std::uint64_t number(unsigned bytes);
  bool take(void* into, std::size_t size);

  bool fill(void* into, std::size_t size);
  void next_chunk();

  ByteSource& source_;
  std::vector<std::byte> chunk_;
  std::size_t used_ = 0;
  bool ended_ = false;
  std::uint64_t checksum_;
  Status status_;
};

/// A snapshot in memory: for tests, benchmarks and hosts that want one buffer.
class BufferSink final : public ByteSink {
 public:
  [[nodiscard]] bool write(std::span<const std::byte> part) override {
    bytes.insert(bytes.end(), part.begin(), part.end());
    return true;
  }
  std::vector<std::byte> bytes;
};

class BufferSource final : public ByteSource {
 public:
  explicit BufferSource(std::span<const std::byte> bytes) : rest_(bytes) {}
  [[nodiscard]] std::size_t read(std::span<std::byte> into) override;

 private:
  std::span<const std::byte> rest_;
};

}  // namespace souk::recommendations
