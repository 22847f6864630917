#include "kernel/bus/call_router.hpp"

#include <algorithm>
#include <utility>

namespace souk::bus {

CallRouter::CallRouter(const base::Clock& clock)
    : clock_(clock), table_(std::make_unique<const RoutingTable>()) {}

void CallRouter::publish(RoutingTable table) {
  table_.publish(std::make_unique<const RoutingTable>(std::move(table)));
}

RouteTarget CallRouter::enter(const RoutedQuestion& question) const {
  const auto table = table_.read();
  const auto nobody = [&] {
    std::string text("no enabled plugin of this store serves ");
    text += question.method;
    return RouteTarget{nullptr, 0, std::move(text)};
  };
  const auto store = table->find(question.store_id);
  if (store == table->end()) return nobody();
  const auto route = store->second.find(question.method);
  if (route == store->second.end()) return nobody();
  const RouteTarget* target = &route->second.store;
  if (!question.account_id.empty() && !route->second.accounts.empty()) {
    const auto own = route->second.accounts.find(question.account_id);
    if (own != route->second.accounts.end()) target = &own->second;
  }
  if (target->endpoint == nullptr) {
    return target->unavailable.empty() ? nobody() : RouteTarget{nullptr, 0, target->unavailable};
  }
  if (!target->endpoint->enter()) return {nullptr, 0, "the plugin is being stopped"};
  return {target->endpoint, target->method, {}};
}

void CallRouter::call(const RoutedQuestion& question, CallDone done) const {
  const RouteTarget target = enter(question);
  if (target.endpoint == nullptr) {
    done(Code::unavailable, {}, target.unavailable);
    return;
  }
  const std::int64_t monotonic_us = clock_.monotonic_us();
  std::int64_t timeout_us = question.timeout_us;
  const CallContext& outer = call_context();
  if (outer.depth > 0) timeout_us = std::min(timeout_us, outer.deadline_mono_us - monotonic_us);
  if (timeout_us <= 0) {
    done(Code::deadline_exceeded, {}, "the time for the question was over before it was asked");
  } else {
    Question asked;
    asked.method = target.method;
    asked.request = question.request;
    asked.account_id = question.account_id;
    asked.request_id = question.request_id;
    asked.caller = question.caller;
    asked.deadline_us = clock_.now_us() + timeout_us;
    asked.deadline_mono_us = monotonic_us + timeout_us;
    target.endpoint->ask(asked, std::move(done));
  }
  target.endpoint->leave();
}

}  // namespace souk::bus
