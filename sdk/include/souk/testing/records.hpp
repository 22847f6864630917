// What the fake host remembers of a plugin.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "souk/abi.h"

namespace souk {
inline namespace abi1 {
namespace testing {

struct PublishedEvent {
  std::string type;
  std::string payload;
  std::string shopper_id;
  std::string session_id;
  std::string account_id;
  std::int64_t time_us = 0;
  std::uint32_t channel = 0;
};

struct LogLine {
  souk_log_level level = SOUK_LOG_INFO;
  std::string text;
};

struct PendingTimer {
  std::int64_t due_us = 0;
  std::string payload;
};

struct EnqueuedEffect {
  std::uint64_t id = 0;
  std::string key;
  std::string payload;
  std::int64_t not_before_us = 0;
  std::uint32_t attempts = 0;
  bool finished = false;
  souk_status status = SOUK_OK;
  std::string error;
};

/// An answer to a question, of the plugin or of a fake service.
struct Answer {
  souk_status status = SOUK_E_DEADLINE_EXCEEDED;
  std::string reply;
  std::string error;
  int times = 0;  ///< how often it was given; anything but 1 is a defect
};

/// What plays another plugin: request bytes in, answer out.
using FakeService = std::function<Answer(std::string_view request)>;

/// A job that waits to be run.
struct QueuedJob {
  std::string name;
  souk_job_run run = nullptr;
  souk_job_release release = nullptr;
  void* user = nullptr;
};

/// Runs it on this thread, uncancelled, and releases it.
inline void run_job(const QueuedJob& job) {
  souk_job table{};
  table.struct_size = sizeof(table);
  table.cancelled = [](const souk_job*) -> std::int32_t { return 0; };
  table.progress = [](const souk_job*, double) {};
  job.run(job.user, &table);
  job.release(job.user);
}

/// What a plugin asked for while it had no business to.
struct Misuse {
  std::uint64_t calls_in_replay = 0;       ///< souk_host.call from the fold of history
  std::uint64_t unknown_types = 0;         ///< published types that the manifest does not list
  std::uint64_t refused_publications = 0;  ///< published payloads that break their type's rules
  std::uint64_t replies_to_nothing = 0;    ///< replies to handles never asked, or answered before
};

}  // namespace testing
}  // namespace abi1
}  // namespace souk
