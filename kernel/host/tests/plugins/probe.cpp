// A plugin that does what its events, questions and settings tell it to: right things and wrong
// ones. Straight against abi.h. Built several times, each time with one fault in what it declares.
//
// Events (the words stand anywhere in the payload):
//   fail  throw  garbage  overcount  hang  slow-start…  what events() does wrong; flaky fails until
//                  the setting "healed" is there
//   publish  upsert   publish test.v1.Note, a product; "upsert-bad" one without its id: an error
//   effect         records an effect; "effect-refused" one that is refused for good,
//                  "effect-later" one that cannot be performed now. PROBE_EFFECTS names a file that
//                  gets a line "id attempt payload" for each performance; PROBE_DIES (before,
//                  after) is where in it the process is killed; "-tells" ends it with notes
//   timer          sets the timer "t<sequence>" 1 s after the event; its payload is "quiet", with
//                  "timer-fail" it is "fail": fire() then fails
// Questions to method 0, the request's text is the command:
//   state  echo…  throw  garbage  twice  never  hang  ask  job  cancel  log  settings  account X
//   publish-until-refused  how many publications there is room for; stuck-job  one that hangs
//   …hang-at-gate…   hangs, also over REST, until the FIFO $SOUK_PROBE_GATE is opened
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>

#include <souk/abi.h>
#include <souk/ext/effect_events.h>
#include <souk/ext/health.h>
#include <souk/ext/jobs.h>
#include <souk/ext/outbox.h>
#include <souk/ext/settings.h>
#include <souk/ext/snapshot.h>
#include <souk/ext/timers.h>
#include "note_section.h"

#ifndef PROBE_ID
#define PROBE_ID "probe"
#endif
#ifndef PROBE_MAJOR
#define PROBE_MAJOR SOUK_ABI_MAJOR
#endif
#ifndef PROBE_ENTRY_MAJOR
#define PROBE_ENTRY_MAJOR PROBE_MAJOR
#endif

namespace {

// ---- the manifest, as the SDK's build helper would write it ----

constexpr std::size_t kMost = 512;
struct Manifest {
  char data[kMost] = {};
  std::size_t size = 0;

