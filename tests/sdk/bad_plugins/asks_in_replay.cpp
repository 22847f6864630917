// Asks another plugin from the fold: its state would depend on that plugin's present.
#include "plain.hpp"

class Asking : public bad::Plain {
 public:
  using Plain::Plain;
  souk_status fold(const souk_event& event) override {
    host_->call(
        host_, bad::bytes("souk.v1.Recommendations/Recommend"), souk_bytes{}, souk_bytes{}, 0,
        [](void*, souk_status, souk_bytes, souk_bytes) {}, nullptr);
    return Plain::fold(event);
  }
};

BAD_PLUGIN(Asking)
