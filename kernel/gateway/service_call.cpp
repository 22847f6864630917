#include "kernel/gateway/service_call.hpp"

#include "kernel/gateway/wire_fields.hpp"

namespace souk::gateway {

std::string_view wire_string(std::string_view wire, std::uint32_t number) noexcept {
  std::string_view found;
  WireFields fields(wire);
  while (fields.next()) {
    if (fields.number() == number && fields.is_bytes()) found = fields.bytes();
  }
  return found;
}

void ServiceCalls::add_handlers(HandlerTable& table) {
  table.service_call = [this](Call& call) { ask(call); };
}

void ServiceCalls::ask(Call& call) const {
  Result<std::string> message = call.message();
  if (!message.ok()) return call.exchange.fail(message.status());

  struct Question {
    Exchange exchange;
    std::string message;
    const RouteTarget* target;  // kept alive by the exchange's surface
    std::string_view account;
  };
  auto question = std::make_shared<Question>();
  question->exchange = std::move(call.exchange);
  question->message = std::move(message).value();
  question->target = &call.target;
  if (call.target.account_field != 0) {
    question->account = wire_string(question->message, call.target.account_field);
  }
  host::CallRequest request;
  request.store_id = question->exchange.store->id;
  request.account_id = question->account;
  request.method = question->target->method;
  request.request = question->message;
  request.request_id = question->exchange.request_id;
  host_.call(request, [question](Code code, std::string_view reply, std::string_view error) {
    Exchange& exchange = question->exchange;
    if (code != Code::ok) return exchange.fail(Status(code, std::string(error)));
    const schema::Route& route = *question->target->route;
    exchange.send_message(*route.method->output, reply, route.success_status);
  });
}

}  // namespace souk::gateway
