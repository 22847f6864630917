// Answers one question twice.
#include "plain.hpp"

class Eager : public bad::Plain {
 public:
  using Plain::Plain;
  void call(const souk_call& call) override {
    const std::uint64_t handle = call.handle;
    host_->reply(host_, handle, SOUK_OK, souk_bytes{}, souk_bytes{});
    host_->reply(host_, handle, SOUK_OK, souk_bytes{}, souk_bytes{});
  }
};

BAD_PLUGIN(Eager)
