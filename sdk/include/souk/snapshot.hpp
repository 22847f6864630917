// How a plugin writes its state and reads it back.
//
// The format is the plugin's own: what it writes in order, it reads in the same order. Numbers are
// little-endian, counts and sizes are varints. A Reader never trusts a size: each read states the
// most it accepts, and after the first fault every further read gives zero or nothing.
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "souk/abi.h"
#include "souk/bytes.hpp"
#include "souk/result.hpp"

namespace souk {
inline namespace abi1 {

static_assert(std::endian::native == std::endian::little, "snapshots are written little-endian");

/// Numbers that have one representation on every platform.
template <class T>
concept SnapshotNumber = (std::integral<T> || std::floating_point<T> ||
                          std::is_enum_v<T>)&&sizeof(T) <= 8 &&
                         !std::same_as<T, bool>;

/// Writes a state, through a buffer, to the host. One thread. Faults of the host are kept:
/// status().
class Writer {
 public:
  Writer(souk_write write, void* user) : write_(write), user_(user) { buffer_.reserve(kBuffer); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// A number in its own width.
  template <SnapshotNumber T>
  void number(T value) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    raw({bytes, sizeof(T)});
  }
  void boolean(bool value) { number(static_cast<std::uint8_t>(value ? 1 : 0)); }

  /// A count or another number that is mostly small, in 1 to 10 bytes.
  void count(std::uint64_t value) {
    char bytes[10];
    std::size_t used = 0;
    for (; value > 0x7f; value >>= 7)
      bytes[used++] = static_cast<char>((value & 0x7f) | 0x80);
    bytes[used++] = static_cast<char>(value);
    raw({bytes, used});
  }

  void text(std::string_view value) {
    count(value.size());
    raw(value);
  }

  /// A Protobuf message. Keep map fields out: their order is not the same twice.
  template <class M>
  requires requires(const M& m, std::string& s) { m.SerializeToString(&s); }
  void message(const M& value) {
    scratch_.clear();
    if (!value.SerializeToString(&scratch_)) {
      fail(Status(Code::internal, "a message of the snapshot does not serialize"));
      return;
    }
    text(scratch_);
  }

  /// All numbers of a contiguous container, with their count.
  template <SnapshotNumber T>
  void numbers(const std::vector<T>& values) {
    count(values.size());
    raw({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)});
  }

  /// The entries of a map in the order of their keys, so that the same state gives the same bytes
  /// whatever the hash table's history: `write(writer, key, value)` for each.
  template <class Map, class Write>
  void map(const Map& entries, Write&& write) {
    std::vector<const typename Map::value_type*> sorted;
    sorted.reserve(entries.size());
    for (const auto& entry : entries)
      sorted.push_back(&entry);
    std::sort(sorted.begin(), sorted.end(),
              [](const auto* a, const auto* b) { return a->first < b->first; });
    count(sorted.size());
    for (const auto* entry : sorted)
      write(*this, entry->first, entry->second);
  }

  /// Bytes as they are, without their size.
  void raw(std::string_view bytes) {
    if (buffer_.size() + bytes.size() > kBuffer) flush();
    if (bytes.size() > kBuffer) {
      send(bytes);
    } else {
      buffer_.append(bytes);
    }
  }

  /// Hands the buffer on. The wrapper calls it at the end.
  void flush() {
    if (!buffer_.empty()) send(buffer_);
    buffer_.clear();
  }

  [[nodiscard]] const Status& status() const noexcept { return status_; }

 private:
  static constexpr std::size_t kBuffer = 64 * 1024;

  void send(std::string_view bytes) {
    if (!status_.ok()) return;
    const souk_status code = write_(user_, to_bytes(bytes));
    if (code != SOUK_OK) fail(Status(static_cast<Code>(code), "the host stopped the snapshot"));
  }
  void fail(Status status) {
    if (status_.ok()) status_ = std::move(status);
  }

  souk_write write_;
  void* user_;
  std::string buffer_;
  std::string scratch_;
  Status status_;
};

/// Reads a state back. One thread. Check ok() after a loop's count and at the end; what was read
/// before is then whole. The wrapper refuses a snapshot that was not read to its end.
class Reader {
 public:
  Reader(souk_read read, void* user) : read_(read), user_(user), buffer_(kBuffer) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  template <SnapshotNumber T>
  [[nodiscard]] T number() {
    T value{};
    char bytes[sizeof(T)];
    if (raw(bytes, sizeof(T))) std::memcpy(&value, bytes, sizeof(T));
    return value;
  }
  [[nodiscard]] bool boolean() {
    const auto value = number<std::uint8_t>();
    if (value > 1) fail("a boolean is neither 0 nor 1");
    return value == 1;
  }

