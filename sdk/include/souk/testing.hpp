// Tests of a plugin without a daemon: a fake host with a virtual clock that records everything.
//
//   souk::testing::Library library(SOUK_PLUGIN_LIBRARY);
//   souk::testing::Bench bench(library.entry());
//   ASSERT_TRUE(bench.begin_life(settings).ok());
//   ASSERT_TRUE(bench.send(product_viewed, {.shopper_id = "s1"}).ok());
//   auto answer = bench.ask<my::v1::PopularService::Top>(request);
//
// It needs no test framework. Everything lent to the plugin is spoiled after each call; run tests
// under AddressSanitizer as well.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "souk/bytes.hpp"
#include "souk/testing/bench.hpp"
#include "souk/testing/library.hpp"
#include "souk/types.hpp"
#include "souk/v1/event.souk.hpp"

namespace souk {
inline namespace abi1 {
namespace testing {

/// A plugin instance on a fake host, with messages. See bench.hpp for life, time, effects and
/// state.
class Bench : public RawBench {
 public:
  using RawBench::RawBench;

  using RawBench::ask;
  using RawBench::init;
  using RawBench::reload;
  using RawBench::set_account;

  /// init() and start(). No settings stand for a settings message without a field set; the daemon
  /// would have filled the defaults in, so set here what the plugin relies on.
  Status begin_life() { return start_after(init(std::string_view{})); }
  template <Message M>
  Status begin_life(const M& settings) {
    return start_after(init(settings));
  }

  template <Message M>
  Status init(const M& settings) {
    return RawBench::init(settings.SerializeAsString());
  }
  template <Message M>
  Status reload(const M& settings) {
    return RawBench::reload(settings.SerializeAsString());
  }
  template <Message M>
  Status set_account(std::string_view account_id, const M& settings) {
    return RawBench::set_account(account_id, settings.SerializeAsString());
  }

  /// An event, ready for fold().
  template <Message M>
  static RawEvent event(const M& payload, Envelope envelope = {}) {
    return RawEvent{std::string(MessageTraits<M>::name), payload.SerializeAsString(),
                    std::move(envelope), souk::v1::payload_field<M>};
  }

  /// Folds one event, then what the plugin published in answer and reads itself.
  template <Message M>
  Status send(const M& payload, Envelope envelope = {}) {
    Status status = fold({event(payload, std::move(envelope))});
    return status.ok() ? deliver_published() : status;
  }

  /// Asks a method and waits for its answer; runs waiting jobs.
  template <class Method>
  Result<typename Method::Reply> ask(const typename Method::Request& request,
                                     std::string_view account_id = {}) {
    const auto index = declaration().method(Method::full_name);
    if (!index) return Status(Code::not_found, "the plugin does not serve this method");
    const Answer answer = RawBench::ask(*index, request.SerializeAsString(), account_id);
    if (answer.times == 0) return Status(Code::deadline_exceeded, "the plugin did not answer");
    if (answer.status != SOUK_OK) return Status(static_cast<Code>(answer.status), answer.error);
    typename Method::Reply reply;
    if (!reply.ParseFromString(answer.reply)) return Status(Code::internal, "a malformed reply");
    return reply;
  }

  /// Everything published of one type, oldest first.
  template <Message M>
  std::vector<M> published() {
    std::vector<M> found;
    for (const PublishedEvent& event : host().published()) {
      if (event.type != MessageTraits<M>::name) continue;
      found.emplace_back().ParseFromString(event.payload);
    }
    return found;
  }

  /// Plays another plugin: `answer` takes the request and gives a Result of the reply.
  template <class Method, class Function>
  void serve(Function&& answer) {
    host().serve(
        std::string(Method::full_name),
        [answer = std::forward<Function>(answer)](std::string_view bytes) -> Answer {
          typename Method::Request request;
          if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
            return {SOUK_E_INVALID_ARGUMENT, {}, "a malformed request", 1};
          }
          const Result<typename Method::Reply> result = answer(request);
          if (!result.ok()) {
            return {static_cast<souk_status>(result.code()), {}, result.status().message(), 1};
          }
          return {SOUK_OK, result.value().SerializeAsString(), {}, 1};
        });
  }

 private:
  Status start_after(Status status) { return status.ok() ? start() : status; }
};

}  // namespace testing
}  // namespace abi1
}  // namespace souk
