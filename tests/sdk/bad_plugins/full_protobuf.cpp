// Links the full Protobuf runtime, whose registry of descriptors is one for the whole process.
#include "plain.hpp"

namespace google::protobuf {
class DescriptorPool {
 public:
  static const DescriptorPool* generated_pool();
};
}  // namespace google::protobuf

class Full : public bad::Plain {
 public:
  using Plain::Plain;
  souk_status start() override {
    return google::protobuf::DescriptorPool::generated_pool() != nullptr ? SOUK_OK
                                                                         : SOUK_E_INTERNAL;
  }
};

BAD_PLUGIN(Full)
