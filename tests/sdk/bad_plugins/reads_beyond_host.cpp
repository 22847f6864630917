// Reads a member that the host's struct does not have.
#include "plain.hpp"

class Reaching : public bad::Plain {
 public:
  using Plain::Plain;
  souk_status start() override {
    const auto* end = reinterpret_cast<const char*>(host_) + host_->struct_size;
    return *static_cast<const volatile char*>(end) == 'x' ? SOUK_E_INTERNAL : SOUK_OK;
  }
};

BAD_PLUGIN(Reaching)
