// Says to have any extension it is asked for.
#include "plain.hpp"

class Boasting : public bad::Plain {
 public:
  using Plain::Plain;
  const void* extension(std::string_view id) override {
    static const souk_snapshot_v1 kAnything{};
    const void* known = Plain::extension(id);
    const bool in_use = id.starts_with("souk.") && id.ends_with("/1") && id != "souk.nothing/1";
    return known == nullptr && !in_use ? &kAnything : known;
  }
};

BAD_PLUGIN(Boasting)
