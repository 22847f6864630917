#include "kernel/log/accept_loss.hpp"

#include <sstream>

#include "kernel/log/batch.hpp"
#include "kernel/log/encoded_events.hpp"
#include "kernel/log/row_codec.hpp"

namespace souk::log {
namespace {

constexpr std::size_t kMostNoted = 60'000;  // bytes of a fact, which may have 64 KiB
constexpr int kCompressionLevel = 1;

std::string fact_key(std::string_view store_id) { return "losses/" + std::string(store_id); }

Result<storage::EventRow> damaged_row(storage::Database& database, std::string_view store_id,
                                      std::uint64_t sequence, std::string& damage) {
  const std::string event = "sequence " + std::to_string(sequence);
  auto rows = database.read_events(store_id, sequence, 1);
  if (!rows) return std::move(rows).status();
  if (rows->empty() || rows->front().first_sequence > sequence) {
    return Status(Code::not_found,
                  event + " is in no row of store \"" + std::string(store_id) + "\"");
  }
  storage::EventRow row = std::move(rows->front());
  const auto batch = Batch::from_row(row);
  if (batch) {
    return Status(Code::failed_precondition,
                  "the row of " + event + " verifies: nothing of it is lost");
  }
  if (batch.code() != Code::data_loss) return batch.status();
  damage = batch.status().message();
  const std::uint64_t end = row.first_sequence + row.count;
  auto next = database.read_event_heads(store_id, end, 2);  // this row and the next, or the next
  if (!next) return std::move(next).status();
  std::erase_if(*next, [&](const auto& head) { return head.first_sequence < end; });
  if (row.count == 0 || (!next->empty() && next->front().first_sequence != end)) {
    return Status(Code::failed_precondition,
                  damage +
                      "; its number of events does not fit its neighbours either: only a "
                      "backup helps");
  }
  return row;
}

LostRow lost(const storage::EventRow& row, const std::string& damage) {
  LostRow found;
  found.first_sequence = row.first_sequence;
  found.last_sequence = row.first_sequence + row.count - 1;
  found.committed_us = row.committed_us;
  const std::size_t colon = damage.rfind(": ");
  found.damage = colon == std::string::npos ? damage : damage.substr(colon + 2);
  return found;
}

/// One line a loss: first, last, committed, given up, damage.
Status note(storage::Database& database, std::string_view store_id, const LostRow& row) {
  auto known = database.fact(fact_key(store_id));
  if (!known && known.code() != Code::not_found) return known.status();
  std::string text = known ? *known : std::string();
  text += std::to_string(row.first_sequence) + "\t" + std::to_string(row.last_sequence) + "\t" +
          std::to_string(row.committed_us) + "\t" + std::to_string(row.given_up_us) + "\t" +
          row.damage + "\n";
  while (text.size() > kMostNoted)
    text.erase(0, text.find('\n') + 1);
  return database.set_fact(fact_key(store_id), text);
}

}  // namespace

Result<LostRow> find_damage(storage::Database& database, std::string_view store_id,
                            std::uint64_t sequence) {
  std::string damage;
  auto row = damaged_row(database, store_id, sequence, damage);
  if (!row) return std::move(row).status();
  return lost(*row, damage);
}

Result<LostRow> accept_loss(storage::Database& database, std::string_view store_id,
                            std::uint64_t sequence, std::int64_t now_us) {
  std::string damage;
  auto row = damaged_row(database, store_id, sequence, damage);
  if (!row) return std::move(row).status();
  LostRow given_up = lost(*row, damage);
  given_up.given_up_us = now_us;
  // Before the row: a note too many is a line in a list, a row too few would be a secret.
  if (Status status = note(database, store_id, given_up); !status.ok()) return status;
  std::string raw;
  for (std::uint32_t i = 0; i < row->count; ++i)
    append_frame(raw, {});
  std::vector<std::uint32_t> nobody;
  RowEncoder(kCompressionLevel).encode(raw, nobody, *row);
  if (Status status = database.rewrite_events({&*row, 1}); !status.ok()) return status;
  return given_up;
}

Result<std::vector<LostRow>> accepted_losses(storage::Database& database,
                                             std::string_view store_id) {
  std::vector<LostRow> losses;
  auto known = database.fact(fact_key(store_id));
  if (known.code() == Code::not_found) return losses;
  if (!known) return std::move(known).status();
  std::istringstream lines(*known);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    LostRow row;
    if (fields >> row.first_sequence >> row.last_sequence >> row.committed_us >> row.given_up_us &&
        fields.get() == '\t' && std::getline(fields, row.damage)) {
      losses.push_back(std::move(row));
    }
  }
  return losses;
}

}  // namespace souk::log
