#include "tools/plugin_check/subject.hpp"

#include <dlfcn.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <utility>

namespace souk::plugin_check {

Status Subject::read() {
  Result<base::PluginNotes> notes = base::read_plugin_notes(path_);
  if (!notes.ok()) return notes.status();
  notes_ = std::move(notes.value());
  declaration_ = testing::read_declaration(notes_.manifest, notes_.schema);
  Result<std::unique_ptr<Samples>> samples = Samples::from(notes_.schema);
  if (!samples.ok()) return samples.status();
  samples_ = std::move(samples.value());
  if (!declaration_.settings_message.empty()) {
    settings_ = samples_->settings(declaration_.settings_message);
  }
  return {};
}

Status Subject::load() {
  void* handle = dlopen(path_.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == nullptr) return {Code::not_found, dlerror()};
  void* symbol = dlsym(handle, "souk_plugin_entry");
  if (symbol == nullptr) return {Code::not_found, "it exports no souk_plugin_entry"};
  entry_ = reinterpret_cast<const souk_entry* (*)()>(symbol)();
  if (entry_ == nullptr) return {Code::internal, "souk_plugin_entry() gave NULL"};
  return {};
}

std::vector<testing::RawEvent> Subject::events(std::size_t count, std::uint64_t seed) const {
  std::vector<testing::RawEvent> made;
  const auto& reads = declaration_.reads;
  for (std::size_t i = 0; i < count && !reads.empty(); ++i) {
    const std::uint64_t n = seed * 1'000'003 + i;
    testing::RawEvent event;
    event.type = reads[i % reads.size()];
    event.payload = samples_->valid(event.type, n);
    event.envelope.id = "check-" + std::to_string(n);
    event.envelope.shopper_id = "shopper-" + std::to_string(n % 7);
    event.envelope.session_id = "session-" + std::to_string(n % 11);
    made.push_back(std::move(event));
  }
  return made;
}

std::string Subject::request(const std::string& method, std::uint64_t seed) const {
  std::string name = method;
  std::replace(name.begin(), name.end(), '/', '.');
  const auto* descriptor = samples_->pool().FindMethodByName(name);
  if (descriptor == nullptr) return {};
  return samples_->valid(std::string(descriptor->input_type()->full_name()), seed);
}

testing::HostKind forgiving_host() {
  testing::HostKind kind;
  kind.slack = 4096;
  return kind;
}

Running run(const Subject& subject, testing::HostKind kind) {
  Running running;
  running.bench = std::make_unique<testing::RawBench>(subject.entry(), std::move(kind));
  if (Status status = running.bench->init(subject.settings()); !status.ok()) {
    running.error = "init failed: " + status.message();
  } else if (status = running.bench->start(); !status.ok()) {
    running.error = "start failed: " + status.message();
  }
  return running;
}

std::string fold_all(testing::RawBench& bench, const std::vector<testing::RawEvent>& events,
                     std::size_t batch) {
  std::size_t at = 0;
  while (at < events.size()) {
    const std::size_t end = std::min(events.size(), at + batch);
    const std::vector<testing::RawEvent> piece(events.begin() + static_cast<std::ptrdiff_t>(at),
                                               events.begin() + static_cast<std::ptrdiff_t>(end));
    const Status status = bench.fold(piece);
    const std::size_t done = bench.folded();
    if (done > piece.size()) return "events() set *done beyond the batch";
    if (status.ok() && done != piece.size()) {
      return "events() returned SOUK_OK and *done says that not all are folded";
    }
    if (!status.ok() && done == piece.size()) {
      return "events() failed and *done says that all are folded";
    }
    at += status.ok() ? piece.size() : done + 1;
  }
  return {};
}

}  // namespace souk::plugin_check
