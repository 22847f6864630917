// Instance, the other direction: what the plugin asks of the host.
#include <algorithm>
#include <utility>

#include "kernel/base/logging.hpp"
#include "kernel/bus/derived_event.hpp"
#include "kernel/host/host_table.hpp"
#include "kernel/host/instance.hpp"
#include "kernel/host/plugin_call.hpp"
#include "kernel/schema/validate_wire.hpp"
#include "souk/v1/event.pb.h"

namespace souk::host {
namespace {

constexpr std::size_t kMaxPayload = 1U << 20U;
constexpr std::size_t kMaxId = 256;
constexpr std::size_t kMaxEffectKey = 128;
constexpr std::int64_t kSayRefusedEveryUs = 10'000'000;

struct LeftError {
  const void* owner = nullptr;
  std::string text;
};
LeftError& left_error() {
  thread_local LeftError error;
  return error;
}

/// As events from outside are checked: a fold must be able to trust every event of the log.
Status check_payload(const schema::MessageTable* table, std::string_view payload) {
  if (table != nullptr) {
    schema::WireCheckOptions options;
    options.finite_numbers = true;
    return schema::validate_wire(*table, payload, options);
  }
  if (bus::well_formed_message(payload)) return {};
  return {Code::invalid_argument, "is not the wire bytes of a message"};
}

}  // namespace

void leave_error(const void* owner, std::string_view text) {
  LeftError& error = left_error();
  error.owner = owner;
  error.text.assign(text.substr(0, PluginLog::kMaxLine));
}

std::string take_error(const void* owner) {
  LeftError& error = left_error();
  if (error.owner != owner) return {};
  error.owner = nullptr;
  return std::exchange(error.text, {});
}

const void* Instance::extension(std::string_view id) {
  const std::string name(id);
  if (id == SOUK_EXT_TIMERS) {
    uses_timers_ = true;
    if (cursor_ != nullptr) cursor_->uses_timers();
  }
  if (id == SOUK_EXT_OUTBOX) {
    uses_outbox_ = true;
    if (cursor_ != nullptr) cursor_->uses_outbox();
  }
  return host_extension(name.c_str());
}

void Instance::write_log(souk_log_level level, std::string_view text) { log_.write(level, text); }

void Instance::set_error(std::string_view text) { leave_error(this, text); }

const bus::FoldContext* Instance::own_fold() const noexcept {
  const bus::FoldContext* const fold = bus::fold_context();
  return fold != nullptr && cursor_ != nullptr && fold->owner == cursor_.get() ? fold : nullptr;
}

std::int64_t Instance::now_us() {
  if (const bus::FoldContext* fold = own_fold()) return fold->now_us;
  return wall_clock();
}

std::int64_t Instance::wall_clock() {
  const std::int64_t now = core_.services().clock.now_us();
  std::int64_t last = last_now_us_.load(std::memory_order_relaxed);
  while (now > last && !last_now_us_.compare_exchange_weak(last, now, std::memory_order_relaxed)) {
  }
  return std::max(now, last);
}

Status Instance::check_publication(const souk_publication& publication) const {
  constexpr std::uint32_t kLeast =
      offsetof(souk_publication, account_id) + sizeof publication.account_id;
  if (publication.struct_size < kLeast) {
    return {Code::invalid_argument, "souk_publication.struct_size is too small"};
  }
  const auto type = publishes_.find(to_view(publication.type));
  if (type == publishes_.end()) {
    return {Code::invalid_argument, "the manifest does not list \"" +
                                        std::string(to_view(publication.type).substr(0, kMaxId)) +
                                        "\" under publishes"};
  }
  if (publication.channel > INT32_MAX ||
      !souk::v1::Event::Channel_IsValid(static_cast<int>(publication.channel))) {
    return {Code::invalid_argument,
            "there is no channel " + std::to_string(publication.channel) + " in souk.v1.Event"};
  }
  if (publication.payload.size > kMaxPayload) {
    return {Code::invalid_argument, "a publication has at most 1 MiB"};
  }
  if (Status sound = check_payload(type->second, to_view(publication.payload)); !sound.ok()) {
    return {sound.code(),
            "the payload of " + type->first + ": " +
                (sound.field().empty() ? "" : "\"" + sound.field() + "\" ") + sound.message(),
            sound.field()};
  }
  for (const souk_bytes id :
       {publication.shopper_id, publication.session_id, publication.account_id}) {
    if (id.size > kMaxId) return {Code::invalid_argument, "an id has at most 256 bytes"};
  }
  if (!key_.account_id.empty() && publication.account_id.size != 0 &&
      to_view(publication.account_id) != key_.account_id) {
    return {Code::permission_denied, "a module of one account publishes for that account alone"};
  }
  return {};
}

void Instance::say_refused(std::string_view type, const Status& reason) {
  // A plugin that may not look at what publish() returns would hide its defect from everybody.
  const std::int64_t now = core_.services().clock.monotonic_us();
  std::int64_t said = refusal_said_us_.load(std::memory_order_relaxed);
  if (said != 0 && now - said < kSayRefusedEveryUs) return;
  if (!refusal_said_us_.compare_exchange_strong(said, now | 1)) return;
  base::log_warning("host", "a plugin's event is refused",
                    {{"instance", label_},
                     {"type", std::string(type.substr(0, kMaxId))},
                     {"reason", reason.message()}});
}

Status Instance::accept(const souk_publication& publication) {
  Status checked = check_publication(publication);
  if (checked.ok()) return checked;
  refused_publications_.add();
  say_refused(to_view(publication.type), checked);
  // The reason, should the plugin pass the failure on without words of its own.
  leave_error(this, checked.message());
  return checked;
}

bus::Publication Instance::publication_of(const souk_publication& given) const {
  bus::Publication publication;
  publication.type = to_view(given.type);
  publication.payload = to_view(given.payload);
  publication.shopper_id = to_view(given.shopper_id);
  publication.session_id = to_view(given.session_id);
  publication.account_id =
      key_.account_id.empty() ? to_view(given.account_id) : std::string_view(key_.account_id);
  publication.channel = given.channel;
  publication.time_us = given.time_us;
  return publication;
}

Status Instance::publish(const souk_publication& given) {
  if (Status checked = accept(given); !checked.ok()) return checked;
  const bus::FoldContext* const fold = own_fold();
  const bool effects = fold != nullptr ? fold->effects : cursor_ != nullptr && !cursor_->history();
  if (!effects) return {};
  bus::Publication publication = publication_of(given);
  if (publication.time_us <= 0)
    publication.time_us = fold != nullptr ? fold->time_us : wall_clock();
  return fold != nullptr ? cursor_->effects().publish(publication)
                         : cursor_->effects().publish_outside(publication);
}

void Instance::ask(std::string_view method, souk_bytes request, std::string_view account_id,
                   std::int64_t timeout_us, souk_on_reply on_reply, void* user) {
  if (on_reply == nullptr) return;
  const bus::FoldContext* const fold = own_fold();
  if (fold != nullptr && !fold->effects) {
    on_reply(user, SOUK_E_FAILED_PRECONDITION, {},
             to_bytes("history is folded with effects off: no questions now"));
    return;
  }
  bus::RoutedQuestion question;
  question.store_id = key_.store_id;
  question.account_id = key_.account_id.empty() ? account_id : std::string_view(key_.account_id);
  question.method = method;
  question.request = to_view(request);
  question.request_id = bus::call_context().request_id;
  question.caller = key_.plugin;
  question.timeout_us = timeout_us > 0 ? timeout_us : core_.settings.call_timeout_ms * 1000;
  ++asking_;
  core_.router.call(question, [self = shared_from_this(), on_reply, user](
                                  Code code, std::string_view reply, std::string_view error) {
    self->answered(on_reply, user, code, reply, error);
  });
}

void Instance::answered(souk_on_reply on_reply, void* user, Code code, std::string_view reply,
                        std::string_view error) {
  const auto tell = [self = shared_from_this(), on_reply, user, code](std::string_view given,
                                                                      std::string_view why) {
    on_reply(user, static_cast<souk_status>(code), to_bytes(given), to_bytes(why));
    --self->asking_;
  };
  if (!bus::DeadlineWatch::is_this_thread()) return tell(reply, error);
  // What the plugin does with the news may take its time; other questions' deadlines may not.
  const bool posted =
      core_.lifecycle.post([tell, why = std::string(error)] { tell(std::string_view(), why); });
  if (!posted) tell(reply, error);
}

Status Instance::set_timer(std::string_view key, std::int64_t due_us, std::string_view payload) {
  if (own_fold() == nullptr) {
    return {Code::failed_precondition, "timers are set while an event or a timer is handled"};
  }
  return cursor_->timers().set(key, due_us, payload);
}

Status Instance::cancel_timer(std::string_view key) {
  if (own_fold() == nullptr) {
    return {Code::failed_precondition, "timers are cancelled while an event or a timer is handled"};
  }
  return cursor_->timers().cancel(key);
}

Status Instance::enqueue(std::string_view key, std::int64_t not_before_us,
                         std::string_view payload) {
  const bus::FoldContext* const fold = own_fold();
  if (fold == nullptr) {
    return {Code::failed_precondition, "effects are recorded while an event or a timer is handled"};
  }
  if (key.empty() || key.size() > kMaxEffectKey) {
    return {Code::invalid_argument, "an effect's key has 1 to 128 bytes"};
  }
  if (payload.size() > kMaxPayload) {
    return {Code::invalid_argument, "an effect's payload has at most 1 MiB"};
  }
  if (!fold->effects) return {};
  return cursor_->effects().enqueue(key, not_before_us, payload);
}

void Instance::effect_done(std::uint64_t id, souk_status status, std::string_view error) {
  const bool known = status >= SOUK_OK && status <= SOUK_E_UNSUPPORTED;
  core_.outbox.done(key_, id, known ? static_cast<Code>(status) : Code::internal, error);
}

Status Instance::publish_with(std::uint64_t effect, const souk_publication& given) {
  if (Status checked = accept(given); !checked.ok()) return checked;
  bus::Publication publication = publication_of(given);
  if (publication.time_us <= 0) publication.time_us = wall_clock();
  return core_.outbox.publish(key_, effect, publication);
}

Status Instance::entity(std::string_view kind, std::string_view id, std::string& bytes) {
  if (own_fold() != nullptr) {
    return {Code::failed_precondition, "a fold keeps what it needs from the events"};
  }
  const bool own = kind == "account" && id == key_.account_id;
  if (!key_.account_id.empty() && kind != "product" && kind != "inventory" && !own) {
    return {Code::permission_denied, "a module of one account sees that account alone"};
  }
  Result<storage::EntityRow> row = core_.services().database.entity(key_.store_id, kind, id);
  if (!row.ok()) return row.status();
  bytes = std::move(row->data);
  return {};
}

}  // namespace souk::host
