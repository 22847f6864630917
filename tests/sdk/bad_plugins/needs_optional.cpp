// Cannot do without an extension that it does not require.
#include "plain.hpp"

class Demanding : public bad::Plain {
 public:
  using Plain::Plain;
  souk_status start() override {
    const auto* jobs = static_cast<const souk_jobs_v1*>(host_->get_extension(host_, SOUK_EXT_JOBS));
    return jobs->cancel(host_, bad::bytes("nothing")) == SOUK_E_NOT_FOUND ? SOUK_OK
                                                                          : SOUK_E_INTERNAL;
  }
};

BAD_PLUGIN(Demanding)
