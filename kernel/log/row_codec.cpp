#include "kernel/log/row_codec.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace souk::log {
namespace {

/// More than any batch may hold: a damaged size must not make us allocate what it says.
constexpr std::uint32_t kMaxRawBytes = 64U << 20U;

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
                        storage::EventRow& row) {
  row.raw_size = static_cast<std::uint32_t>(raw.size());
  std::sort(people.begin(), people.end());
  people.erase(std::unique(people.begin(), people.end()), people.end());
  row.people.assign(reinterpret_cast<const char*>(people.data()),
                    people.size() * sizeof(std::uint32_t));
  row.data.resize(ZSTD_compressBound(raw.size()));
  row.data.resize(ZSTD_compressCCtx(static_cast<ZSTD_CCtx*>(context_), row.data.data(),
                                    row.data.size(), raw.data(), raw.size(), level_));
  row.checksum = row_checksum(row);
}

Result<std::string> decode_row(const storage::EventRow& row) {
  if (row.checksum != row_checksum(row)) return damaged(row, "the checksum differs");
  if (row.count == 0 || row.raw_size > kMaxRawBytes) return damaged(row, "the size is impossible");
  std::string raw(row.raw_size, '\0');
  const std::size_t got = ZSTD_decompress(raw.data(), raw.size(), row.data.data(), row.data.size());
  if (ZSTD_isError(got) != 0U || got != raw.size()) return damaged(row, "it does not decompress");
  return raw;
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