  constexpr void text(int field, std::string_view value) {
    data[size++] = static_cast<char>(field << 3 | 2);
    data[size++] = static_cast<char>(value.size());
    for (const char c : value)
      data[size++] = c;
  }
  constexpr void number(int field, unsigned value) {
    data[size++] = static_cast<char>(field << 3);
    data[size++] = static_cast<char>(value);
  }
};

constexpr Manifest make_manifest(std::string_view version) {
  Manifest manifest;
  manifest.text(1, PROBE_ID);
  manifest.text(2, version);
  manifest.text(3, "does what tests say");
  manifest.number(4, PROBE_MAJOR);
#ifdef PROBE_REQUIRES
  manifest.text(6, PROBE_REQUIRES);
#endif
#ifndef PROBE_BULK
  manifest.text(6, SOUK_EXT_TIMERS);
  manifest.text(6, SOUK_EXT_OUTBOX);
  manifest.text(8, "souk.v1.Recommendations");
  manifest.text(10, "test.v1.Note");
  manifest.text(10, "souk.v1.ProductUpserted");
#endif
  manifest.text(9, "souk.v1.ProductViewed");
  manifest.text(9, "test.v1.Note");
  return manifest;
}

constexpr Manifest kManifest = make_manifest("1.0.0");
#ifdef PROBE_OTHER_ENTRY
constexpr Manifest kEntryManifest = make_manifest("6.6.6");
#else
constexpr Manifest kEntryManifest = kManifest;
#endif

struct Note {
  std::uint32_t owner_size = sizeof SOUK_NOTE_OWNER;
  std::uint32_t size = static_cast<std::uint32_t>(kManifest.size);
  std::uint32_t type = SOUK_NOTE_MANIFEST;
  char owner[8] = SOUK_NOTE_OWNER;
  char bytes[(kManifest.size + 3) / 4 * 4] = {};
};

[[maybe_unused]] constexpr Note make_note() {
  Note note;
  for (std::size_t i = 0; i < kManifest.size; ++i)
    note.bytes[i] = kManifest.data[i];
  return note;
}

#ifndef PROBE_NO_NOTE
__attribute__((NOTE_SECTION, retain)) const Note kNote = make_note();
#endif

// ---- the plugin
// -----------------------------------------------------------------------------------

souk_bytes bytes(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(souk_bytes text) { return {text.data, static_cast<std::size_t>(text.size)}; }
bool has(std::string_view text, std::string_view word) { return text.find(word) != text.npos; }

struct Probe {
  souk_plugin face{};
  const souk_host* host = nullptr;
  std::string settings;
  std::map<std::string, std::string> accounts;
  std::mutex mutex;  // calls read what events write
  std::uint64_t events = 0;
  std::uint64_t fired = 0;
  std::uint64_t fold = 14695981039346656037U;
  std::atomic<std::uint64_t> performed{0};
  std::atomic<std::uint64_t> with_effects{0};

  void mix(std::string_view text) {
    for (const char c : text)
      fold = (fold ^ static_cast<unsigned char>(c)) * 1099511628211U;
  }
  /// A setting's value: "key=value;…".
  std::string setting(std::string_view key) {
    const std::size_t at = settings.find(std::string(key) + "=");
    if (at == std::string::npos) return {};
    const std::size_t begin = at + key.size() + 1;
    return settings.substr(begin, settings.find(';', begin) - begin);
  }
  /// Until the file of the setting "release" is there.
  void hang() {
    const std::string release = setting("release");
    while (!release.empty() && access(release.c_str(), F_OK) != 0)
      sched_yield();
  }
  souk_status fail(std::string_view why) {
    host->set_error(host, bytes(why));
    return SOUK_E_INTERNAL;
  }
  std::string state() {
    const std::lock_guard lock(mutex);
    return "events=" + std::to_string(events) + ";fired=" + std::to_string(fired) +
           ";fold=" + std::to_string(fold);
  }
};

Probe& self(const souk_plugin* plugin) { return *static_cast<Probe*>(plugin->plugin_data); }

template <class Extension>
const Extension* host_side(const Probe& probe, const char* id) {
  return static_cast<const Extension*>(probe.host->get_extension(probe.host, id));
}

void set_timer(Probe& probe, const souk_event& event, std::string_view payload) {
  const auto* timers = host_side<souk_timers_v1>(probe, SOUK_EXT_TIMERS);
  const std::string key = "t" + std::to_string(event.sequence);
  timers->set(probe.host, bytes(key), event.received_us + 1'000'000, bytes(payload));
}

/// With the end of the effect `id`, unless that is 0.
souk_status publish_note(Probe& probe, std::string_view text, std::uint64_t id = 0) {
  souk_publication note{};
  note.struct_size = sizeof note;
  note.type = bytes("test.v1.Note");
  const std::string payload =
      "\x0a" + std::string(1, static_cast<char>(text.size())) + std::string(text);
  note.payload = bytes(payload);
  if (id == 0) return probe.host->publish(probe.host, &note);
  return host_side<souk_effect_events_v1>(probe, SOUK_EXT_EFFECT_EVENTS)
      ->publish(probe.host, id, &note);
}

std::string publish_until_refused(Probe& probe) {
  int published = 0;
  souk_status status = SOUK_OK;
  while ((status = publish_note(probe, "one of many")) == SOUK_OK)
    ++published;
  return std::to_string(published) +
         (status == SOUK_E_RESOURCE_EXHAUSTED ? " RESOURCE_EXHAUSTED" : " ?");
}

/// Product "made" with a variant that costs 1500; without its id when `bad`.
souk_status publish_product(Probe& probe, bool bad) {
  constexpr std::string_view kVariant("\x5a\x08\x0a\x01v\x22\x03\x08\xdc\x0b", 10);
  const std::string product = std::string(bad ? "" : "\x0a\x04made") + std::string(kVariant);
  const std::string payload = std::string("\x0a") + static_cast<char>(product.size()) + product;
  souk_publication event{};
  event.struct_size = sizeof event;
  event.type = bytes("souk.v1.ProductUpserted");
  event.payload = bytes(payload);
  return probe.host->publish(probe.host, &event);
}

souk_status fold(Probe& probe, const souk_event& event) {
  const std::string_view payload = view(event.payload);
  if (has(payload, "throw")) throw std::runtime_error("thrown on purpose");
  if (has(payload, "flaky") && !has(probe.settings, "healed")) return probe.fail("not healed yet");
  if (has(payload, "fail") && !has(payload, "timer-fail")) return probe.fail("failed on purpose");
  if (has(payload, "garbage")) return 77;
  if (has(payload, "hang")) probe.hang();
  if ((event.flags & SOUK_EVENT_EFFECTS_OFF) == 0) ++probe.with_effects;
  {
    const std::lock_guard lock(probe.mutex);
    ++probe.events;
    probe.mix(std::to_string(event.sequence));
    probe.mix(payload);
    probe.mix(std::to_string(probe.host->now_us(probe.host)));
  }
  if (has(payload, "publish")) publish_note(probe, "from " + std::to_string(event.sequence));
  if (has(payload, "upsert")) {
    const souk_status status = publish_product(probe, has(payload, "upsert-bad"));
    if (status != SOUK_OK) return status;
  }
  if (has(payload, "timer-fail")) {
    set_timer(probe, event, "fail");
  } else if (has(payload, "timer")) {
    set_timer(probe, event, "quiet");
  }
  if (has(payload, "effect"))
    host_side<souk_outbox_v1>(probe, SOUK_EXT_OUTBOX)
        ->enqueue(probe.host, bytes("mail"), 0, event.payload);
  return SOUK_OK;
}

souk_status on_events(const souk_plugin* plugin, const souk_event* const* events,
                      std::uint32_t count, std::uint32_t* done) {
  for (*done = 0; *done < count; ++*done) {
    if (has(view(events[*done]->payload), "overcount")) {
      *done = count + 7;
      return SOUK_E_INTERNAL;
    }
    const souk_status status = fold(self(plugin), *events[*done]);
    if (status != SOUK_OK) return status;
  }
  return SOUK_OK;
}

souk_status on_fire(const souk_plugin* plugin, souk_bytes key, std::int64_t due_us,
                    souk_bytes payload, const souk_event* now) {
  Probe& probe = self(plugin);
  if (view(payload) == "fail" && !has(probe.settings, "healed"))
    return probe.fail("no timer today");
  const std::lock_guard lock(probe.mutex);
  ++probe.fired;
  probe.mix(view(key));
  probe.mix(std::to_string(due_us));
  probe.mix(std::to_string(now->sequence));
  return SOUK_OK;
}

/// Does not look at cancelled().
souk_status run_stuck_job(void* user, const souk_job*) {
  static_cast<Probe*>(user)->hang();
  return SOUK_OK;
}

souk_status run_job(void* user, const souk_job* job) {
  Probe& probe = *static_cast<Probe*>(user);
  job->progress(job, 0.5);
  while (job->cancelled(job) == 0 && !has(probe.settings, "quick-jobs"))
    sched_yield();
  return job->cancelled(job) != 0 ? SOUK_E_CANCELLED : SOUK_OK;
}

struct Asked {
  Probe* probe;
  std::uint64_t handle;
};

void forward_reply(void* user, souk_status status, souk_bytes reply, souk_bytes error) {
  Asked* asked = static_cast<Asked*>(user);
  asked->probe->host->reply(asked->probe->host, asked->handle, status, reply, error);
  delete asked;
}

souk_status command(Probe& probe, const souk_call& call, std::string& answer) {
  const std::string_view text = view(call.request);
  const auto* jobs = host_side<souk_jobs_v1>(probe, SOUK_EXT_JOBS);
  if (text == "state") answer = probe.state();
  if (text == "settings") answer = probe.settings;
  if (text == "effects") answer = std::to_string(probe.with_effects);
  if (text == "performed") answer = std::to_string(probe.performed);
  if (text == "caller")
    answer = std::string(view(call.caller)) + "/" + std::string(view(call.request_id));
  if (text.substr(0, 8) == "account ") answer = probe.accounts[std::string(text.substr(8))];
  if (text == "whose") answer = view(call.account_id);
  if (text == "job") return jobs->run(probe.host, bytes("train"), &run_job, nullptr, &probe);
  if (text == "stuck-job") {
    return jobs->run(probe.host, bytes("stuck"), &run_stuck_job, nullptr, &probe);
  }
  if (text == "cancel") return jobs->cancel(probe.host, bytes("train"));
  if (text == "publish") publish_note(probe, "from a call");
  if (text == "publish-until-refused") answer = publish_until_refused(probe);
  if (text == "log") {
    for (int i = 0; i < 3'000; ++i)
      probe.host->log(probe.host, SOUK_LOG_DEBUG, bytes("a line"));
  }
  return SOUK_OK;
}

/// Until somebody opens the FIFO that the environment names for writing. Costs no time meanwhile.
void wait_at_gate() {
  const char* const gate = std::getenv("SOUK_PROBE_GATE");
  const int opened = gate == nullptr ? -1 : open(gate, O_RDONLY | O_CLOEXEC);
  if (opened >= 0) close(opened);
}

void on_call(const souk_plugin* plugin, const souk_call* call) {
  Probe& probe = self(plugin);
  const std::string_view text = view(call->request);
  if (text == "never") return;
  if (text == "throw") throw std::runtime_error("thrown in a call");
  if (text == "hang") probe.hang();
  if (has(text, "hang-at-gate")) wait_at_gate();
  if (text == "garbage") return probe.host->reply(probe.host, call->handle, 99, {}, {});
  if (text.substr(0, 4) == "echo") {
    return probe.host->reply(probe.host, call->handle, SOUK_OK, call->request, {});
  }
  if (text.substr(0, 4) == "ask ") {
    // The request must last until the answer: the caller's own bytes do.
    auto* asked = new Asked{&probe, call->handle};
    return probe.host->call(probe.host, bytes("souk.v1.Recommendations/Recommend"),
                            bytes(text.substr(4)), call->account_id, 0, &forward_reply, asked);
  }
  std::string answer;
  const std::uint64_t handle = call->handle;
  const souk_status status = command(probe, *call, answer);
  probe.host->reply(probe.host, handle, status, bytes(answer), bytes("no"));
  if (text == "twice") probe.host->reply(probe.host, handle, SOUK_OK, bytes("again"), {});
}

souk_status on_save(const souk_plugin* plugin, souk_write write, void* user) {
  Probe& probe = self(plugin);
  const std::string state = std::to_string(probe.events) + " " + std::to_string(probe.fired) + " " +
                            std::to_string(probe.fold);
  return write(user, bytes(state));
}

souk_status on_restore(const souk_plugin* plugin, souk_read read, void* user) {
  Probe& probe = self(plugin);
  std::string state;
  char piece[7];
  for (std::int64_t got = 0; (got = read(user, piece, sizeof piece)) > 0;) {
    state.append(piece, static_cast<std::size_t>(got));
  }
  unsigned long long events = 0;
  unsigned long long fired = 0;
  unsigned long long hash = 0;
  if (std::sscanf(state.c_str(), "%llu %llu %llu", &events, &fired, &hash) != 3) {
    return SOUK_E_DATA_LOSS;
  }
  if (has(probe.settings, "refuse-snapshots")) return probe.fail("this snapshot is not for me");
  probe.events = events;
  probe.fired = fired;
  probe.fold = hash;
  return SOUK_OK;
}

souk_status on_reload(const souk_plugin* plugin, souk_bytes settings) {
  if (has(view(settings), "bad")) return self(plugin).fail("bad settings");
  self(plugin).settings = view(settings);
  return SOUK_OK;
}

souk_status on_account(const souk_plugin* plugin, souk_bytes account, souk_bytes settings) {
  if (view(settings).find("refuse-account") != std::string_view::npos) {
    return self(plugin).fail("not for this account");
  }
  self(plugin).accounts[std::string(view(account))] = view(settings);
  return SOUK_OK;
}

void die_if(std::string_view moment) {
  if (const char* dies = std::getenv("PROBE_DIES"); dies != nullptr && dies == moment)
    kill(getpid(), SIGKILL);
}

/// The world: one write, so that a line is there whole or not at all.
void touch_the_world(std::uint64_t id, std::uint32_t attempt, std::string_view payload) {
  const char* path = std::getenv("PROBE_EFFECTS");
  if (path == nullptr) return;
  std::string line = std::to_string(id) + " " + std::to_string(attempt) + " ";
  for (const char c : payload)
    line += std::isgraph(static_cast<unsigned char>(c)) != 0 ? c : '.';
  line += '\n';
  const int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || write(file, line.data(), line.size()) < 0) std::perror(path);
  if (file >= 0) close(file);
}

void on_perform(const souk_plugin* plugin, std::uint64_t id, std::uint32_t attempt, souk_bytes,
                souk_bytes payload) {
  Probe& probe = self(plugin);
  die_if("before");
  touch_the_world(id, attempt, view(payload));
  die_if("after");
  const auto* outbox = host_side<souk_outbox_v1>(probe, SOUK_EXT_OUTBOX);
  souk_status status = SOUK_OK;
  if (has(view(payload), "effect-refused") && !has(probe.settings, "healed"))
    status = SOUK_E_INVALID_ARGUMENT;
  if (has(view(payload), "effect-later")) status = SOUK_E_UNAVAILABLE;
  const bool tells = has(view(payload), "-tells");
  if (tells && publish_note(probe, "performed", id) != SOUK_OK) status = SOUK_E_INTERNAL;
  outbox->done(probe.host, id, status, bytes("refused"));
  probe.performed += tells && publish_note(probe, "late", id) == SOUK_OK ? 100 : 1;  // at the end
}

souk_status on_report(const souk_plugin*, souk_write write, void* user) {
  return write(user, bytes("fine"));
}

const souk_snapshot_v1 kSnapshot{1, 0, &on_save, &on_restore};
const souk_settings_v1 kSettings{&on_reload, &on_account};
[[maybe_unused]] const souk_timer_handler_v1 kTimers{&on_fire};
[[maybe_unused]] const souk_outbox_handler_v1 kOutbox{&on_perform};
const souk_health_v1 kHealth{&on_report};

const void* on_extension(const souk_plugin* plugin, const char* id) {
  if (std::strcmp(id, SOUK_EXT_SNAPSHOT) == 0) return &kSnapshot;
  if (std::strcmp(id, SOUK_EXT_SETTINGS) == 0) return &kSettings;
  if (std::strcmp(id, SOUK_EXT_HEALTH) == 0) return &kHealth;
#ifndef PROBE_BULK
  if (std::strcmp(id, SOUK_EXT_TIMERS) == 0) return &kTimers;
  if (std::strcmp(id, SOUK_EXT_OUTBOX) == 0) return &kOutbox;
#endif
  (void)plugin;
  return nullptr;
}

souk_status on_init(const souk_plugin* plugin, souk_bytes settings) {
  Probe& probe = self(plugin);
  probe.settings = view(settings);
  if (has(probe.settings, "refuse-init")) return probe.fail("limit must be at most 100");
  if (has(probe.settings, "throw-init")) throw std::runtime_error("init throws");
  if (has(probe.settings, "hang-init")) probe.hang();
  return SOUK_OK;
}

souk_status on_start(const souk_plugin* plugin) {
  Probe& probe = self(plugin);
  // A file that is not there yet stands for a service that does not answer yet.
  const std::string needs = probe.setting("needs");
  if (!needs.empty() && access(needs.c_str(), F_OK) != 0) return probe.fail("not ready yet");
  return SOUK_OK;
}

souk_status on_stop(const souk_plugin* plugin) {
  if (has(self(plugin).settings, "hang-stop")) self(plugin).hang();
  return SOUK_OK;
}

void on_destroy(const souk_plugin* plugin) { delete &self(plugin); }

const souk_plugin* create(const souk_host* host) {
  auto* probe = new Probe;
  probe->host = host;
  probe->face.struct_size = sizeof(souk_plugin);
  probe->face.plugin_data = probe;
  probe->face.get_extension = &on_extension;
  probe->face.init = &on_init;
  probe->face.start = &on_start;
  probe->face.stop = &on_stop;
  probe->face.destroy = &on_destroy;
  probe->face.events = &on_events;
  probe->face.call = &on_call;
  return &probe->face;
}

const souk_entry kEntry{sizeof(souk_entry),
                        PROBE_ENTRY_MAJOR,
                        0,
                        0,
                        {kEntryManifest.data, kEntryManifest.size},
                        &create};

}  // namespace

extern "C" SOUK_EXPORT const souk_entry* souk_plugin_entry(void) { return &kEntry; }
