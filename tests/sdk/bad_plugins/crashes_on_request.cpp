// Takes an empty request for impossible.
#include "plain.hpp"

class Strict : public bad::Plain {
 public:
  using Plain::Plain;
  void call(const souk_call& call) override {
    if (call.method == 0 && call.request.size == 0) __builtin_trap();
    Plain::call(call);
  }
};

BAD_PLUGIN(Strict)