  /// A count of at most `most`; more is a fault and gives 0.
  [[nodiscard]] std::uint64_t count(
      std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = number<std::uint8_t>();
      if (!ok()) return 0;
      if (shift == 63 && byte > 1) break;
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (value <= most) return value;
        fail("a count is larger than the plugin allows");
        return 0;
      }
    }
    fail("a count is malformed");
    return 0;
  }

  /// A text of at most `most` bytes.
  [[nodiscard]] std::string text(std::uint64_t most = kMostText) {
    std::string value;
    read_sized(value, count(most));
    return value;
  }

  /// A message of at most `most` bytes; false when there is a fault.
  template <class M>
  bool message(M& value, std::uint64_t most = kMostText) {
    read_sized(scratch_, count(most));
    if (ok() && !value.ParseFromArray(scratch_.data(), static_cast<int>(scratch_.size()))) {
      fail("a message of the snapshot is malformed");
    }
    return ok();
  }

  /// At most `most` numbers, as Writer::numbers wrote them.
  template <SnapshotNumber T>
  [[nodiscard]] std::vector<T> numbers(std::uint64_t most) {
    std::vector<T> values;
    std::uint64_t left = count(most);
    while (left > 0 && ok()) {
      // In steps, so that a false count cannot ask for more memory than the snapshot has bytes.
      const std::size_t step = static_cast<std::size_t>(std::min<std::uint64_t>(left, kStep));
      const std::size_t before = values.size();
      values.resize(before + step);
      if (!raw(reinterpret_cast<char*>(values.data() + before), step * sizeof(T))) return {};
      left -= step;
    }
    return values;
  }

  /// Calls `read(reader)` for each of at most `most` entries that Writer::map wrote; stops at a
  /// fault.
  template <class Read>
  void map(std::uint64_t most, Read&& read) {
    for (std::uint64_t left = count(most); left > 0 && ok(); --left)
      read(*this);
  }

  [[nodiscard]] bool ok() const noexcept { return status_.ok(); }
  [[nodiscard]] const Status& status() const noexcept { return status_; }

  /// For what the plugin itself finds wrong in what it reads.
  void fail(std::string_view what) {
    if (status_.ok()) status_ = Status(Code::data_loss, std::string(what));
  }

  /// True when every byte has been read.
  [[nodiscard]] bool at_end() { return ok() && used_ == filled_ && !refill(); }

 private:
  static constexpr std::size_t kBuffer = 64 * 1024;
  static constexpr std::uint64_t kMostText = 16 * 1024 * 1024;
  static constexpr std::uint64_t kStep = 8 * 1024;

  bool raw(char* out, std::size_t size) {
    while (size > 0) {
      if (!ok()) return false;
      if (used_ == filled_ && !refill()) {
        fail("the snapshot ends too early");
        return false;
      }
      const std::size_t piece = std::min(size, filled_ - used_);
      std::memcpy(out, buffer_.data() + used_, piece);
      used_ += piece;
      out += piece;
      size -= piece;
    }
    return true;
  }

  void read_sized(std::string& out, std::uint64_t size) {
    out.clear();
    while (size > 0 && ok()) {
      const std::size_t step = static_cast<std::size_t>(std::min<std::uint64_t>(size, kBuffer));
      const std::size_t before = out.size();
      out.resize(before + step);
      if (!raw(out.data() + before, step)) out.clear();
      size -= step;
    }
  }

  bool refill() {
    used_ = filled_ = 0;
    const std::int64_t got = read_(user_, buffer_.data(), buffer_.size());
    if (got < 0 || static_cast<std::uint64_t>(got) > buffer_.size()) {
      status_ = Status(Code::data_loss, "the host could not read the snapshot");
      return false;
    }
    filled_ = static_cast<std::size_t>(got);
    return filled_ > 0;
  }

  souk_read read_;
  void* user_;
  std::vector<char> buffer_;
  std::size_t used_ = 0;
  std::size_t filled_ = 0;
  std::string scratch_;
  Status status_;
};

}  // namespace abi1
}  // namespace souk
