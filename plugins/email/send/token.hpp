// Signed tokens in links: what a link may do, for whom, so that nobody can make one.
//
// `[store.]` base64url(the first 16 bytes of HMAC-SHA256(key, bytes) and the bytes of v1.Token).
// They never expire, but for those that confirm an address (v1.Token.ends_s): an unsubscribe link
// must work for as long as the message is kept.
#pragma once

#include <souk/result.hpp>

#include <string>
#include <string_view>

#include "souk/email/v1/state.pb.h"

namespace souk::email {

/// `store` may be empty: then the token names none.
[[nodiscard]] std::string sign_token(std::string_view key, std::string_view store,
                                     const v1::Token& token);
/// INVALID_ARGUMENT for everything that was not signed with this key, whatever is wrong with it.
[[nodiscard]] Result<v1::Token> read_token(std::string_view key, std::string_view text);

/// Padding-free, for URLs.
[[nodiscard]] std::string base64url(std::string_view bytes);
/// With padding, lines of 76 characters when `lines` (RFC 2045).
[[nodiscard]] std::string base64(std::string_view bytes, bool lines);
[[nodiscard]] std::string sha256(std::string_view bytes);
[[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view bytes);
/// In a time that does not depend on where they differ.
[[nodiscard]] bool same_secret(std::string_view a, std::string_view b) noexcept;
/// 32 bytes of the system's randomness.
[[nodiscard]] std::string random_secret();

}  // namespace souk::email
