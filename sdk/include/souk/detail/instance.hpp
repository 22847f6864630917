// One instance of a plugin class behind the C tables: every function that the host may call.
//
// All are noexcept and catch everything; extensions are offered exactly when the class has the
// member functions they need.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "souk/detail/dispatch.hpp"
#include "souk/detail/traits.hpp"
#include "souk/ext/health.h"
#include "souk/ext/schema.h"
#include "souk/ext/settings.h"
#include "souk/ext/snapshot.h"

// The library's descriptors, put in by souk_add_plugin(); absent in a program that compiles the
// plugin's sources into itself.
extern "C" {
extern const char souk_schema_begin[] __attribute__((weak, visibility("hidden")));
extern const char souk_schema_end[] __attribute__((weak, visibility("hidden")));
}

namespace souk {
inline namespace abi1 {
namespace detail {

template <class P>
class Instance {
  using Settings = typename P::Settings;
  using Events = typename EventsOf<P>::type;
  using Methods = typename MethodsOf<typename P::Services>::type;

 public:
  /// souk_entry.create: nullptr when the constructor throws.
  static const souk_plugin* create(const souk_host* host) noexcept {
    try {
      return &(new Instance(host))->table_;
    } catch (...) {
      return nullptr;
    }
  }

 private:
  explicit Instance(const souk_host* host) : host_(host) {
    static_assert(std::is_base_of_v<Plugin<P, Settings>, P>,
                  "derive from souk::Plugin<YourClass> or souk::Plugin<YourClass, YourSettings>");
    static_assert(Events::size + Methods::size > 0,
                  "the plugin reads no event and answers no method: are its functions public?");
    static_assert(HasSnapshot<P> == HasRestore<P>, "snapshot() and restore() come in pairs");
    table_.struct_size = sizeof(souk_plugin);
    table_.plugin_data = this;
    table_.get_extension = &get_extension;
    table_.init = &init;
    table_.start = &start;
    table_.stop = &stop;
    table_.destroy = &destroy;
    table_.events = Events::size > 0 ? &events : nullptr;
    table_.call = Methods::size > 0 ? &call : nullptr;
    plugin_.host_ = Host(host);
  }

  static Instance& of(const souk_plugin* table) noexcept {
    return *static_cast<Instance*>(table->plugin_data);
  }

  static souk_status init(const souk_plugin* table, souk_bytes settings) noexcept {
    return of(table).take_settings(settings);
  }

  static souk_status start(const souk_plugin* table) noexcept {
    Instance& self = of(table);
    return guarded(self.host_, [&] {
      self.plugin_.settings_.open();
      if constexpr (HasStart<P>)
        return report(self.host_, as_status([&] { return self.plugin_.start(); }));
      return SOUK_OK;
    });
  }

  static souk_status stop(const souk_plugin* table) noexcept {
    Instance& self = of(table);
    return guarded(self.host_, [&] {
      if constexpr (HasStop<P>)
        return report(self.host_, as_status([&] { return self.plugin_.stop(); }));
      return SOUK_OK;
    });
  }

  static void destroy(const souk_plugin* table) noexcept { delete &of(table); }

  static souk_status events(const souk_plugin* table, const souk_event* const* events,
                            std::uint32_t count, std::uint32_t* done) noexcept {
    Instance& self = of(table);
    std::uint32_t folded = 0;
    const souk_status status = guarded(self.host_, [&] {
      for (; folded < count; ++folded) {
        const souk_status one = self.events_.fold(self.plugin_, self.host_, *events[folded]);
        if (one != SOUK_OK) return one;
      }
      return SOUK_OK;
    });
    *done = folded;
    if constexpr (HasBatchEnd<P>) {
      const souk_status end = guarded(self.host_, [&] {
        self.plugin_.on_batch_end();
        return SOUK_OK;
      });
      // The events are folded; failing the next one for this would blame the wrong event.
      if (end != SOUK_OK) Host(self.host_).error("on_batch_end() failed");
    }
    return status;
  }

  static void call(const souk_plugin* table, const souk_call* question) noexcept {
    Instance& self = of(table);
    CallDispatcher<P, Methods>::answer(self.plugin_, self.host_, *question);
  }

  /// Parses settings and offers them to the plugin; on success they are in force.
  souk_status take_settings(souk_bytes bytes) noexcept {
    return guarded(host_, [&] {
      if constexpr (HasSettings<P>) {
        auto settings = std::make_shared<Settings>();
        if (!parse(*settings, bytes)) return malformed_settings();
        if constexpr (HasConfigure<P>) {
          const Settings& offered = *settings;
          const Status status = as_status([&] { return plugin_.configure(offered); });
          if (!status.ok()) return report(host_, status);
        }
        plugin_.settings_.set_common(std::move(settings));
      }
      return SOUK_OK;
    });
  }

  souk_status take_account_settings(std::string_view account, souk_bytes bytes) noexcept {
    return guarded(host_, [&] {
      if constexpr (HasSettings<P>) {
        if (bytes.size == 0) {
          plugin_.settings_.remove_account(account);
          return SOUK_OK;
        }
        auto settings = std::make_shared<Settings>();
        if (!parse(*settings, bytes)) return malformed_settings();
        if constexpr (HasConfigureAccount<P>) {
          const Settings& offered = *settings;
          const Status status =
              as_status([&] { return plugin_.configure_account(account, offered); });
          if (!status.ok()) return report(host_, status);
        }
        plugin_.settings_.set_account(account, std::move(settings));
      }
      return SOUK_OK;
    });
  }

  souk_status malformed_settings() noexcept {
    return report(host_, SOUK_E_INVALID_ARGUMENT, "the settings are not the settings message");
  }

  static souk_status fire(const souk_plugin* table, souk_bytes key, std::int64_t due_us,
                          souk_bytes payload, const souk_event* now) noexcept {
    Instance& self = of(table);
    return guarded(self.host_, [&] {
      const TimerInfo timer(to_view(key), due_us, to_view(payload), *now);
      const Status status = as_status([&] { return self.plugin_.on_timer(timer); });
      if constexpr (HasBatchEnd<P>) self.plugin_.on_batch_end();
      return report(self.host_, status);
    });
  }

  static void perform(const souk_plugin* table, std::uint64_t id, std::uint32_t attempt,
                      souk_bytes key, souk_bytes payload) noexcept {
    Instance& self = of(table);
    const auto* outbox = Host(self.host_).extension<souk_outbox_v1>(SOUK_EXT_OUTBOX);
    if (outbox == nullptr) return;
    // What is thrown destroys the EffectDone, which reports the effect as given up.
    static_cast<void>(guarded(self.host_, [&] {
      self.plugin_.perform(Effect{id, attempt, to_view(key), to_view(payload)},
                           EffectDone(self.host_, outbox, id));
      return SOUK_OK;
    }));
  }

  static souk_status report_health(const souk_plugin* table, souk_write write,
                                   void* user) noexcept {
    Instance& self = of(table);
    return guarded(self.host_, [&] {
      souk::v1::PluginHealth health;
      self.plugin_.health(health);
      std::string bytes;
      if (!serialize(health, bytes)) return SOUK_E_INTERNAL;
      return write(user, to_bytes(bytes));
    });
  }

  static souk_status save(const souk_plugin* table, souk_write write, void* user) noexcept {
    Instance& self = of(table);
    return guarded(self.host_, [&] {
      Writer writer(write, user);
      self.plugin_.snapshot(writer);
      writer.flush();
      return report(self.host_, writer.status());
    });
  }

  static souk_status restore(const souk_plugin* table, souk_read read, void* user) noexcept {
    Instance& self = of(table);
    return guarded(self.host_, [&] {
      Reader reader(read, user);
      const Status status = as_status([&] { return self.plugin_.restore(reader); });
      if (!status.ok()) return report(self.host_, status);
      if (!reader.ok()) return report(self.host_, reader.status());
      if (!reader.at_end()) {
        return report(self.host_, SOUK_E_DATA_LOSS,
                      "the snapshot is longer than the state it holds");
      }
      return SOUK_OK;
    });
  }

  static souk_status reload(const souk_plugin* table, souk_bytes settings) noexcept {
    return of(table).take_settings(settings);
  }

  static souk_status account(const souk_plugin* table, souk_bytes account_id,
                             souk_bytes settings) noexcept {
    return of(table).take_account_settings(to_view(account_id), settings);
  }

  static const void* get_extension(const souk_plugin*, const char* id) noexcept {
    const auto is = [id](const char* known) { return std::strcmp(id, known) == 0; };
    if constexpr (HasTimers<P>) {
      static constexpr souk_timer_handler_v1 kTimers{&fire};
      if (is(SOUK_EXT_TIMERS)) return &kTimers;
    }
    if constexpr (HasEffects<P>) {
      static constexpr souk_outbox_handler_v1 kOutbox{&perform};
      if (is(SOUK_EXT_OUTBOX)) return &kOutbox;
    }
    if constexpr (HasHealth<P>) {
      static constexpr souk_health_v1 kHealth{&report_health};
      if (is(SOUK_EXT_HEALTH)) return &kHealth;
    }
    if constexpr (HasSnapshot<P>) {
      static constexpr souk_snapshot_v1 kSnapshot{P::snapshot_version, 0, &save, &restore};
      if (is(SOUK_EXT_SNAPSHOT)) return &kSnapshot;
    }
    if constexpr (HasSettings<P>) {
      static constexpr souk_settings_v1 kSettings{&reload, &account};
      if (is(SOUK_EXT_SETTINGS)) return &kSettings;
    }
    if (is(SOUK_EXT_SCHEMA)) return schema();
    return nullptr;
  }

  static const souk_schema_v1* schema() noexcept {
    static const souk_schema_v1 kSchema{
        {souk_schema_begin, static_cast<std::uint64_t>(souk_schema_end - souk_schema_begin)}};
    return kSchema.descriptor_set.size > 0 ? &kSchema : nullptr;
  }

  souk_plugin table_{};
  const souk_host* host_;
  EventDispatcher<P, Events> events_;
  P plugin_;
};

}  // namespace detail
}  // namespace abi1
}  // namespace souk
