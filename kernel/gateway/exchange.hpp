// Exchange: an answer in the making: the reply that is due and what every answer to this request
// carries. Call: one request that has passed the door, on its way through a handler.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/status.hpp"
#include "kernel/gateway/http/request.hpp"
#include "kernel/gateway/http/response.hpp"
#include "kernel/gateway/problem.hpp"
#include "kernel/gateway/router.hpp"
#include "kernel/gateway/tracking/rejections.hpp"
#include "kernel/schema/event_intake.hpp"
#include "kernel/schema/message_table.hpp"

namespace souk::gateway {

struct Surface;

/// A store as requests see it. Shared by all surfaces, so that its counters go on over reloads.
struct Store {
  std::string id;
  std::atomic<std::uint64_t> events_accepted{0};
  std::atomic<std::uint64_t> events_duplicate{0};
  std::atomic<std::uint64_t> events_rejected{0};
  std::atomic<std::uint64_t> events_waiting{0};
  RecentRejections rejections;  ///< of trackers
};

/// Movable; may go to another thread. Dropped without an answer it answers 500.
class Exchange {
 public:
  Reply reply;
  std::string headers;  ///< lines that every answer carries: request id, CORS, rate limit
  std::string request_id;
  std::uint16_t route = 0;
  bool wants_protobuf = false;
  /// Errors are {"message","status"}, as the clients of a foreign protocol read them, and not
  /// problem documents.
  bool brief_errors = false;
  const schema::TypeFinder* types = nullptr;  ///< of custom events in answers; the surface's
  std::shared_ptr<const Surface> surface;     ///< keeps `types`, `store` and the tables alive
  Store* store = nullptr;

  void send(Response&& response);
  void send_json(std::string body, int status = 200);
  /// Wire bytes of `table` as the client wants them.
  void send_message(const schema::MessageTable& table, std::string_view wire, int status = 200);
  /// A souk.v1.HttpBody as it stands; `status` where it names none. One whose head would not be
  /// good HTTP, or not the plugin's to say, is an internal error.
  void send_raw(std::string_view http_body, int status);
  void fail(const Problem& problem);
  void fail(const Status& status);
  /// For statuses that no code stands for (405, 413, 415 …).
  void fail(int status, std::string_view detail, std::string_view more_headers = {});
};

/// What one thread keeps from request to request.
struct WorkerState {
  /// With a count of its own: requests of different threads do not meet in one reference count.
  std::shared_ptr<const Surface> surface;
  std::weak_ptr<const Surface> surface_origin;  ///< the same, as all threads know it
  std::uint64_t surface_version = 0;
  KeyCache keys;
  Target target;
  schema::Parameters variables;
  schema::HttpInput input;
  schema::EventIntake intake;
  std::string scratch;
  std::uint64_t request_prefix = 0;
  std::uint64_t request_count = 0;
};

/// Lives for as long as the handler runs. Handlers that answer later move `exchange` away.
struct Call {
  const Request& request;
  const RouteTarget& target;
  const Surface& surface;
  WorkerState& worker;
  const ApiKey* key = nullptr;  ///< null on routes that need none
  Exchange exchange;

  [[nodiscard]] std::string_view variable(std::string_view name) const noexcept;
  [[nodiscard]] std::string_view parameter(std::string_view name) const noexcept {
    return worker.target.parameter(name);
  }
  /// The complete request message of a route from descriptors.
  [[nodiscard]] Result<std::string> message() const;
  /// The same into a text whose content is lost, and whose memory is used.
  Status make_message(std::string& message) const;
  [[nodiscard]] bool body_is_protobuf() const noexcept;
};

/// True for application/x-protobuf and application/protobuf, alone or in a list.
[[nodiscard]] bool names_protobuf(std::string_view header) noexcept;

}  // namespace souk::gateway
