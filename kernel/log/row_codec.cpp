#include "kernel/log/row_codec.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

namespace souk::log {
namespace {

/// More than any batch may hold: a damaged size must not make us allocate what it says.
constexpr std::uint32_t kMaxRawBytes = 64U << 20U;

/// One of the magic numbers that zstd sets aside for frames that a decompressor passes over.
constexpr std::uint32_t kCommitsMagic = 0x184D2A5CU;

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U)
    out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

bool take_varint(std::string_view& bytes, std::uint64_t& value) noexcept {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

void put_u32(std::string& out, std::uint32_t value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string commits_frame(std::span<const CommitPart> commits) {
  std::string list;
  std::int64_t before_us = 0;
  for (const CommitPart& commit : commits) {
    put_varint(list, commit.count);
    put_varint(list, static_cast<std::uint64_t>(commit.committed_us - before_us));
    before_us = commit.committed_us;
  }
  std::string frame;
  put_u32(frame, kCommitsMagic);
  put_u32(frame, static_cast<std::uint32_t>(list.size()));
  return frame + list;
}

std::uint64_t row_checksum(const storage::EventRow& row) noexcept {
  XXH3_state_t state;
  XXH3_INITSTATE(&state);
  XXH3_64bits_reset(&state);
  const std::array<std::uint64_t, 6> numbers{
      row.store_id.size(), row.first_sequence,
      row.count,           static_cast<std::uint64_t>(row.committed_us),
      row.raw_size,        row.people.size()};
  XXH3_64bits_update(&state, numbers.data(), sizeof numbers);
  XXH3_64bits_update(&state, row.store_id.data(), row.store_id.size());
  XXH3_64bits_update(&state, row.people.data(), row.people.size());
  XXH3_64bits_update(&state, row.data.data(), row.data.size());
  return XXH3_64bits_digest(&state);
}

/// A thread's own, kept: to make one costs more than to decompress a small row.
ZSTD_DCtx* decompressor() {
  struct Free {
    void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
  };
  thread_local const std::unique_ptr<ZSTD_DCtx, Free> context(ZSTD_createDCtx());
  return context.get();
}

Status damaged(const storage::EventRow& row, const char* what) {
  return {Code::data_loss, "log of store \"" + row.store_id + "\", sequence " +
                               std::to_string(row.first_sequence) + " to " +
                               std::to_string(row.first_sequence + row.count - 1) + ": " + what};
}

}  // namespace

RowEncoder::RowEncoder(int compression_level)
    : context_(ZSTD_createCCtx()), level_(compression_level) {}

RowEncoder::~RowEncoder() { ZSTD_freeCCtx(static_cast<ZSTD_CCtx*>(context_)); }

void RowEncoder::encode(std::string_view raw, std::vector<std::uint32_t>& people,
                        storage::EventRow& row, std::span<const CommitPart> commits) {
  row.raw_size = static_cast<std::uint32_t>(raw.size());
  std::sort(people.begin(), people.end());
  people.erase(std::unique(people.begin(), people.end()), people.end());
  row.people.assign(reinterpret_cast<const char*>(people.data()),
                    people.size() * sizeof(std::uint32_t));
  row.data = commits.size() > 1 ? commits_frame(commits) : std::string();
  const std::size_t at = row.data.size();
  row.data.resize(at + ZSTD_compressBound(raw.size()));
  row.data.resize(at + ZSTD_compressCCtx(static_cast<ZSTD_CCtx*>(context_), row.data.data() + at,
                                         row.data.size() - at, raw.data(), raw.size(), level_));
  row.checksum = row_checksum(row);
}

Result<std::string> decode_row(const storage::EventRow& row) {
  if (row.checksum != row_checksum(row)) return damaged(row, "the checksum differs");
  if (row.count == 0 || row.raw_size > kMaxRawBytes) return damaged(row, "the size is impossible");
  std::string raw(row.raw_size, '\0');
  const std::size_t got =
      ZSTD_decompressDCtx(decompressor(), raw.data(), raw.size(), row.data.data(), row.data.size());
  if (ZSTD_isError(got) != 0U || got != raw.size()) return damaged(row, "it does not decompress");
  return raw;
}

Result<std::vector<CommitPart>> decode_commits(const storage::EventRow& row) {
  std::vector<CommitPart> commits;
  std::array<std::uint32_t, 2> head{};  // magic, size
  if (row.data.size() < sizeof head) return commits;
  std::memcpy(head.data(), row.data.data(), sizeof head);
  if (head[0] != kCommitsMagic) return commits;
  if (head[1] > row.data.size() - sizeof head) return damaged(row, "its commits are cut off");
  std::string_view list = std::string_view(row.data).substr(sizeof head, head[1]);
  std::uint64_t events = 0;
  std::int64_t before_us = 0;
  while (!list.empty()) {
    std::uint64_t count = 0;
    std::uint64_t step_us = 0;
    if (!take_varint(list, count) || !take_varint(list, step_us) || count == 0 ||
        count > row.count - events || (!commits.empty() && step_us > INT64_MAX)) {
      return damaged(row, "its commits do not read");
    }
    before_us = static_cast<std::int64_t>(static_cast<std::uint64_t>(before_us) + step_us);
    events += count;
    commits.push_back({static_cast<std::uint32_t>(count), before_us});
  }
  if (events != row.count || before_us != row.committed_us) {
    return damaged(row, "its commits do not add up");
  }
  return commits;
}

bool mentions(const storage::EventRow& row, std::uint32_t person) noexcept {
  std::size_t low = 0;
  std::size_t high = row.people.size() / sizeof person;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    std::uint32_t value = 0;
    std::memcpy(&value, row.people.data() + middle * sizeof value, sizeof value);
    if (value == person) return true;
    (value < person ? low : high) = value < person ? middle + 1 : middle;
  }
  return false;
}

}  // namespace souk::log
