// A correct plugin straight on the C tables, whose every function a fixture may replace by a wrong
// one.
//
// It reads souk.v1.ProductViewed and answers souk.v1.Recommendations/Recommend with its state: a
// sum over all bytes folded. Payloads are bytes to it.
#pragma once

#include <souk/abi.h>
#include <souk/ext/jobs.h>
#include <souk/ext/schema.h>
#include <souk/ext/snapshot.h>
#include <souk/detail/manifest_bytes.hpp>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

extern "C" {
extern const char souk_schema_begin[] __attribute__((visibility("hidden")));
extern const char souk_schema_end[] __attribute__((visibility("hidden")));
}

namespace bad {

inline std::string_view view(souk_bytes bytes) {
  return bytes.size == 0 ? std::string_view() : std::string_view(bytes.data, bytes.size);
}
inline souk_bytes bytes(std::string_view text) { return {text.data(), text.size()}; }

class Plain {
 public:
  explicit Plain(const souk_host* host) : host_(host) {}
  virtual ~Plain() = default;

  virtual souk_status init(souk_bytes) { return SOUK_OK; }
  virtual souk_status start() { return SOUK_OK; }
  virtual souk_status stop() { return SOUK_OK; }
  virtual souk_status fold(const souk_event& event) {
    for (const char c : view(event.payload))
      sum_ = sum_ * 31 + static_cast<unsigned char>(c);
    return SOUK_OK;
  }
  virtual void call(const souk_call& call) {
    if (call.method == 0) {
      host_->reply(host_, call.handle, SOUK_OK, souk_bytes{}, souk_bytes{});
    } else {
      host_->reply(host_, call.handle, SOUK_E_UNSUPPORTED, souk_bytes{}, bytes("no such method"));
    }
  }
  virtual souk_status save(souk_write write, void* user) {
    return write(user, {reinterpret_cast<const char*>(&sum_), sizeof(sum_)});
  }
  virtual souk_status restore(souk_read read, void* user) {
    char buffer[64];
    std::string all;
    for (std::int64_t got; (got = read(user, buffer, sizeof(buffer))) > 0;) {
      all.append(buffer, static_cast<std::size_t>(got));
    }
    if (all.size() != sizeof(sum_)) return SOUK_E_DATA_LOSS;
    std::memcpy(&sum_, all.data(), sizeof(sum_));
    return SOUK_OK;
  }
  virtual const void* extension(std::string_view id);

 protected:
  const souk_host* host_;
  std::uint64_t sum_ = 0;
};

/// The table of one instance, and the instance.
template <class P>
struct Holder {
  souk_plugin table{};
  P plugin;

  explicit Holder(const souk_host* host) : plugin(host) {
    table.struct_size = sizeof(table);
    table.plugin_data = this;
    table.get_extension = [](const souk_plugin* t, const char* id) { return of(t).extension(id); };
    table.init = [](const souk_plugin* t, souk_bytes settings) { return of(t).init(settings); };
    table.start = [](const souk_plugin* t) { return of(t).start(); };
    table.stop = [](const souk_plugin* t) { return of(t).stop(); };
    table.destroy = [](const souk_plugin* t) { delete static_cast<Holder*>(t->plugin_data); };
    table.events = [](const souk_plugin* t, const souk_event* const* events, std::uint32_t count,
                      std::uint32_t* done) -> souk_status {
      for (*done = 0; *done < count; ++*done) {
        // What the manifest does not read is ignored.
        if (events[*done]->subscription != 0) continue;
        const souk_status status = of(t).fold(*events[*done]);
        if (status != SOUK_OK) return status;
      }
      return SOUK_OK;
    };
    table.call = [](const souk_plugin* t, const souk_call* call) { of(t).call(*call); };
  }
  static Plain& of(const souk_plugin* t) { return static_cast<Holder*>(t->plugin_data)->plugin; }
};

inline const void* Plain::extension(std::string_view id) {
  // The first member of every Holder is its table, and Plain is reached through it: one type is
  // enough.
  static constexpr souk_snapshot_v1 kSnapshot{
      1, 0,
      [](const souk_plugin* t, souk_write write, void* user) {
        return Holder<Plain>::of(t).save(write, user);
      },
      [](const souk_plugin* t, souk_read read, void* user) {
        return Holder<Plain>::of(t).restore(read, user);
      }};
  static const souk_schema_v1 kSchema{
      {souk_schema_begin, static_cast<std::uint64_t>(souk_schema_end - souk_schema_begin)}};
  if (id == SOUK_EXT_SNAPSHOT) return &kSnapshot;
  if (id == SOUK_EXT_SCHEMA) return &kSchema;
  return nullptr;
}

/// What the manifest says; a fixture changes a member.
struct Manifest {
  std::uint32_t abi_major = SOUK_ABI_MAJOR;
  std::string_view reads = "souk.v1.ProductViewed";
  std::string_view id = "bad-plugin";
};

constexpr std::size_t write(souk::detail::WireWriter out, const Manifest& manifest) {
  namespace field = souk::detail::manifest_field;
  out.text(field::kId, manifest.id);
  out.text(field::kVersion, "1.0.0");
  out.text(field::kDescription, "A fixture of the checker's tests");
  out.number(field::kAbiMajor, manifest.abi_major);
  out.text(field::kServices, "souk.v1.Recommendations");
  out.text(field::kReads, manifest.reads);
  return out.size();
}

/// Long enough for every fixture's manifest; the note's size is the manifest's own.
template <Manifest const& kManifest>
constexpr auto note() {
  constexpr std::size_t kSize = write(souk::detail::WireWriter(), kManifest);
  souk::detail::ElfNote<kSize> made;
  made.type = SOUK_NOTE_MANIFEST;
  write(souk::detail::WireWriter(made.bytes, kSize), kManifest);
  return made;
}

template <class P>
const souk_plugin* create(const souk_host* host) {
  return &(new Holder<P>(host))->table;
}

}  // namespace bad

#define BAD_NOTE(manifest)                                                                    \
  namespace {                                                                                 \
  __attribute__((section(".note.souk.manifest"), used, aligned(4))) constexpr auto bad_note = \
      ::bad::note<manifest>();                                                                \
  }
#define BAD_ENTRY(Class, manifest_bytes)                                           \
  extern "C" SOUK_EXPORT const souk_entry* souk_plugin_entry(void) {               \
    static const souk_entry kEntry{sizeof(souk_entry), SOUK_ABI_MAJOR,       0, 0, \
                                   manifest_bytes,     &::bad::create<Class>};     \
    return &kEntry;                                                                \
  }
/// A library with one plugin of `Class` and a manifest like everybody's.
#define BAD_PLUGIN(Class)                   \
  constexpr ::bad::Manifest kBadManifest{}; \
  BAD_NOTE(kBadManifest)                    \
  BAD_ENTRY(Class, (souk_bytes{bad_note.bytes, bad_note.bytes_size}))
