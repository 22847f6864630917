// The OpenAPI 3.1 document of everything that is loaded.
#pragma once

#include <string>
#include <vector>

#include "kernel/schema/pool.hpp"

namespace souk::schema {

struct OpenApiInfo {
  std::string title = "Souk";
  std::string version;
  std::string description;
  std::string server_url;  // empty: relative to where the document was fetched
  /// Errors of paths that begin so are {"message","status"}, in the form of a foreign protocol, and
  /// no problem details. Empty: there are none.
  std::string brief_errors_below;
};

/// A service and whose it is.
struct OpenApiService {
  const DescriptorPool* pool = nullptr;
  const Service* service = nullptr;
  std::string tag;  // heading; empty: the service's name
};

/// One JSON text: paths, parameters, bodies, answers, component schemas, problem details, bearer
/// keys with scopes. The same input gives the same text, whatever the order of `services`. Where
/// two services claim one method and path, the first in order of full names has it. Schemas of one
/// full name from several pools are taken from the first. Any thread.
[[nodiscard]] std::string openapi(const OpenApiInfo& info, std::vector<OpenApiService> services);

}  // namespace souk::schema
