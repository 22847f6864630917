#include "kernel/gateway/door.hpp"

#include "kernel/gateway/algolia/credentials.hpp"
#include "kernel/gateway/cors.hpp"
#include "kernel/gateway/credentials.hpp"
#include "kernel/gateway/problem.hpp"
#include "kernel/gateway/surface.hpp"

namespace souk::gateway {

bool Door::admit(Call& call) const {
  // The hot path: "Bearer KEY" as almost everybody writes it needs no copy.
  const std::string_view header = call.request.header(Header::authorization);
  constexpr std::string_view kBearer = "Bearer ";
  std::string_view presented;
  Credentials credentials;
  if (header.starts_with(kBearer) && header.size() > kBearer.size() &&
      header[kBearer.size()] != ' ') {
    presented = header.substr(kBearer.size());
  } else {
    credentials = credentials_of(header);
    if (credentials.form == Credentials::Form::bearer) presented = credentials.key;
  }
  const Scope scope = call.target.scope;
  const bool algolia = is_algolia_path(call.request.path);
  if (algolia && presented.empty()) presented = algolia_key(call.request, call.worker.target);
  if (scope == kScopePublic) {
    const ApiKey* key =
        presented.empty() ? nullptr : call.worker.keys.find(call.surface.keys, presented);
    enter_public(call, key);
    return true;
  }
  if (presented.empty()) {
    add_cors(call);
    call.exchange.fail(401, algolia          ? kNoAlgoliaKey
                            : header.empty() ? "an API key is needed: Authorization: Bearer KEY"
                                             : "the Authorization header must be: Bearer KEY");
    return false;
  }
  return admit_key(call, presented, scope);
}

bool Door::admit_key(Call& call, std::string_view presented, Scope scope) const {
  const ApiKey* key = call.worker.keys.find(call.surface.keys, presented);
  if (key == nullptr) {
    add_cors(call);
    call.exchange.fail(
        401, is_algolia_path(call.request.path) ? kWrongAlgoliaKey : "the API key is not known");
    return false;
  }
  return enter(call, key, scope);
}

void Door::add_cors(Call& call) {
  append_cors_headers(call.surface.keys, call.key, call.request.header(Header::origin),
                      call.exchange.headers);
}

void Door::enter_public(Call& call, const ApiKey* key) {
  call.key = key;
  add_cors(call);
  const Surface& surface = call.surface;
  if (key != nullptr) {
    call.exchange.store = surface.stores[key->store].get();
  } else if (!surface.stores.empty()) {
    // Without a key the path decides: the first store that serves it; or the token of a link, which
    // may begin with the store's id and a dot.
    std::string_view token = call.variable("token");
    if (token.empty()) token = call.parameter("token");
    const std::size_t dot = token.find('.');
    const std::string_view named = token.substr(0, dot == token.npos ? 0 : dot);
    for (const auto& store : surface.stores) {
      if (!call.target.serves(store->id)) continue;
      if (call.exchange.store != nullptr && store->id != named) continue;
      call.exchange.store = store.get();
    }
    if (call.exchange.store == nullptr) call.exchange.store = surface.stores.front().get();
  }
}

bool Door::enter(Call& call, const ApiKey* key, Scope scope) const {
  call.key = key;
  call.exchange.store = call.surface.stores[key->store].get();
  add_cors(call);
  if (!key->may(scope)) {
    std::string detail = "the API key lacks the scope ";
    detail += scope_name(scope);
    call.exchange.fail(403, detail);
    return false;
  }
  if (!key->limiter) return true;
  const RateLimiter::Decision decision = key->limiter->take(clock_.monotonic_us());
  key->limiter->append_headers(decision, call.exchange.headers);
  if (decision.allowed) return true;
  Problem refused;
  refused.status = 429;
  refused.code = Code::resource_exhausted;
  refused.detail = "more requests than this API key may make";
  refused.request_id = call.exchange.request_id;
  Response response =
      call.exchange.brief_errors ? brief_response(refused) : problem_response(refused);
  response.headers.clear();  // the limiter has said when to come again
  call.exchange.send(std::move(response));
  return false;
}

}  // namespace souk::gateway
