// A plugin's library, loaded as the daemon loads it.
#pragma once

#include <dlfcn.h>

#include <stdexcept>
#include <string>

#include "souk/abi.h"

namespace souk {
inline namespace abi1 {
namespace testing {

/// Loads a library and finds its entry. Throws std::runtime_error with the loader's reason. Like
/// the daemon it never unloads, so the entry stays valid.
class Library {
 public:
  explicit Library(const std::string& path) {
    void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == nullptr) throw std::runtime_error(dlerror());
    void* symbol = dlsym(handle, "souk_plugin_entry");
    if (symbol == nullptr) throw std::runtime_error(path + " exports no souk_plugin_entry");
    entry_ = reinterpret_cast<const souk_entry* (*)()>(symbol)();
    if (entry_ == nullptr) throw std::runtime_error(path + ": souk_plugin_entry() gave NULL");
  }

  [[nodiscard]] const souk_entry& entry() const noexcept { return *entry_; }

 private:
  const souk_entry* entry_ = nullptr;
};

}  // namespace testing
}  // namespace abi1
}  // namespace souk
