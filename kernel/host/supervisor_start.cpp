// Supervisor, the way up: from the facts of the past to a running instance.
#include <algorithm>
#include <utility>

#include "kernel/base/logging.hpp"
#include "kernel/host/supervisor.hpp"

namespace souk::host {
namespace {

constexpr std::size_t kDeadLettersLookedAt = 10'000;

}  // namespace

void Supervisor::bring_up() {
  set_state(InstanceState::verified);
  if (!may_start()) return;
  Result<Beginning> past = read_past();
  if (!past.ok()) return fail(InstanceState::failed_retry, past.status().message());
  Result<std::shared_ptr<const Library>> library = load();
  if (!library.ok()) return fail(InstanceState::failed_retry, library.status().message());
  set_state(InstanceState::loaded);
  for (const storage::SnapshotInfo& snapshot : past->snapshots) {
    if (const auto life = make_life(*library, *past, &snapshot)) return go_live(life, true);
    if (state_ != InstanceState::verified) return;
  }
  if (const auto life = make_life(*library, *past, nullptr)) go_live(life, false);
}

bool Supervisor::may_start() {
  const Result<std::uint32_t> known = core_.facts.failed_starts(key_);
  if (!known.ok()) {
    fail(InstanceState::failed_retry, known.status().message());
    return false;
  }
  if (marked_starting_) return true;  // this daemon's own retry
  const bool by_record = !core_.settings.crash_record.empty();
  std::uint32_t blamed = *known;
  if (by_record && !std::exchange(crash_counted_, true) && core_.crashed.contains(label_)) ++blamed;
  if (blamed >= core_.settings.crashes_until_quarantine) {
    (void)core_.facts.set_failed_starts(key_, blamed);
    fail(InstanceState::quarantined,
         "the daemon died " + std::to_string(blamed) + " times in a row " +
             (by_record ? "in this plugin's code" : "while this plugin was starting") +
             "; enable it to try again");
    return false;
  }
  // Without a record of crashes the start is counted before any of the plugin's code runs, and
  // taken back once it runs well.
  const std::uint32_t marked = by_record ? blamed : blamed + 1;
  if (marked != *known) {
    if (Status written = core_.facts.set_failed_starts(key_, marked); !written.ok()) {
      fail(InstanceState::failed_retry, written.message());
      return false;
    }
  }
  marked_starting_ = true;
  return true;
}

void Supervisor::absolve() {
  marked_starting_ = false;
  (void)core_.facts.set_failed_starts(key_, 0);
}

Result<Supervisor::Beginning> Supervisor::read_past() {
  bus::BusServices& services = core_.services();
  Beginning past;
  Result<bool> ran_before = core_.facts.was_running(key_);
  if (!ran_before.ok()) return ran_before.status();
  auto cursor = services.database.effects_cursor(key_);
  if (!cursor.ok()) return cursor.status();
  if (*ran_before) {
    past.effects_cursor = cursor->value_or(0);  // none: the log was empty then
  } else {
    // Newly enabled: everything up to now is history, whose effects stay off for good.
    past.effects_cursor = services.log.last_sequence(key_.store_id);
    if (Status begun = begin_history(past.effects_cursor); !begun.ok()) return begun;
    if (Status listed = core_.facts.set_running(key_, true); !listed.ok()) return listed;
  }
  auto outbox = services.database.outbox_size(key_);
  if (!outbox.ok()) return outbox.status();
  past.outbox_waiting = *outbox;
  auto letters = services.database.dead_letters(key_.store_id, 0, kDeadLettersLookedAt);
  if (!letters.ok()) return letters.status();
  for (const storage::DeadLetterRow& letter : *letters) {
    if (letter.instance == key_ && letter.kind == "event") past.dead.insert(letter.sequence);
  }
  auto snapshots = services.database.snapshots(key_);
  if (!snapshots.ok()) return snapshots.status();
  past.snapshots = std::move(*snapshots);
  return past;
}

Status Supervisor::begin_history(std::uint64_t position) {
  if (position == 0) return {};
  Result<std::unique_ptr<storage::Transaction>> transaction = core_.services().database.begin();
  if (!transaction.ok()) return transaction.status();
  if (Status set = (*transaction)->set_effects_cursor(key_, position); !set.ok()) return set;
  return (*transaction)->commit();
}

Result<std::shared_ptr<const Library>> Supervisor::load() {
  // The library's constructors run here and may hang like any of its code.
  struct Loading {
    Result<std::shared_ptr<const Library>> result = Status(Code::internal, "not loaded");
  };
  auto loading = std::make_shared<Loading>();
  const config::PluginInfoPtr info = settings().library;
  const auto done = within(core_.settings.start_timeout_ms, nullptr, [loading, info](Instance*) {
    loading->result = Library::load(info);
    return Status{};
  });
  if (!done) return Status(Code::deadline_exceeded, "loading the library does not return");
  if (!done->ok()) return *done;
  return loading->result;
}

std::shared_ptr<Instance> Supervisor::make_life(const std::shared_ptr<const Library>& library,
                                                const Beginning& past,
                                                const storage::SnapshotInfo* snapshot) {
  const std::int64_t timeout_ms = core_.settings.start_timeout_ms;
  auto life = std::make_shared<Instance>(core_, key_, library);
  const auto run = [&](const char* name, InstanceState on_failure,
                       std::function<Status(Instance*)> function) {
    const std::optional<Status> status = within(timeout_ms, life, std::move(function));
    if (!status) {
      leave_behind(life, std::string(name) + "() does not return");
      return false;
    }
    if (status->ok()) return true;
    (void)within(timeout_ms, life, [](Instance* it) {
      it->destroy();
      return Status{};
    });
    fail(on_failure, status->message());
    return false;
  };
  const config::PluginSettings current = settings();
  if (!run("create", InstanceState::failed_retry, [](Instance* it) { return it->create(); })) {
    return nullptr;
  }
  set_state(InstanceState::created);
  if (!run("init", InstanceState::failed_settings,
           [current](Instance* it) { return it->init(current); })) {
    return nullptr;
  }
  set_state(InstanceState::initialised);

  bus::CursorSettings cursor;
  cursor.effects_cursor = past.effects_cursor;
  cursor.outbox_waiting = past.outbox_waiting;
  cursor.dead = past.dead;
  if (snapshot != nullptr) {
    cursor.position = snapshot->sequence;
  } else if (library->info().manifest.reads_size() == 0) {
    cursor.position = past.effects_cursor;  // nothing to learn from history
  } else {
    cursor.position = core_.services().log.first_sequence(key_.store_id);
    if (cursor.position > 0) --cursor.position;
  }
  life->attach(std::move(cursor));
  if (snapshot != nullptr && !restore(life, *snapshot)) return nullptr;
  if (!run("start", InstanceState::failed_retry, [](Instance* it) { return it->start(); })) {
    return nullptr;
  }
  return life;
}

bool Supervisor::restore(const std::shared_ptr<Instance>& life,
                         const storage::SnapshotInfo& snapshot) {
  bus::BusServices& services = core_.services();
  Status status;
  if (!life->can_snapshot() || snapshot.format_version != life->snapshot_format()) {
    status = {Code::unsupported, "it has another format version"};
  } else if (snapshot.sequence > services.log.last_sequence(key_.store_id)) {
    status = {Code::data_loss, "it stands beyond the end of the log"};
  } else {
    Result<std::string> bytes = services.database.load_snapshot(snapshot.id);
    status = bytes.status();
    if (status.ok()) {
      const auto restored = within(core_.settings.start_timeout_ms, life,
                                   [bytes = std::make_shared<std::string>(std::move(*bytes))](
                                       Instance* it) { return it->restore(*bytes); });
      if (!restored) {
        leave_behind(life, "restore() does not return");
        return false;
      }
      status = *restored;
    }
  }
  if (status.ok()) {
    life->restored_from(snapshot);
    return true;
  }
  base::log_warning(
      "host", "a snapshot is not used",
      {{"instance", label_}, {"sequence", snapshot.sequence}, {"reason", status.message()}});
  (void)within(core_.settings.start_timeout_ms, life, [](Instance* it) {
    it->destroy();
    return Status{};
  });
  set_state(InstanceState::verified);
  return false;
}

void Supervisor::go_live(const std::shared_ptr<Instance>& life, bool restored) {
  const std::uint64_t position = life->cursor()->position();
  const std::uint64_t target = core_.services().log.last_sequence(key_.store_id);
  replay_from_ = position;
  replay_target_ = target;
  last_snapshot_mono_us_ = core_.services().clock.monotonic_us();
  live_since_us_ = last_snapshot_mono_us_.load();
  proven_ = false;
  last_snapshot_position_ = life->snapshot_sequence();
  needed_from_ = life->snapshot_sequence() + 1;
  life->set_unavailable([weak = weak_from_this()] {
    const auto self = weak.lock();
    return self ? self->unavailable_sentence() : std::string("the plugin is being stopped");
  });
  {
    const std::lock_guard lock(mutex_);
    instance_ = life;
  }
  apply_accounts_off();
  set_state(InstanceState::replaying);
  core_.routes_changed();
  base::log_info("host", "a plugin starts",
                 {{"instance", label_}, {"position", position}, {"log_end", target}});
  // An instance with a state answers at once; one that knows nothing yet would mislead.
  life->go_live(target, restored || position >= target,
                [weak = weak_from_this(), weak_life = std::weak_ptr<Instance>(life)] {
                  const auto self = weak.lock();
                  const auto same = weak_life.lock();
                  if (self && same) self->caught_up(same);
                });
}

void Supervisor::caught_up(const std::shared_ptr<Instance>& life) {
  // On an event thread: the facts wait for the strand.
  post([this, life] {
    if (instance() != life || state_ != InstanceState::replaying) return;
    failures_ = 0;
    // With a record, whoever crashes in calls or jobs is found too: a good start alone proves
    // nothing.
    if (core_.settings.crash_record.empty()) absolve();
    set_state(InstanceState::running);
    core_.outbox.wake();
    base::log_info("host", "a plugin runs",
                   {{"instance", label_}, {"position", life->cursor()->position()}});
  });
}

}  // namespace souk::host
