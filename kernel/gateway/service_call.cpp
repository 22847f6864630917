#include "kernel/gateway/service_call.hpp"

#include "kernel/gateway/http/memory_pool.hpp"
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

namespace {

/// A question on its way to a plugin, whose code runs in run(). Keeps itself until it is answered.
struct Question final : ForeignTask, std::enable_shared_from_this<Question> {
  explicit Question(host::Host& asked) : host(asked) {}
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  void run() override {
    host::CallRequest request;
    request.store_id = exchange.store->id;
    request.account_id = account;
    request.method = target->method;
    request.request = message;
    request.request_id = exchange.request_id;
    unanswered = shared_from_this();
    // A plain pointer fits into the function object; a counted one would be allocated for.
    host.call(request, [this](Code code, std::string_view reply, std::string_view error) {
      const std::shared_ptr<Question> self = std::move(unanswered);
      self->answer(code, reply, error);
    });
  }

  void answer(Code code, std::string_view reply, std::string_view error) {
    if (code != Code::ok) return exchange.fail(Status(code, std::string(error)));
    const schema::Route& route = *target->route;
    if (route.raw_answer) return exchange.send_raw(reply, route.success_status);
    exchange.send_message(*route.method->output, reply, route.success_status);
  }
  ~Question() override { TextPool::give(std::move(message)); }

  host::Host& host;
  Exchange exchange;
  std::string message;
  const RouteTarget* target = nullptr;  // kept alive by the exchange's surface
  std::string_view account;
  std::shared_ptr<Question> unanswered;  // itself
};

/// Which program asks, for methods that tell machines from people. Texts of requests are UTF-8, and
/// heads are what the client likes: what is not plain ASCII is a question mark. What stands in the
/// query is overruled.
void append_agent(const Call& call, std::string& message) {
  constexpr std::size_t kMostAgent = 512;
  std::string agent(call.request.header(Header::user_agent).substr(0, kMostAgent));
  for (char& c : agent) {
    if (c < ' ' || c > '~') c = '?';
  }
  append_bytes_field(message, call.target.agent_field, agent);
}

}  // namespace

void ServiceCalls::add_handlers(HandlerTable& table) {
  table.service_call = [this](Call& call) { ask(call); };
}

void ServiceCalls::ask(Call& call) const {
  std::string message = TextPool::take();
  if (const Status status = call.make_message(message); !status.ok()) {
    return call.exchange.fail(status);
  }
  if (call.target.agent_field != 0) append_agent(call, message);
  auto question = std::allocate_shared<Question>(PooledAllocator<Question>(), host_);
  question->exchange = std::move(call.exchange);
  question->message = std::move(message);
  question->target = &call.target;
  if (call.target.account_field != 0) {
    question->account = wire_string(question->message, call.target.account_field);
  }
  Reply& reply = question->exchange.reply;
  reply.run_after_turn(std::move(question));
}

}  // namespace souk::gateway
